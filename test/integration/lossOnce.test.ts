import { describe, expect, test } from 'vitest';
import { eventsOf, pathOf } from '../fixtures/events.ts';
import type { StagedSocket } from '../fixtures/stagedSocket.ts';
import { fakeConnection, StagedNodeSocket, type Fake } from '../fixtures/stagedSocket.ts';

/** Ways in which sockets of one class or another end. Each is one loss. */
const endings: Record<string, (socket: StagedSocket) => void> = {
  '`close` alone': (socket) => socket.ends({ code: 1001, reason: 'away', wasClean: true }),
  '`close` without a code': (socket) => socket.ends(),
  '`close` without an event': (socket) => socket.onclose?.(undefined),
  '`close` twice': (socket) => {
    socket.ends({ code: 1001, reason: '', wasClean: true });
    socket.ends({ code: 1006, reason: '', wasClean: false });
  },
  '`error` and then `close`': (socket) => {
    socket.readyState = 2;
    socket.errs();
    socket.ends({ code: 1006, reason: '', wasClean: false });
  },
  '`error` and never `close`': (socket) => {
    socket.readyState = 3;
    socket.errs();
  },
  '`error` twice': (socket) => {
    socket.readyState = 3;
    socket.errs();
    socket.errs();
  },
  '`close` and then `error`': (socket) => {
    socket.ends({ code: 1006, reason: '', wasClean: false });
    socket.errs();
  },
};

const dialled = (): Fake<StagedSocket> => {
  const fake = fakeConnection();
  fake.connection.connect();
  return fake;
};
const opened = (): Fake<StagedSocket> => {
  const fake = dialled();
  fake.socket.opens();
  return fake;
};

describe.each(Object.entries(endings))('a socket that ends with %s', (_, end) => {
  test('is lost once when it was open', () => {
    const { connection, sockets, socket, clock } = opened();
    const lost = eventsOf(connection, 'lost');
    const retrying = eventsOf(connection, 'retrying');

    end(socket);

    expect(connection.state).toBe('backoff');
    expect(lost).toHaveLength(1);
    expect(retrying).toHaveLength(1);
    expect(retrying[0]).toMatchObject({ attempt: 1, delayMs: 1_000 });
    clock.increment(1_000);
    expect(sockets).toHaveLength(2);
  });

  test('is one failed attempt when it never opened', () => {
    const { connection, sockets, socket, clock } = dialled();
    const retrying = eventsOf(connection, 'retrying');
    const lost = eventsOf(connection, 'lost');

    end(socket);

    expect(retrying).toHaveLength(1);
    expect(retrying[0]).toMatchObject({ attempt: 1 });
    expect(lost).toEqual([]);
    clock.increment(1_000);
    expect(sockets).toHaveLength(2);
  });

  test('ends disconnect() once', () => {
    const { connection, socket } = opened();
    const closed = eventsOf(connection, 'closed');
    const failed = eventsOf(connection, 'failed');
    connection.disconnect();

    end(socket);

    expect(pathOf(connection.getSnapshot().value)).toBe('closed.done');
    expect(closed).toHaveLength(1);
    expect(failed).toEqual([]);
  });
});

test('an `error` that leaves the socket open is no loss', () => {
  const { connection, socket } = opened();

  socket.errs();

  expect(connection.state).toBe('open');
  expect(connection.send('on')).toBe('sent');
});

test('a `close` without a code counts as 1006', () => {
  const { connection, socket } = opened();
  const lost = eventsOf(connection, 'lost');

  socket.ends();

  expect(lost[0]?.close).toEqual({ code: 1006, reason: '', wasClean: false });
});

test.each([1000, 1008, 4401, 4403])('a close before open is a failed attempt, also with %i', (code) => {
  const { connection, socket, socketAt, clock } = dialled();
  const retrying = eventsOf(connection, 'retrying');

  socket.ends({ code, reason: '', wasClean: true });

  expect(connection.state).toBe('backoff');
  expect(retrying[0]?.because).toContain(`the socket closed before it opened (${code})`);
  clock.increment(1_000);
  socketAt(1).opens();
  expect(connection.state).toBe('open');
});

test('a close before open is put to no verdict, and 4401 asks for no fresh credential', () => {
  const judged: unknown[] = [];
  const fake = fakeConnection({ verdict: (close) => void judged.push(close) });
  fake.connection.connect();

  fake.socket.ends({ code: 4401, reason: '', wasClean: true });

  expect(judged).toEqual([]);
  expect(fake.connection.getSnapshot().context.reason).toBe('retry');
});

test('an error before open is the cause beneath exhausted attempts', () => {
  const fake = fakeConnection({ retry: { maxAttempts: 0 } });
  const failed = eventsOf(fake.connection, 'failed');
  const cause = new Error('ECONNREFUSED');
  fake.connection.connect();

  fake.socket.errs(cause);

  expect(failed).toHaveLength(1);
  expect(failed[0]?.error).toMatchObject({ code: 'attempts-exhausted', cause });
});

test('the error of an earlier attempt is not the cause of a later failure', () => {
  const fake = fakeConnection({ retry: { baseMs: 1_000, maxAttempts: 1, jitter: 'none' } });
  const failed = eventsOf(fake.connection, 'failed');
  fake.connection.connect();
  fake.socket.errs(new Error('ECONNREFUSED'));
  fake.clock.increment(1_000);

  fake.clock.increment(10_000);

  expect(failed[0]?.error.message).toContain('the connection was not open within 10 s');
  expect(failed[0]?.error.cause).toBeUndefined();
});

/** Ways to leave a socket that is connecting or open. */
const leavings: Record<string, (fake: Fake<StagedSocket>) => void> = {
  'reconnect() and its deadline': ({ connection, clock }) => {
    connection.reconnect();
    clock.increment(10_000);
  },
  'dispose()': ({ connection }) => connection.dispose(),
  'disconnect() and its deadline': ({ connection, clock }) => {
    connection.disconnect();
    clock.increment(10_000);
  },
};

describe.each(Object.entries(leavings))('a socket that was left by %s', (_, leave) => {
  test.each([
    ['open', true],
    ['connecting', false],
  ])('is closed and heard no more, when it was %s', (_state, isOpen) => {
    const fake = dialled();
    const { connection, socket: old } = fake;
    if (isOpen) old.opens();
    leave(fake);
    const before = { value: connection.getSnapshot().value, events: connection.history().length };
    const messages = eventsOf(connection, 'message');

    expect(old.isMuted).toBe(true);
    expect(old.closes.length).toBeGreaterThan(0);
    old.opens();
    old.receives('"late"');
    old.errs();
    old.ends({ code: 4401, reason: '', wasClean: true });

    expect(messages).toEqual([]);
    expect({ value: connection.getSnapshot().value, events: connection.history().length }).toEqual(before);
  });
});

test('a socket that misses its deadline is left: its late opening opens nothing', () => {
  const { connection, clock, socket } = dialled();

  clock.increment(10_000);
  socket.opens();

  expect(connection.state).toBe('backoff');
  expect(socket.closes).toHaveLength(1);
});

test('at most one socket is live, however often reconnect() is called', () => {
  const { connection, sockets } = dialled();

  for (let i = 0; i < 5; i++) connection.reconnect();
  for (const socket of sockets) socket.opens();

  expect(sockets.filter(({ isMuted }) => !isMuted)).toHaveLength(1);
  expect(sockets.slice(0, -1).every(({ closes }) => closes.length > 0)).toBe(true);
  expect(connection.state).toBe('open');
});

test('with `ws`, a socket is left by terminate() when the time for its closing is over', () => {
  const fake = fakeConnection({}, StagedNodeSocket);
  const connection = fake.connection.connect();
  const { socket } = fake;
  socket.opens();

  connection.reconnect();
  fake.clock.increment(9_999);
  expect(socket.isTerminated).toBe(false);
  fake.clock.increment(1);

  expect(socket.isTerminated).toBe(true);
  socket.emits('pong', Buffer.from(''));
  socket.emits('unexpected-response', { destroy: () => undefined }, { statusCode: 401 });
  expect(connection.state).toBe('connecting');
});
