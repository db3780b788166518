import { expect, onTestFinished, test, vi } from 'vitest';
import { confirming } from '../fixtures/confirming.ts';
import { eventsOf } from '../fixtures/events.ts';
import { stopForRevival } from '../fixtures/strictMode.ts';
import { fakeConnection } from '../fixtures/stagedSocket.ts';

test('ttlMs of a message goes before that of the outbox, and the shortest is not kept waiting by the others', () => {
  const { connection, clock } = fakeConnection({ outbox: { ttlMs: 1_000 } });
  const outcomes = eventsOf(connection, 'outcome');
  connection.send('long', { ttlMs: 5_000 });
  connection.send('middle');
  connection.send('short', { ttlMs: 10 });

  clock.increment(10);
  expect(outcomes).toEqual([{ outcome: 'expired', reason: 'ttl', message: 'short' }]);
  clock.increment(990);
  expect(outcomes.at(-1)).toEqual({ outcome: 'expired', reason: 'ttl', message: 'middle' });
  clock.increment(3_999);
  expect(outcomes).toHaveLength(2);
  clock.increment(1);

  expect(outcomes).toHaveLength(3);
  expect(connection.stats().outbox).toEqual({ messages: 0, bytes: 0, uncovered: 0 });
});

test('what has expired is not sent', () => {
  const fake = fakeConnection();
  const { connection, clock } = fake;
  connection.send('stale', { ttlMs: 100 });
  connection.send('fresh');
  connection.connect();
  clock.increment(100);

  fake.socket.opens();

  expect(fake.socket.sent).toEqual(['fresh']);
});

test('a newer message of a key goes to the tail', () => {
  const fake = fakeConnection();
  const { connection } = fake;
  connection.send('cursor 1', { key: 'cursor' });
  connection.send('text');
  connection.send('cursor 2', { key: 'cursor' });
  connection.connect();

  fake.socket.opens();

  expect(fake.socket.sent).toEqual(['text', 'cursor 2']);
});

test('keyOf that throws is reported, and the message goes without a key', async () => {
  const reported: unknown[] = [];
  vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
  onTestFinished(() => void vi.unstubAllGlobals());
  const error = new Error('of the application');
  const fake = fakeConnection({
    outbox: {
      keyOf: () => {
        throw error;
      },
    },
  });

  expect(fake.connection.send('a')).toBe('queued');
  const delivery = fake.connection.deliver('b');
  fake.connection.connect();
  fake.socket.opens();

  expect(await delivery).toEqual({ outcome: 'sent' });
  expect(fake.socket.sent).toEqual(['a', 'b']);
  expect(reported).toEqual([error, error]);
});

test('the level of the outbox is told as it changes', () => {
  const fake = fakeConnection({ outbox: { maxMessages: 2 } });
  const levels = eventsOf(fake.connection, 'outbox');
  for (const message of ['a', 'b', 'c']) fake.connection.send(message);
  fake.connection.connect();

  fake.socket.opens();

  expect(levels).toEqual([
    { level: 'holding', messages: 1, bytes: 1 },
    { level: 'full', messages: 2, bytes: 2 },
    { level: 'empty', messages: 0, bytes: 0 },
  ]);
});

test('after a stop and start of the actor the chart knows how full the outbox is', () => {
  const fake = fakeConnection();
  fake.connection.connect();
  fake.socket.opens();
  const { actor } = fake.connection;
  stopForRevival(actor);
  fake.connection.send('while stopped');
  actor.start();
  expect(fake.connection.getSnapshot().context.outbox).toBe('holding');
  fake.socket.opens();
  expect(fake.connection.getSnapshot().context.outbox).toBe('empty');
});

test('nor does it take for held what was confirmed just before', () => {
  const { connection, clock, pongAll } = confirming();
  connection.send('a');
  clock.advance(250);
  pongAll();
  expect(connection.getSnapshot().context.outbox).toBe('holding');
  stopForRevival(connection.actor);
  connection.actor.start();
  expect(connection.getSnapshot().context.outbox).toBe('empty');
});

test.each([
  ['disconnect', 'dropped disconnected'],
  ['dispose', 'dropped disposed'],
] as const)('a socket that calls %s() and then refuses: the message goes out under no other login', (way, outcome) => {
  const fake = fakeConnection();
  const outcomes: string[] = [];
  fake.connection.on('outcome', (told) => outcomes.push(`${told.outcome} ${told.reason ?? ''}`));
  fake.connection.send('secret');
  fake.connection.connect();
  fake.socket.send = () => {
    fake.connection[way]();
    throw new Error('no');
  };
  fake.socket.opens();
  expect(outcomes).toEqual([outcome]);
  expect(fake.connection.stats().outbox.messages).toBe(0);
});

test('the same for a message that is sent with options while open', () => {
  const fake = fakeConnection();
  fake.connection.connect();
  fake.socket.opens();
  fake.socket.send = () => {
    fake.connection.disconnect();
    throw new Error('no');
  };
  expect(fake.connection.send('secret', { ttlMs: 1_000 })).toBe('rejected');
  expect(fake.connection.stats().outbox.messages).toBe(0);
});

test('a listener that hangs up at a sign of life is told of no frame any more', () => {
  const fake = fakeConnection({ heartbeat: {} });
  fake.connection.connect();
  fake.socket.opens();
  const heard: unknown[] = [];
  fake.connection.onMessage((message) => heard.push(message));
  let calls = 0;
  fake.connection.subscribe((snapshot) => {
    if (snapshot.context.heartbeat === 'answered' && calls++ < 10) fake.connection.disconnect();
  });
  fake.socket.receives('"a frame"');
  expect(heard).toEqual([]);
  // A command that changes nothing is no change to tell of: nobody goes round in a circle.
  expect(calls).toBeLessThan(5);
});

test.each([{ ttlMs: Number.NaN }, { ttlMs: -5 }, { key: 1 }, { queue: 'no' }])(
  'a client.send with %o is refused, as send() would refuse it',
  (options) => {
    const fake = fakeConnection();
    const outcomes: string[] = [];
    fake.connection.on('outcome', ({ outcome, reason }) => outcomes.push(`${outcome} ${reason ?? ''}`));
    fake.connection.actor.send({ type: 'client.send', message: 'a', ...options } as never);
    expect(outcomes).toEqual(['rejected unencodable']);
    expect(() => fake.connection.send('a', options as never)).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  },
);

test('a ttl counts from the send, also where an actor that is stopped for a while takes it up later', () => {
  const fake = fakeConnection();
  const outcomes: string[] = [];
  fake.connection.on('outcome', ({ outcome, reason }) => outcomes.push(`${outcome} ${reason ?? ''}`));
  const { actor } = fake.connection;
  stopForRevival(actor);
  fake.connection.connect();
  expect(fake.connection.send('old', { ttlMs: 50 })).toBe('queued');
  expect(fake.connection.send('kept', { ttlMs: 5_000 })).toBe('queued');
  fake.clock.increment(300);
  actor.start();
  fake.socket.opens();
  expect(fake.socket.sent).toEqual(['kept']);
  expect(outcomes).toEqual(['expired ttl', 'sent ']);
});

test('dispose() while the actor is stopped for a while settles what waits behind a command', async () => {
  const { connection } = fakeConnection();
  stopForRevival(connection.actor);
  connection.connect();
  const delivered = connection.deliver('a');
  connection.dispose();
  await expect(delivered).resolves.toMatchObject({ outcome: 'rejected', error: { code: 'disposed' } });
});

test('past maxBufferedBytes a send that must not wait is dropped, until the socket has drained', () => {
  const fake = fakeConnection({ maxBufferedBytes: 100, codec: 'raw' });
  fake.connection.connect();
  fake.socket.opens();
  fake.socket.bufferedAmount = 1_000;
  for (let n = 0; n < 64; n++) fake.connection.send('x', { queue: false });
  expect(fake.connection.send('full', { queue: false })).toBe('dropped');
  fake.socket.bufferedAmount = 0;
  expect(fake.connection.send('drained', { queue: false })).toBe('sent');
});
