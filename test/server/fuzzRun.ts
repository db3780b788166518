import { inspect } from 'node:util';
import { createHub, memoryBroker, type Hub, type HubStats, type Logger } from '../../src/server/index.ts';
import { nthSeed } from '../../src/testing/random.ts';
import { within, withResolvers } from '../fixtures/events.ts';
import { Draw } from '../simulation/draw.ts';
import { attack, turn, type Target } from './fuzzAttacker.ts';
import { PAYLOAD_BYTES, SECRET } from './fuzzFrames.ts';
import { GOOD_TOKEN, tokens } from './fuzzOpenings.ts';
import { Witnesses } from './fuzzWitness.ts';

/** So many attack at a time. */
const WAVE = 16;
/** How often the witnesses speak meanwhile: below what a connection may say. */
const ROUNDS = 3;
/** How long a hub may take to notice that everybody has gone. Unit ms. */
const NOTICE_MS = 10_000;

export interface FuzzOptions {
  readonly seed: number;
  /** At least so many frames of WebSocket are sent. */
  readonly frames: number;
  /** Whether the hub has an `authenticate`. */
  readonly hasLogin: boolean;
  /** After each wave. `frames`: sent so far. */
  readonly onWave?: (frames: number) => void;
}

/** What became of it. */
export interface FuzzReport {
  /** What a hub must not do, and did. */
  readonly breaches: readonly string[];
  readonly frames: number;
  readonly connections: number;
  /** How often each thing was said. */
  readonly said: ReadonlyMap<string, number>;
  /** How often connections ended how. */
  readonly ended: ReadonlyMap<string, number>;
  readonly rounds: number;
  /** The longest time that the witnesses took for two messages. Unit ms. */
  readonly longestRoundMs: number;
  readonly logLines: number;
  /** When everybody had gone. */
  readonly stats: HubStats;
}

/** Attacks a hub on a real socket, wave after wave, while two witnesses look on. */
export async function fuzz({ seed, frames, hasLogin, onWave }: FuzzOptions): Promise<FuzzReport> {
  const breaches = new Set<string>();
  const breach = (what: string): void => void breaches.add(what);
  const said = new Map<string, number>();
  const ended = new Map<string, number>();
  const log = { lines: 0 };
  const hub = hubUnderAttack(hasLogin, watchfulLogger(log, breach));
  const before = prototypes();
  const { port } = await hub.listen({ port: 0, host: '127.0.0.1' });
  const witnesses = await Witnesses.open(hub, (id) => `ws://127.0.0.1:${port}/ws/${id}?token=${GOOD_TOKEN}`);
  let sent = 0;
  let connections = 0;
  const target: Omit<Target, 'over' | 'breach'> = {
    port,
    hasLogin,
    said: (kind, count) => {
      sent += count;
      add(said, kind);
    },
    ended: (how) => add(ended, how),
  };
  try {
    while (sent < frames && breaches.size === 0) {
      const { promise: over, resolve: end } = withResolvers();
      const wave = Array.from({ length: WAVE }, () => {
        const number = connections++;
        const told = (what: string): void => breach(`connection ${number} of seed ${seed}: ${what}`);
        return attack({ ...target, over, breach: told }, new Draw(nthSeed(seed, number)));
      });
      for (let n = 0; n < ROUNDS; n++) await witnesses.round();
      end();
      await Promise.all(wave);
      onWave?.(sent);
    }
    await witnesses.round();
    await witnesses.leave();
    await untilEmpty(hub);
  } catch (error) {
    breach(String(error));
  }
  const stats = hub.stats();
  await within('the end of the hub', hub.close()).catch((error: unknown) => breach(String(error)));
  checkBooks(stats, breach);
  const after = prototypes();
  if (before.length !== after.length || before.some((value, n) => !Object.is(value, after[n])))
    breach('a prototype is another one');
  const { rounds, longestMs: longestRoundMs } = witnesses;
  const logLines = log.lines;
  return { breaches: [...breaches], frames: sent, connections, said, ended, rounds, longestRoundMs, logLines, stats };
}

function hubUnderAttack(hasLogin: boolean, logger: Logger): Hub {
  return createHub({
    logger,
    limits: { payloadBytes: PAYLOAD_BYTES, topics: 16 },
    // Forgets soon, so that what it holds in the end is what it lost.
    broker: memoryBroker({ history: { maxMessages: 100, maxAgeMs: 1_000 }, dedupeWindowMs: 1_000 }),
    authorize: ({ clientId }, _, topic) => {
      if (topic === 'witness') return clientId.startsWith('witness-');
      return topic === 'later' ? turn().then(() => true) : topic !== 'denied';
    },
    ...(hasLogin ? { authenticate: ({ url, token }) => principalOf(token ?? url.searchParams.get('token')) } : {}),
  });
}

function principalOf(token: string | null) {
  switch (token) {
    case GOOD_TOKEN:
      return { id: '__proto__' };
    case tokens.throws:
      throw new Error(`unknown: ${token}`);
    case tokens.odd:
      return { id: 7 } as unknown as { id: string };
    case tokens.never:
      return new Promise<never>(() => undefined);
    default:
      return null;
  }
}

/** Nothing that anybody sends is a failure of the hub, and nothing secret is written down. */
function watchfulLogger(log: { lines: number }, breach: (what: string) => void): Logger {
  const look = (facts: object, message: string): void => {
    log.lines++;
    if (inspect([facts, message], { depth: 10 }).includes(SECRET)) breach(`the log holds a secret: ${message}`);
  };
  return {
    info: look,
    warn: look,
    error: (facts, message) => {
      look(facts, message);
      breach(`the hub failed: ${message} ${inspect(facts)}`);
    },
  };
}

async function untilEmpty(hub: Hub): Promise<void> {
  const until = performance.now() + NOTICE_MS;
  while (hub.stats().connections > 0 && performance.now() < until) await turn();
}

function checkBooks(stats: HubStats, breach: (what: string) => void): void {
  const { connections, topics, subscriptions, accepted, closed, errors } = stats;
  if (connections + topics + subscriptions > 0)
    breach(`left over: ${connections} connections, ${topics} topics, ${subscriptions} subscriptions`);
  const ends = Object.values(closed).reduce((sum, count) => sum + count, 0);
  if (ends !== accepted) breach(`${accepted} connections were accepted, ${ends} have ended`);
  if (errors['internal'] !== undefined) breach(`${errors['internal']} times the hub answered internal`);
}

/** Everything on the prototypes that JSON becomes an instance of, and that a hub uses. */
function prototypes(): unknown[] {
  const owners: readonly { readonly prototype: unknown }[] = [
    ...[Object, Array, String, Number, Boolean, Function],
    ...[Map, Set, Promise, Error, Buffer],
  ];
  return owners.flatMap((owner) => {
    const prototype = owner.prototype as object;
    return Reflect.ownKeys(prototype).flatMap((key): unknown[] => {
      const property: PropertyDescriptor | undefined = Object.getOwnPropertyDescriptor(prototype, key);
      return [key, property?.value];
    });
  });
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
