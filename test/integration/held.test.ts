import { expect, onTestFinished, test, vi } from 'vitest';
import { eventsOf } from '../fixtures/events.ts';
import { stopForRevival } from '../fixtures/strictMode.ts';
import { fakeConnection } from '../fixtures/fakeSocket.ts';

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
