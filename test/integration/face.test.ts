import { afterEach, describe, expect, test, vi } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { connectionFrom, createConnection, isConnectionError, type Connection } from '../../src/index.ts';
import { eventsOf, within, withResolvers } from '../fixtures/events.ts';
import { fakeConnection, type Fake, type StagedSocket } from '../fixtures/stagedSocket.ts';

afterEach(() => void vi.unstubAllGlobals());

const opened = (): Fake<StagedSocket> => {
  const fake = fakeConnection();
  fake.connection.connect();
  fake.socket.opens();
  return fake;
};

const settled = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (isConnectionError(error) ? error.code : error),
  );

describe('opened()', () => {
  test('waits in idle, connecting and backoff, and resolves when it opens', async () => {
    const fake = fakeConnection();
    const inIdle = fake.connection.opened();
    fake.connection.connect();
    const inConnecting = fake.connection.opened();
    fake.socket.ends();
    const inBackoff = fake.connection.opened();
    fake.clock.increment(1_000);
    expect(fake.sockets).toHaveLength(2);

    fake.socket.opens();

    await within('three promises', Promise.all([inIdle, inConnecting, inBackoff]));
    await fake.connection.opened();
  });

  test('rejects at disconnect() and in closed', async () => {
    const { connection } = fakeConnection();
    const waiting = settled(connection.opened());

    connection.disconnect();

    expect(await waiting).toBe('closed');
    expect(await settled(connection.opened())).toBe('closed');
  });

  test('rejects with the failure itself at failed and in it', async () => {
    const fake = fakeConnection({ retry: { maxAttempts: 0 } });
    const { connection } = fake;
    const failed = eventsOf(connection, 'failed');
    const rejected = connection
      .connect()
      .opened()
      .catch((error: unknown) => error);

    fake.socket.ends();

    expect(connection.state).toBe('failed');
    const error = await rejected;
    expect(error).toMatchObject({ code: 'attempts-exhausted' });
    expect(error).toBe(failed[0]?.error);
    await expect(connection.opened()).rejects.toBe(error);
  });

  test('rejects at dispose() and after it', async () => {
    const { connection } = fakeConnection();
    const waiting = settled(connection.opened());

    connection.dispose();

    expect(await waiting).toBe('disposed');
    expect(await settled(connection.opened())).toBe('disposed');
  });

  test('rejects at abort, with its reason as cause', async () => {
    const { connection } = fakeConnection();
    const controller = new AbortController();
    const waiting = connection.opened(controller.signal);
    const reason = new Error('no longer wanted');

    controller.abort(reason);

    await expect(waiting).rejects.toMatchObject({ name: 'ConnectionError', cause: reason });
    await expect(connection.opened(controller.signal)).rejects.toMatchObject({ cause: reason });
  });
});

describe('subscribe()', () => {
  test('calls at once with the snapshot, then at each change, until it is told to stop', () => {
    const { connection } = fakeConnection();
    const states: string[] = [];
    const stop = connection.subscribe((snapshot) => states.push(connection.state, String(snapshot.hasTag('holding'))));
    expect(states).toEqual(['idle', 'true']);

    connection.connect();
    expect(states.at(-2)).toBe('connecting');
    stop();
    const { length } = states;
    connection.disconnect();

    expect(states).toHaveLength(length);
    stop.unsubscribe();
    expect(connection.getSnapshot().matches('closed')).toBe(true);
  });

  test('listeners that throw stop no other', () => {
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
    const { connection } = fakeConnection();
    const seen: string[] = [];
    const error = new Error('of a subscriber');
    const stop = connection.subscribe(() => {
      throw error;
    });
    connection.subscribe(() => seen.push(connection.state));

    connection.connect();
    stop();

    expect(new Set(seen)).toEqual(new Set(['idle', 'connecting']));
    expect(new Set(reported)).toEqual(new Set([error]));
  });
});

describe('a listener that throws', () => {
  const failing = (connection: Connection<unknown, unknown>, error: Error) => {
    connection.onMessage(() => {
      throw error;
    });
    connection.on('opened', () => {
      throw error;
    });
  };

  test('is reported and stops no other listener, and the connection goes on', () => {
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
    const fake = fakeConnection();
    const { connection } = fake;
    const error = new Error('of the application');
    failing(connection, error);
    const openings = eventsOf(connection, 'opened');
    const messages = eventsOf(connection, 'message');

    connection.connect();
    fake.socket.opens();
    fake.socket.receives('1');

    expect(reported).toEqual([error, error]);
    expect(openings).toHaveLength(1);
    expect(messages).toEqual([{ message: 1 }]);
    expect(connection.send('on')).toBe('sent');
  });

  test('is an uncaught exception where the platform has no reportError, after the work is done', async () => {
    vi.stubGlobal('reportError', undefined);
    const uncaught = withResolvers<unknown>();
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', uncaught.resolve);
    const { connection, socket } = opened();
    const error = new Error('of the application');
    failing(connection, error);
    const messages = eventsOf(connection, 'message');

    socket.receives('1');

    expect(messages).toHaveLength(1);
    expect(await within('the uncaught exception', uncaught.promise)).toBe(error);
    for (const listener of others) process.on('uncaughtException', listener);
  });
});

describe('the face', () => {
  test('of a connection may be taken apart: its functions need no `this`', () => {
    const fake = fakeConnection();
    const { connect, send, explain, disconnect } = fake.connection;

    connect();
    fake.socket.opens();

    expect(send('hello')).toBe('sent');
    expect(explain()).toBe('the peer accepted the connection');
    disconnect();
    expect(fake.connection.state).toBe('closed');
  });

  test('isConnected, the tag `ready` and the state open are one', () => {
    const fake = fakeConnection();
    const { connection } = fake;
    const seen = new Set<string>();
    connection.on('state', ({ state }) => {
      seen.add(`${state} ${connection.isConnected} ${connection.getSnapshot().hasTag('ready')}`);
    });

    connection.connect();
    fake.socket.opens();
    fake.socket.ends();
    fake.clock.increment(1_000);
    fake.socket.opens();
    connection.disconnect();

    expect([...seen]).toEqual([
      'connecting false false',
      'open true true',
      'backoff false false',
      'closed false false',
    ]);
  });

  test('is where the news says it is, when a listener hears of it', () => {
    const fake = fakeConnection();
    const { connection } = fake;
    const seen: string[] = [];
    connection.on('outcome', ({ outcome }) => seen.push(`${outcome} ${connection.state} ${connection.isConnected}`));
    connection.on('opened', () => seen.push(`opened ${connection.state} ${connection.isConnected}`));
    connection.on('lost', () => seen.push(`lost ${connection.state} ${connection.isConnected}`));
    connection.send('held');

    connection.connect();
    fake.socket.opens();
    fake.socket.ends();
    connection.send('held again');
    connection.disconnect();

    expect(seen).toEqual(['sent open true', 'opened open true', 'lost backoff false', 'dropped closed false']);
  });

  test('once its actor was asked for, actor.on() hears messages and events', () => {
    const fake = fakeConnection();
    const { actor } = fake.connection;
    const seen: unknown[] = [];
    actor.on('message', (event) => seen.push(event));
    actor.on('opened', (event) => seen.push(event));

    fake.connection.connect();
    fake.socket.opens('chat.v1');
    fake.socket.receives('{"n":1}');

    expect(seen).toEqual([
      { type: 'opened', attempt: 0, protocol: 'chat.v1' },
      { type: 'message', message: { n: 1 } },
    ]);
    expect(fake.connection.actor).toBe(actor);
  });

  test('over the actor of a connection is that connection', () => {
    const { connection } = fakeConnection();

    expect(connectionFrom(connection.actor)).toBe(connection);
  });

  test("over any other actor is refused: 'invalid-option'", () => {
    const stranger = createActor(createMachine({})) as never;

    expect(() => connectionFrom(stranger)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
    expect(() => connectionFrom(undefined as never)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });

  test('Symbol.dispose is dispose(), where the platform has it', () => {
    const { connection } = fakeConnection();
    const key = (Symbol as { dispose?: symbol }).dispose;
    expect(key).toBeDefined();

    (connection as unknown as Record<symbol, () => void>)[key as symbol]?.();

    expect(connection.explain()).toBe('dispose() was called');
    expect(Object.keys(connection)).not.toContain(String(key));
  });

  test('after dispose() everything is refused and nothing throws but connect() and reconnect()', async () => {
    const { connection } = opened();

    connection.dispose();
    connection.dispose();
    connection.disconnect();

    expect(connection.send('late')).toBe('rejected');
    expect(await connection.deliver('late')).toMatchObject({ outcome: 'rejected', error: { code: 'disposed' } });
    expect(connection.isConnected).toBe(false);
    for (const dial of [() => connection.connect(), () => connection.reconnect()]) {
      expect(dial).toThrow(expect.objectContaining({ code: 'disposed' }));
    }
  });

  test('takes its address first or among its options, not both', () => {
    expect(createConnection('ws://fake.test').state).toBe('idle');
    expect(createConnection({ url: 'ws://fake.test' }).state).toBe('idle');
    expect(() => createConnection({ url: 'ws://fake.test' } as never, {})).toThrow(/^url: /u);
  });
});
