import { describe, expect, test } from 'vitest';
import type { Connection, ConnectionOptions } from '../../src/index.ts';
import { fakeConnection, type Fake, type StagedSocket } from '../fixtures/stagedSocket.ts';

type Options = Partial<ConnectionOptions<unknown, unknown>>;
type Summary = (string | undefined)[];

/** Every outcome from now on, as `[outcome, reason, message]`; that of `dropped` has to be the same list. */
function outcomesOf(connection: Connection<unknown, unknown>): { outcomes: Summary[]; dropped: Summary[] } {
  const outcomes: Summary[] = [];
  const dropped: Summary[] = [];
  connection.on('outcome', ({ outcome, reason, message }) => outcomes.push([outcome, reason, message as string]));
  connection.on('dropped', ({ outcome, reason, message }) => dropped.push([outcome, reason, message as string]));
  return { outcomes, dropped };
}

interface Fate {
  readonly options?: Options;
  /** Sends `'x'` and sees to its fate. */
  readonly meet: (fake: Fake<StagedSocket>, send: (message: string) => void) => void;
  readonly outcome: string;
  readonly reason: string;
  readonly code: string;
  /** What becomes of the others, in between or behind. */
  readonly others?: Summary[];
}

/** Every way in which a message can come to nothing. */
const fates: Record<string, Fate> = {
  "pushed out by a newer one ('drop-oldest')": {
    options: { outbox: { maxMessages: 2 } },
    meet: ({ connection }, send) => {
      send('x');
      connection.send('y');
      connection.send('z');
    },
    outcome: 'dropped',
    reason: 'overflow',
    code: 'overflow',
  },
  'pushed out by bytes': {
    options: { outbox: { maxBytes: 4 } },
    meet: ({ connection }, send) => {
      send('x');
      connection.send('äß');
    },
    outcome: 'dropped',
    reason: 'overflow',
    code: 'overflow',
  },
  "come too late ('drop-newest')": {
    options: { outbox: { maxMessages: 1, overflow: 'drop-newest' } },
    meet: ({ connection }, send) => {
      connection.send('y');
      send('x');
    },
    outcome: 'dropped',
    reason: 'overflow',
    code: 'overflow',
  },
  "come too late ('reject')": {
    options: { outbox: { maxMessages: 1, overflow: 'reject' } },
    meet: ({ connection }, send) => {
      connection.send('y');
      send('x');
    },
    outcome: 'rejected',
    reason: 'overflow',
    code: 'overflow',
  },
  'larger than the whole outbox': {
    options: { outbox: { maxBytes: 0 } },
    meet: (_, send) => send('x'),
    outcome: 'rejected',
    reason: 'too-large',
    code: 'too-large',
  },
  'held for longer than ttlMs': {
    options: { outbox: { ttlMs: 500 } },
    meet: ({ clock }, send) => {
      send('x');
      clock.increment(500);
    },
    outcome: 'expired',
    reason: 'ttl',
    code: 'expired',
  },
  'replaced by a newer one of its key': {
    options: { outbox: { keyOf: () => 'cursor' } },
    meet: ({ connection }, send) => {
      send('x');
      connection.send('y');
    },
    outcome: 'dropped',
    reason: 'replaced',
    code: 'overflow',
  },
  'held at disconnect()': {
    meet: ({ connection }, send) => {
      send('x');
      connection.disconnect();
    },
    outcome: 'dropped',
    reason: 'disconnected',
    code: 'closed',
  },
  'held in failed, at disconnect()': {
    options: { retry: { maxAttempts: 0 } },
    meet: (fake, send) => {
      send('x');
      fake.connection.connect();
      fake.socket.ends();
      fake.connection.disconnect();
    },
    outcome: 'dropped',
    reason: 'disconnected',
    code: 'closed',
  },
  'held at dispose()': {
    meet: ({ connection }, send) => {
      send('x');
      connection.dispose();
    },
    outcome: 'dropped',
    reason: 'disposed',
    code: 'disposed',
  },
  'sent in closed': {
    meet: ({ connection }, send) => {
      connection.disconnect();
      send('x');
    },
    outcome: 'rejected',
    reason: 'closed',
    code: 'closed',
  },
  'sent in failed': {
    options: { retry: { maxAttempts: 0 } },
    meet: (fake, send) => {
      fake.connection.connect();
      fake.socket.ends();
      send('x');
    },
    outcome: 'rejected',
    reason: 'failed',
    code: 'closed',
  },
  'sent after dispose()': {
    meet: ({ connection }, send) => {
      connection.dispose();
      send('x');
    },
    outcome: 'rejected',
    reason: 'disposed',
    code: 'disposed',
  },
};

describe.each(Object.entries(fates))('a message %s', (_, { options = {}, meet, outcome, reason, code }) => {
  test(`is '${outcome}' ('${reason}'), told once, in both events`, () => {
    const fake = fakeConnection(options);
    const { outcomes, dropped } = outcomesOf(fake.connection);

    meet(fake, (message) => fake.connection.send(message));

    expect(outcomes.filter(([, , message]) => message === 'x')).toEqual([[outcome, reason, 'x']]);
    expect(dropped).toEqual(outcomes);
    expect(fake.connection.stats().outcomes).toMatchObject({ [outcome]: outcomes.length, sent: 0 });
  });

  test(`resolves deliver() with the error '${code}'`, async () => {
    const fake = fakeConnection(options);
    const deliveries: Promise<unknown>[] = [];

    meet(fake, (message) => deliveries.push(fake.connection.deliver(message)));

    expect(deliveries).toHaveLength(1);
    expect(await deliveries[0]).toMatchObject({ outcome, reason, error: { name: 'ConnectionError', code } });
  });
});

test('send() says at once what is the outcome, and `queued` where it follows', () => {
  const { connection } = fakeConnection({ outbox: { maxMessages: 1, overflow: 'reject', maxBytes: 10 } });

  expect(connection.send('a')).toBe('queued');
  expect(connection.send('b')).toBe('rejected');
  expect(connection.send('far too long for it')).toBe('rejected');
  expect(connection.send('c', { queue: false })).toBe('dropped');
});

test("queue: false drops where it would have to wait ('not-open'), and sends where it is open", () => {
  const fake = fakeConnection();
  const { connection } = fake;
  const { outcomes } = outcomesOf(connection);
  expect(connection.send('x', { queue: false })).toBe('dropped');
  connection.connect();
  fake.socket.opens();

  expect(connection.send('y', { queue: false })).toBe('sent');

  expect(outcomes).toEqual([['dropped', 'not-open', 'x']]);
  expect(fake.socket.sent).toEqual(['y']);
});

test('what is sent straight away has an outcome in deliver() and in the counts, and no event', async () => {
  const fake = fakeConnection();
  fake.connection.connect();
  fake.socket.opens();
  const { outcomes } = outcomesOf(fake.connection);

  fake.connection.send('a');
  const delivery = await fake.connection.deliver('b');

  expect(delivery).toEqual({ outcome: 'sent' });
  expect(outcomes).toEqual([]);
  expect(fake.connection.stats()).toMatchObject({ sent: { messages: 2, bytes: 2 }, outcomes: { sent: 2 } });
});

test.each([{ ttlMs: 0 }, { ttlMs: Number.NaN }, { ttlMs: 'soon' }, { key: 7 }])(
  "wrong options of a message throw 'invalid-option': %j",
  (options) => {
    const { connection } = fakeConnection();
    const name = Object.keys(options)[0] ?? '';
    const refused = expect.objectContaining({
      code: 'invalid-option',
      message: expect.stringMatching(new RegExp(`^${name}: `, 'u')) as string,
    }) as Error;

    expect(() => connection.send('x', options as never)).toThrow(refused);
    expect(() => connection.deliver('x', options as never)).toThrow(refused);
  },
);
