/** Where two guards of one event hold at once, the first decides. Which one is first stands here, by hand; which pairs there are comes from the chart. */
import { describe, expect, it } from 'vitest';
import * as guards from '../../machines/connection.guards.ts';
import { connectionMachine, type ConnectionOptions } from '../../src/index.ts';
import { pathOf } from '../../src/client/because.ts';
import { bringTo, closed, draining, opened, pong, rejected, resolved, step, timer } from './chartSteps.ts';
import { timerName, type ModelEvent, type ModelSnapshot } from './paths.ts';
import { leafPaths, staticBranches } from './staticBranches.ts';

type GuardName = keyof typeof guards;

interface Case {
  readonly name: string;
  /** All of these hold, in the order in which they are asked. */
  readonly guards: readonly [GuardName, GuardName, ...GuardName[]];
  readonly from: string;
  readonly options?: Partial<ConnectionOptions>;
  /** What happens before the event, from there on. */
  readonly before?: readonly ModelEvent[];
  readonly event: ModelEvent;
  readonly to: string;
  readonly facts?: object;
}

const transportMode = { reconnect: false } as const;
const answerRequired = { heartbeat: { required: true } } as const;
const fixedUrl = { url: 'ws://peer.test' } as const;

const noWebSocket = { ...rejected, code: 'no-websocket' } as const;
const retryDelay = timer('retryDelay', 'backoff.waiting');
const pingInterval = timer('pingInterval', 'open.quiet');
const wakeTimeout = timer('wakeTimeout', 'connecting.proving');
const lateWake = timer('wakeTimeout', 'connecting.proving', { isLate: true });
const excusedWake = timer('wakeTimeout', 'connecting.proving', { isLate: true, excusedMs: 4_000 });
const latePong = timer('pongTimeout', 'open.probing', { isLate: true });
const excusedPong = timer('pongTimeout', 'open.probing', { isLate: true, excusedMs: 4_000 });

/** From a proof that got no answer to the next one. */
const provingAgain = [wakeTimeout, retryDelay, resolved, opened(true)] as const;
/** From a fresh socket through a loss to the next one: the peer can be proved, and a loss is remembered. */
const lossOfProvable = [opened(true), pong, closed('retry'), retryDelay, resolved] as const;

/** Where a socket that had opened may be lost. */
const lossy = ['connecting.greeting', 'connecting.proving', 'open.quiet', 'open.probing', 'open.closing'];
const manyRetries = { retry: { maxAttempts: 9 } } as const;

const cases: readonly Case[] = [
  {
    name: 'a platform without a WebSocket is the end, though retries are left',
    guards: ['isWithoutWebSocket', 'canRetryRejected', 'isCurrentAttempt'],
    from: 'connecting.resolving',
    event: noWebSocket,
    to: 'failed',
    facts: { failure: 'no-websocket', trouble: 'no-websocket' },
  },
  {
    name: 'a platform without a WebSocket is called so where no retry is left, too',
    guards: ['isWithoutWebSocket', 'isCurrentAttempt'],
    from: 'connecting.resolving',
    options: { retry: { maxAttempts: 0 } },
    event: noWebSocket,
    to: 'failed',
    facts: { failure: 'no-websocket' },
  },
  {
    name: 'a provider that failed is asked again while retries are left',
    guards: ['canRetryRejected', 'isCurrentAttempt'],
    from: 'connecting.resolving',
    event: rejected,
    to: 'backoff.waiting',
    facts: { failure: null, attempt: 1 },
  },
  {
    name: 'the peer is greeted before it has to prove itself',
    guards: ['hasGreeting', 'mustProve'],
    from: 'connecting.handshaking',
    before: lossOfProvable,
    event: opened(true, true),
    to: 'connecting.greeting',
  },
  {
    name: 'HTTP 403 is the end, though retries are left',
    guards: ['isFatal', 'canRetry'],
    from: 'connecting.handshaking',
    event: closed('fail', { httpStatus: 403 }),
    to: 'failed',
    facts: { failure: 'fatal-close' },
  },
  {
    name: 'HTTP 401 is the end where nobody provides fresh credentials, though retries are left',
    guards: ['isRefreshSpent', 'canRetry'],
    from: 'connecting.handshaking',
    options: fixedUrl,
    event: closed('refresh', { httpStatus: 401 }),
    to: 'failed',
    facts: { failure: 'unauthorized' },
  },
  ...lossy.flatMap((from): Case[] => [
    {
      name: 'a fatal code is the end, though retries are left',
      guards: ['isFatal', 'canRetry'],
      from,
      event: closed('fail'),
      to: 'failed',
      facts: { failure: 'fatal-close' },
    },
    {
      name: '4401 is the end where nobody provides fresh credentials, though retries are left',
      guards: ['isRefreshSpent', 'canRetry'],
      from,
      options: fixedUrl,
      event: closed('refresh'),
      to: 'failed',
      facts: { failure: 'unauthorized' },
    },
  ]),
  ...['open.quiet', 'open.probing', 'open.closing'].flatMap((from): Case[] => [
    {
      name: 'a close that was announced counts no attempt',
      guards: ['isDrained', 'canRetry'],
      from,
      before: [draining],
      event: closed('retry'),
      to: 'backoff.waiting',
      facts: { attempt: 1, hinted: 1, reason: 'drained', retryDelayMs: 1_500 },
    },
  ]),
  {
    name: 'what lies in front of its pong excuses a proof first of all',
    guards: ['isExcused', 'isLateProbe', 'isSilentAgain', 'canRetry'],
    from: 'connecting.proving',
    options: manyRetries,
    before: provingAgain,
    event: excusedWake,
    to: 'connecting.proving',
    facts: { reprobes: 0, heartbeat: 'answered' },
  },
  {
    name: 'a late timer asks again before silence counts for the second time',
    guards: ['isLateProbe', 'isSilentAgain', 'canRetry'],
    from: 'connecting.proving',
    options: manyRetries,
    before: provingAgain,
    event: lateWake,
    to: 'connecting.proving',
    facts: { reprobes: 1, heartbeat: 'answered' },
  },
  {
    name: 'a second silence opens, though retries are left',
    guards: ['isSilentAgain', 'canRetry'],
    from: 'connecting.proving',
    options: manyRetries,
    before: provingAgain,
    event: wakeTimeout,
    to: 'open.probing',
    facts: { heartbeat: 'unanswered', attempt: 2 },
  },
  {
    name: 'what lies in front of its pong excuses a silence first of all',
    guards: ['isExcused', 'isLateProbe', 'isDeadWithRetry', 'isDead'],
    from: 'open.quiet',
    before: [pingInterval],
    event: excusedPong,
    to: 'open.probing',
    facts: { reprobes: 0, probeBy: 4_000 },
  },
  {
    name: 'a late timer asks again before silence is death',
    guards: ['isLateProbe', 'isDeadWithRetry', 'isDead'],
    from: 'open.quiet',
    before: [pingInterval],
    event: latePong,
    to: 'open.probing',
    facts: { reprobes: 1 },
  },
  {
    name: 'a late timer asks again before silence is death in transport mode, too',
    guards: ['isLateProbe', 'isDead'],
    from: 'open.probing',
    options: { ...transportMode, ...answerRequired },
    event: latePong,
    to: 'open.probing',
    facts: { reprobes: 1 },
  },
  {
    name: 'a dead peer is dialled again while retries are left',
    guards: ['isDeadWithRetry', 'isDead'],
    from: 'open.quiet',
    before: [pingInterval],
    event: timer('pongTimeout', 'open.probing'),
    to: 'backoff.waiting',
    facts: { trouble: 'silent', failure: null, attempt: 1 },
  },
];

/** Pairs that stand beside each other and never hold at once: each asks for a verdict of its own. */
const exclusive: readonly (readonly [GuardName, GuardName])[] = [
  ['isRefreshSpent', 'isFatal'],
  ['isDrained', 'isRefreshSpent'],
  ['isDrained', 'isFatal'],
];

/** Every two guarded branches of one event in one leaf state, in whatever order. */
function pairsOfTheChart(): string[] {
  const guarded = new Map<string, string[]>();
  for (const { leaf, event, guard } of staticBranches(connectionMachine)) {
    if (guard === undefined) continue;
    guarded.set(`${leaf} ${event}`, [...(guarded.get(`${leaf} ${event}`) ?? []), guard]);
  }
  return [...guarded].flatMap(([place, names]) => pairsOf(names).map(([one, other]) => pairName(place, one, other)));
}

const pairsOf = <T>(items: readonly T[]): (readonly [T, T])[] =>
  items.flatMap((one, i) => items.slice(i + 1).map((other) => [one, other] as const));

const pairName = (place: string, ...names: readonly [string, string]): string =>
  `${place}: ${[...names].sort().join(' and ')}`;

const nameOf = (event: ModelEvent): string => timerName(event) ?? event.type;

function holds(name: GuardName, { context }: ModelSnapshot, event: ModelEvent): boolean {
  const { token } = context;
  const told = 'token' in event && Number.isNaN(event.token) ? { ...event, token } : event;
  return guards[name]({ context, event: told } as never);
}

const situationOf = ({ from, options, before = [] }: Case): ModelSnapshot =>
  before.reduce<ModelSnapshot>((state, event) => step(state, event).state, bringTo(from, options));

describe('where two guards of an event hold at once, the first of them decides', () => {
  it.each(cases.map((given) => [given.from, given.name, given] as const))('%s: %s', (_, __, given) => {
    const state = situationOf(given);
    expect(given.guards.filter((name) => !holds(name, state, given.event))).toEqual([]);
    const after = step(state, given.event).state;
    expect(pathOf(after.value)).toBe(given.to);
    expect(after.context).toMatchObject(given.facts ?? {});
  });

  it('and there is a case for every two that can', () => {
    const shown = cases.flatMap((given) => {
      const place = `${pathOf(situationOf(given).value)} ${nameOf(given.event)}`;
      return pairsOf(given.guards).map(([one, other]) => pairName(place, one, other));
    });
    const isExclusive = (pair: string): boolean => exclusive.some((names) => pair.endsWith(pairName('', ...names)));
    expect(pairsOfTheChart().filter((pair) => !shown.includes(pair) && !isExclusive(pair))).toEqual([]);
  });

  it.each(exclusive)('%s and %s never hold at once', (one, other) => {
    const endings = (['retry', 'refresh', 'fail'] as const).flatMap((verdict) =>
      [{ httpStatus: 401 }, { hasOpened: true }].map((how) => closed(verdict, how)),
    );
    for (const leaf of leafPaths(connectionMachine)) {
      for (const options of [{}, fixedUrl]) {
        const state = bringTo(leaf, options);
        for (const event of endings) expect(holds(one, state, event) && holds(other, state, event)).toBe(false);
      }
    }
  });
});
