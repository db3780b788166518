/** One run: clients, a hub, its broker and a bad network between them, all of it from one seed. Then the sky clears. */
import { createSimulatedNetwork, seededRandom, SimulatedClock } from '../../../src/testing/index.ts';
import { FaultyBroker } from '../../server/fixtures/faultyBroker.ts';
import { HubHost } from './hubHost.ts';
import { Person } from './person.ts';

const URL = 'ws://hub.test/ws';
const TOPICS = ['a', 'b', 'c'];
const DENIED = 'secrets';
const STEPS = 40;
const ways = ['toServer', 'toClient', 'both'] as const;

/** What a run has met, so that nobody takes a quiet one for a hard one. */
export type Counts = Readonly<
  Record<
    | 'published'
    | 'acked'
    | 'duplicates'
    | 'uncertain'
    | 'refused'
    | 'heard'
    | 'gaps'
    | 'recovered'
    | 'resets'
    | 'denied',
    number
  >
>;

export interface TopicRun {
  /** The first promise that was broken. */
  readonly breach: string | undefined;
  readonly counts: Counts;
}

export async function playTopics(seed: number): Promise<TopicRun> {
  const random = seededRandom(seed);
  const upTo = (count: number): number => Math.floor(random() * count);
  const anyOf = <T>(items: readonly T[]): T => items[upTo(items.length)] as T;
  const breaches: string[] = [];
  const breach = (what: string): void => void breaches.push(what);
  const clock = new SimulatedClock();
  const network = createSimulatedNetwork({ clock, seed, latencyMs: 1 + upTo(20) });
  const dedupeWindowMs = random() < 0.3 ? 10_000 : 300_000;
  const broker = new FaultyBroker({ clock, seed, history: { maxMessages: 8 + upTo(40) }, dedupeWindowMs });
  let isFair = false;
  const isLeaky = random() < 0.5;
  broker.isEntryLost = () => isLeaky && !isFair && random() < 0.02;
  const slowest = 1 + upTo(80);
  broker.latency = () => (isFair ? 0 : upTo(slowest));
  broker.fate = () =>
    isFair || random() > 0.02 ? 'done' : anyOf(['refused', 'done-refused', 'lost', 'done-lost'] as const);
  const host = new HubHost({
    clock,
    network,
    random,
    url: URL,
    size: anyOf([1, 1, 2]),
    options: () => ({
      broker,
      random,
      heartbeat: anyOf([false, { intervalMs: 3_000, timeoutMs: 1_000 }] as const),
      limits: {
        peerBytes: anyOf([3_000, 1_000_000]),
        payloadBytes: anyOf([600, 64_000]),
        publishPerSecond: anyOf([20, 1_000]),
        framesPerSecond: 1_000,
      },
      slowConsumer: anyOf(['disconnect', 'latest', 'resync'] as const),
      authorize: (_, __, topic) => {
        const isAllowed = topic !== DENIED;
        if (random() < 0.5) return isAllowed;
        return new Promise((resolve) => clock.setTimeout(() => resolve(isAllowed), upTo(40)));
      },
    }),
  });
  // Receivers know a message again by its id alone: after a roll-back that has to be one of its own.
  const isSharing = random() < 0.3;
  const idOf = isSharing
    ? (_: string, number: string) => number
    : anyOf([(name: string, number: string) => `${name} ${number}`, () => undefined]);
  const comeBack = (without: number) => (isSharing ? undefined : broker.comeBack({ without }));
  const people = Array.from({ length: 2 + upTo(3) }, (_, i) => {
    const options = {
      WebSocket: network.WebSocket,
      clock,
      random,
      environment: { start: () => () => undefined },
      retry: { baseMs: 100, capMs: 1_000, maxAttempts: Infinity },
      heartbeat: anyOf([
        'auto',
        { intervalMs: 2_000, timeoutMs: 1_000, ping: (t: string) => JSON.stringify({ type: 'ping', t }) },
      ] as const),
      confirm: anyOf(['none', 'ping'] as const),
      ...(random() < 0.3
        ? { greet: ({ send }: { send: (message: object) => void }) => send({ type: 'greeting' }) }
        : {}),
    };
    return new Person(`person${i}`, { broker, options, url: URL, breach });
  });
  const anybody = (): Person => anyOf(people);

  const deeds: readonly (readonly [weight: number, deed: () => void | Promise<void>])[] = [
    [10, () => anybody().listen(anyOf(TOPICS), anyOf([{}, {}, { last: 3 }, { last: 20 }]))],
    [1, () => anybody().listen(DENIED)],
    [2, () => anybody().save()],
    [2, () => anybody().listenFromSaved(anyOf(TOPICS))],
    [4, () => anybody().leave(anyOf(TOPICS))],
    [3, () => anybody().reload()],
    [2, () => anybody().hangUp()],
    [6, () => host.cut()],
    [2, () => void network.inject({ type: 'halfOpen', forMs: 100 + upTo(3_000) })],
    [2, () => void network.inject({ type: 'blackhole', direction: anyOf(ways), forMs: 100 + upTo(3_000) })],
    [1, () => void network.inject({ type: 'flap', aliveMs: upTo(200), forMs: 1 + upTo(1_000) })],
    [1, () => void network.inject({ type: anyOf(['refuse', 'stall', 'down'] as const), forMs: 1 + upTo(2_000) })],
    [2, () => void network.inject({ type: 'latency', delayMs: upTo(300), forMs: 500 })],
    [3, () => host.crash()],
    [1, () => host.drain()],
    [4, () => host.stall()],
    [
      0.7,
      async () => {
        host.crashAll();
        await clock.advanceAsync(upTo(20_000));
      },
    ],
    [2, () => comeBack(upTo(4))],
    [0.5, () => comeBack(Infinity)],
    [
      40,
      () => {
        const [person, topic] = [anybody(), random() < 0.02 ? DENIED : anyOf(TOPICS)];
        const size = upTo(anyOf([10, 1_000]));
        for (let i = upTo(8); i >= 0; i--)
          person.publish(topic, { size, idOf, ttlMs: random() < 0.05 ? 1 + upTo(2_000) : undefined });
      },
    ],
  ];
  const total = deeds.reduce((sum, [weight]) => sum + weight, 0);
  for (const person of people) person.listen(anyOf(TOPICS));
  for (let step = 0; step < STEPS && breaches.length === 0; step++) {
    let chance = random() * total;
    const [, deed] = deeds.find(([weight]) => (chance -= weight) < 0) ?? [0, () => undefined];
    await deed();
    await clock.advanceAsync(upTo(200));
    if (random() < 0.3) host.goOn();
    if (random() < 0.5) host.comeBack();
    checkLogs(broker, people, breach);
  }

  isFair = true;
  network.clear();
  // Longer than anything is waited for.
  for (let i = 0; i < 6; i++) {
    host.comeBack();
    host.goOn();
    await clock.advanceAsync(20_000);
  }
  // Shows those who missed the last entry that they did.
  for (const topic of TOPICS) await broker.publish(topic, '"stage 00000"', { scope: 'stage' });
  await clock.advanceAsync(10_000);
  for (const person of people) await person.checkEnd(DENIED);
  checkLogs(broker, people, breach);
  const { recovered, resets } = {
    recovered: host.count((stats) => stats.recovered),
    resets: host.count((stats) => stats.resets),
  };
  for (const person of people) person.end();
  await Promise.all([host.close(), clock.advanceAsync(20_000)]);
  if (clock.pending > 0) breach(`P2: ${clock.pending} timers run after the end`);
  const sum = (of: (person: Person) => number): number => people.reduce((all, person) => all + of(person), 0);
  const outcome = (name: string): number => sum(({ outcomes }) => outcomes[name] ?? 0);
  return {
    breach: breaches[0],
    counts: {
      published: sum(({ published }) => published),
      acked: outcome('acked'),
      duplicates: outcome('duplicate'),
      uncertain: outcome('uncertain'),
      refused: sum(({ refused }) => refused),
      heard: sum(({ heard }) => heard),
      gaps: sum(({ gaps }) => gaps),
      recovered,
      resets,
      denied: host.count((stats) => stats.errors['denied'] ?? 0),
    },
  };
}

/** Each epoch holds each message once, and those of one publisher in order, but for what it has given up. */
function checkLogs(broker: FaultyBroker, people: readonly Person[], breach: (what: string) => void): void {
  for (const entries of broker.truth.values()) {
    const newest = new Map<string, string>();
    const seen = new Set<string>();
    for (const { data } of entries) {
      const text = JSON.parse(data) as string;
      const [publisher = '', number = ''] = text.split(' ');
      const what = `${publisher} ${number}`;
      if (seen.has(what)) breach(`I5: ${what} is there twice`);
      seen.add(what);
      if (people.some(({ givenUp }) => givenUp.has(text))) continue;
      if (what < (newest.get(publisher) ?? '')) breach(`I8: ${what} came after ${newest.get(publisher) ?? ''}`);
      newest.set(publisher, what);
    }
  }
}
