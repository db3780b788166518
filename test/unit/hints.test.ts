/** What a server says about coming back: a floor under the delay, from every state, and bounded. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { backoffDelay, hintedDelay } from '../../machines/backoff.ts';
import { chartSettings } from '../../machines/connection.facts.ts';
import { createConnectionChart } from '../../machines/connection.machine.ts';
import type { ChartInput, ConnectionEvent } from '../../machines/connection.types.ts';
import { pathOf } from '../../src/client/because.ts';

const HINT_MS = 60_000;

const delay = fc.integer({ min: 1, max: 120_000 });
const retry = fc
  .record({ baseMs: delay, above: fc.nat({ max: 100_000 }), jitter: fc.constantFrom('full', 'equal', 'none') })
  .map(({ baseMs, above, jitter }) => ({ baseMs, capMs: baseMs + above, jitter }));

test('a hinted delay is never under the hint or three quarters of the backoff, and beyond both only by its jitter', () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const attempts = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(retry, attempts, chance, fc.nat({ max: 300_000 }), (given, attempt, unit, hintMs) => {
      const settings = chartSettings({ retry: given });
      const ceiling = backoffDelay({ ...settings, jitter: 'none' }, attempt, 0);
      const delayMs = hintedDelay(settings, attempt, unit, hintMs);
      const width = given.jitter === 'none' ? 0 : Math.max(given.baseMs, ceiling / 4);
      expect(delayMs).toBeGreaterThanOrEqual(hintMs);
      if (attempt > 4) expect(delayMs).toBeGreaterThanOrEqual(Math.min(0.75 * ceiling, ceiling - given.baseMs) - 1e-6);
      expect(delayMs).toBeLessThanOrEqual(Math.max(hintMs + width, ceiling) + 1e-6);
    }),
  );
});

/** The chart as a pure function, with a clock that the test holds. */
function chart(input: ChartInput, unit = 0) {
  const clock = { now: 1_000 };
  const machine = createConnectionChart<ChartInput>({
    settingsFrom: (given) => given,
    ports: { now: () => clock.now, awake: () => clock.now, random: () => unit },
  });
  type Snapshot = ReturnType<typeof initialTransition<typeof machine>>[0];
  let snapshot: Snapshot = initialTransition(machine, input)[0];
  const chartNow = {
    clock,
    get context() {
      return snapshot.context;
    },
    get leaf() {
      return pathOf(snapshot.value);
    },
    tell(...events: readonly (ConnectionEvent | { type: `xstate.after.${string}` })[]) {
      for (const event of events) snapshot = transition(machine, snapshot, event as ConnectionEvent)[0];
      return chartNow;
    },
    /** The running attempt shakes hands. */
    shake: () => chartNow.tell({ type: 'transport.resolved', token: snapshot.context.token }),
    open: () => chartNow.shake().tell(opened),
    /** The application dials; a socket that was open closes first. */
    redial: () => {
      chartNow.tell({ type: 'client.reconnect' });
      return chartNow.leaf === 'connecting.closing' ? chartNow.tell(ended()) : chartNow;
    },
  };
  return chartNow;
}

const connect: ConnectionEvent = { type: 'client.connect' };
const opened: ConnectionEvent = { type: 'socket.opened', greets: false, heartbeat: true };
const ended = (retryAfterMs?: number, code = 1006): ConnectionEvent => ({
  type: 'socket.closed',
  close: { code, reason: '', wasClean: false },
  verdict: 'retry',
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const fatal = { ...ended(HINT_MS, 4403), verdict: 'fail' } as ConnectionEvent;
const drained: ConnectionEvent = { type: 'hub.draining', retryAfterMs: HINT_MS };
const exact = { retry: { jitter: 'none' } } as const;

/** Ways to a server that wants nobody for a minute. */
const asked = {
  'a refused upgrade': () => chart(exact).tell(connect).shake().tell(ended(HINT_MS)),
  'a close': () => chart(exact).tell(connect).open().tell(ended(HINT_MS)),
  'a drain': () => chart(exact).tell(connect).open().tell(drained),
} as const;

describe.each(Object.entries(asked))(
  'after %s that asks for a minute, nothing dials by itself before that',
  (_, ask) => {
    /** What may come in between; the application dials where it says so. */
    const between: Readonly<Record<string, readonly ConnectionEvent[]>> = {
      'a network that comes back': [{ type: 'network.offline' }, { type: 'network.online' }],
      'a page that is left and comes back': [{ type: 'page.left' }, { type: 'page.resumed' }],
      'a jump of the clock': [{ type: 'clock.jumped' }],
      'a transport that starts anew': [{ type: 'transport.started' }],
      'a restored snapshot': [{ type: 'page.left' }, { type: 'transport.started', restored: true }],
    };
    test.each(Object.entries(between))('after %s', (_, events) => {
      const client = ask();
      client.clock.now += 10;
      client.tell(...events);
      if (client.leaf.startsWith('open')) client.tell(ended());
      expect(client.leaf).toBe('backoff.waiting');
      expect(client.context.retryAt).toBeGreaterThanOrEqual(1_000 + HINT_MS);
    });

    test.each([
      ['fails', [ended()]],
      ['is interrupted by a jump of the clock', [{ type: 'clock.jumped' }]],
      ['loses its transport', [{ type: 'transport.started' }]],
      ['is left with its page', [{ type: 'page.left' }, { type: 'page.resumed' }]],
    ] as const)('after an attempt of the application that %s', (_, events) => {
      const client = ask();
      client.clock.now += 10;
      client.redial().shake();
      expect(client.leaf).toBe('connecting.handshaking');
      client.tell(...events);
      expect(client.leaf).toBe('backoff.waiting');
      expect(client.context.retryAt).toBeGreaterThanOrEqual(1_000 + HINT_MS);
    });

    test('but the application may, and a server that takes it has taken its word back', () => {
      const client = ask();
      client.redial().open();
      expect(client.leaf).toBe('open.probing');
      expect(client.context).toMatchObject({ retryNotBefore: 0, hintMs: null });
      client.tell(ended());
      expect(client.context.retryDelayMs).toBeLessThan(10_000);
    });
  },
);

test('offline, the try that follows all the same comes after the hint, and has jitter', () => {
  for (const unit of [0, 0.5]) {
    const client = chart({ retry: { jitter: 'full' } }, unit)
      .tell(connect)
      .shake()
      .tell(ended(HINT_MS));
    client.tell({ type: 'network.offline' });
    expect(client.leaf).toBe('backoff.offline');
    const machine = createConnectionChart<ChartInput>({
      settingsFrom: (given) => given,
      ports: { now: () => client.clock.now, awake: () => client.clock.now, random: () => unit },
    });
    const delay = machine.implementations.delays['offlineRetryDelay'] as (now: object) => number;
    expect(delay({ context: client.context, self: undefined })).toBe(HINT_MS + unit * 1_000);
  }
});

test.each([
  ['a close that no retry mends', (client: ReturnType<typeof chart>) => client.tell(fatal)],
  [
    'an answer to disconnect()',
    (client: ReturnType<typeof chart>) => client.tell({ type: 'client.disconnect' }, ended(HINT_MS)),
  ],
])('a hint in %s holds for the attempts that connect() begins', (_, end) => {
  const client = end(chart(exact).tell(connect).open());
  client.tell(connect).shake();
  expect(client.leaf).toBe('connecting.handshaking');
  client.tell(ended());
  expect(client.context.retryAt).toBe(1_000 + HINT_MS);
});

describe('two counters', () => {
  const refuse = (client: ReturnType<typeof chart>, retryAfterMs?: number) =>
    client.shake().tell(ended(retryAfterMs), { type: 'xstate.after.retryDelay.connection.backoff.waiting' });

  test('every failed attempt raises the backoff; those that a server asked for exhaust nothing', () => {
    const client = chart({ retry: { maxAttempts: 3, jitter: 'none' } }).tell(connect);
    for (let nth = 0; nth < 100; nth++) refuse(client, 1_000);
    expect(client.leaf).toBe('connecting.resolving');
    expect(client.context).toMatchObject({ attempt: 100, hinted: 100, retryDelayMs: 30_000 });
    for (let nth = 0; nth < 3; nth++) refuse(client);
    expect(client.leaf).toBe('connecting.resolving');
    refuse(client);
    expect(client.leaf).toBe('failed');
  });

  test('a hint is heeded also when all the others are used up', () => {
    const client = chart({ retry: { maxAttempts: 1, jitter: 'none' } }).tell(connect);
    refuse(client);
    refuse(client, 0);
    expect(client.leaf).toBe('connecting.resolving');
    refuse(client);
    expect(client.leaf).toBe('failed');
  });

  test('maxAttempts 0 is none at all, whatever a server says', () => {
    const client = chart({ retry: { maxAttempts: 0 } }).tell(connect);
    expect(client.shake().tell(ended(1_000)).leaf).toBe('failed');
  });

  test('both are forgotten after stableAfter in open', () => {
    const client = chart(exact).tell(connect);
    refuse(client, 1_000);
    client.open().tell({ type: 'xstate.after.stableAfter.connection.open' });
    expect(client.context).toMatchObject({ attempt: 0, hinted: 0 });
  });
});

describe('retry.hintCapMs', () => {
  test('bounds what a drain asks for, and spreads anew what it cut off', () => {
    for (const unit of [0, 0.5]) {
      const client = chart({ retry: { hintCapMs: 10_000 } }, unit)
        .tell(connect)
        .open()
        .tell(drained);
      expect(client.context).toMatchObject({ drainUntil: 6_000 + unit * 5_000, hintMs: HINT_MS });
    }
  });

  test('bounds what is left of a hint by the clock of another process', () => {
    const client = chart(exact).tell(connect).shake().tell(ended(HINT_MS)).tell(connect);
    client.clock.now = -1e12;
    expect(client.tell({ type: 'transport.started', restored: true }).context.retryDelayMs).toBe(300_000);
  });
});

test('a server that is overloaded is not hurried by a network that comes back, whether or not it gave a short hint', () => {
  for (const retryAfterMs of [undefined, 0, 200]) {
    const client = chart({ retry: { jitter: 'none' } })
      .tell(connect)
      .open();
    client.tell(ended(retryAfterMs, 1013));
    const { retryAt } = client.context;
    client.tell({ type: 'network.offline' }, { type: 'network.online' });
    expect(client.context.retryAt).toBeGreaterThanOrEqual(retryAt);
  }
});
