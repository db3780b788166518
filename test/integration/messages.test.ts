import { expect, test } from 'vitest';
import { fakeConnection, type Fake, type StagedSocket } from '../fixtures/stagedSocket.ts';

const opened = (): Fake<StagedSocket> => {
  const fake = fakeConnection();
  fake.connection.connect();
  fake.socket.opens();
  return fake;
};

test('messages() gives what comes, in order, read at once or later', async () => {
  const { connection, socket } = opened();
  const messages = connection.messages();
  const first = messages.next();

  for (const n of [1, 2, 3]) socket.receives(String(n));

  expect(await first).toEqual({ done: false, value: 1 });
  expect(await messages.next()).toEqual({ done: false, value: 2 });
  expect(await messages.next()).toEqual({ done: false, value: 3 });
});

test('messages() goes on across a loss', async () => {
  const fake = opened();
  const messages = fake.connection.messages();
  fake.socket.receives('1');
  fake.socket.ends();
  fake.clock.increment(1_000);
  fake.socket.opens();

  fake.socket.receives('2');

  expect([await messages.next(), await messages.next()]).toMatchObject([{ value: 1 }, { value: 2 }]);
});

test('a loop over messages() ends at closed, after what was unread', async () => {
  const { connection, socket } = opened();
  const messages = connection.messages();
  socket.receives('1');
  socket.receives('2');
  connection.disconnect();
  socket.ends({ code: 1000, reason: '', wasClean: true });

  const seen: unknown[] = [];
  for await (const message of messages) seen.push(message);

  expect(seen).toEqual([1, 2]);
});

test.each(['dispose', 'abort'] as const)('messages() ends at %s', async (way) => {
  const { connection, socket } = opened();
  const controller = new AbortController();
  const messages = connection.messages({ signal: controller.signal });
  const waiting = messages.next();

  if (way === 'dispose') connection.dispose();
  else controller.abort();
  socket.receives('1');

  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(await messages.next()).toEqual({ done: true, value: undefined });
});

test.each(['dispose', 'abort'] as const)('messages() asked for after %s is over at once', async (way) => {
  const { connection } = opened();
  const controller = new AbortController();
  if (way === 'dispose') connection.dispose();
  else controller.abort();

  expect(await connection.messages({ signal: controller.signal }).next()).toEqual({ done: true, value: undefined });
});

test('messages() throws the failure, once, after what was unread', async () => {
  const { connection, socket } = opened();
  const messages = connection.messages();
  socket.receives('1');
  socket.ends({ code: 1008, reason: '', wasClean: true });

  expect(await messages.next()).toEqual({ done: false, value: 1 });
  await expect(messages.next()).rejects.toMatchObject({ code: 'fatal-close' });
  expect(await messages.next()).toEqual({ done: true, value: undefined });
});

test("past maxMessages unread ones messages() gives those it has, then throws 'slow-consumer'", async () => {
  const { connection, socket } = opened();
  const messages = connection.messages({ maxMessages: 2 });
  const other: unknown[] = [];
  connection.onMessage((message) => other.push(message));

  for (const n of [1, 2, 3, 4]) socket.receives(String(n));

  expect(await messages.next()).toEqual({ done: false, value: 1 });
  expect(await messages.next()).toEqual({ done: false, value: 2 });
  await expect(messages.next()).rejects.toMatchObject({
    code: 'slow-consumer',
    message: expect.stringContaining('maxMessages') as string,
  });
  expect(await messages.next()).toEqual({ done: true, value: undefined });
  expect(other).toEqual([1, 2, 3, 4]);
});

test('by default 1,024 unread messages are kept', async () => {
  const { connection, socket } = opened();
  const messages = connection.messages();
  const seen: unknown[] = [];
  for (let n = 0; n <= 1_024; n++) socket.receives(String(n));

  await expect(
    (async () => {
      for await (const message of messages) seen.push(message);
    })(),
  ).rejects.toMatchObject({ code: 'slow-consumer' });

  expect(seen).toHaveLength(1_024);
});

test('breaking out of a loop lets go of the messages', async () => {
  const { connection, socket } = opened();
  const messages = connection.messages();
  socket.receives('1');
  socket.receives('2');

  for await (const message of messages) {
    expect(message).toBe(1);
    break;
  }

  expect(await messages.next()).toEqual({ done: true, value: undefined });
});

test('return() says that it is over, forgets what was unread, and lets who waits go', async () => {
  const { connection, socket } = opened();
  const [full, empty] = [connection.messages(), connection.messages()];
  const waiting = empty.next();
  const over = { done: true, value: undefined };

  expect(await empty.return?.()).toEqual(over);
  expect(await waiting).toEqual(over);
  socket.receives('1');
  expect(await full.return?.()).toEqual(over);
  expect(await full.next()).toEqual(over);
});

test('two iterators each get every message', async () => {
  const { connection, socket } = opened();
  const [a, b] = [connection.messages(), connection.messages()];

  socket.receives('1');

  expect(await Promise.all([a.next(), b.next()])).toMatchObject([{ value: 1 }, { value: 1 }]);
});

test.each([0, -1, Number.NaN])('maxMessages %s is refused', (maxMessages) => {
  const { connection } = fakeConnection();

  expect(() => connection.messages({ maxMessages })).toThrow(
    expect.objectContaining({ code: 'invalid-option', message: expect.stringMatching(/^maxMessages: /u) as string }),
  );
});
