import { describe, expect, test, vi } from 'vitest';
import { createConnection } from '../../src/index.ts';
import { fakeConnection, StagedSocket } from '../fixtures/stagedSocket.ts';

const invalid = (what: RegExp) =>
  expect.objectContaining({ code: 'invalid-option', message: expect.stringMatching(what) as string }) as Error;
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
};

describe('input of a wrong kind is refused at once, by name', () => {
  test.each([
    ['no options', () => createConnection(undefined as never), /^options:/u],
    ['a function as URL', () => createConnection((() => 'ws://fake.test') as never), /^url: .*\{ url: \(\) => … \}/u],
    ['no listener of messages', () => fakeConnection().connection.onMessage(undefined as never), /^listener:/u],
    ['no listener of an event', () => fakeConnection().connection.on('state', undefined as never), /^listener:/u],
    [
      'an object as ping',
      () => fakeConnection({ heartbeat: { ping: { type: 'ping' } as never } }),
      /^heartbeat\.ping:/u,
    ],
    ['a cap below the base', () => fakeConnection({ retry: { baseMs: 2, capMs: 1 } }), /^retry\.capMs:/u],
    ['null for options', () => fakeConnection().connection.send(1, null as never), /^options:/u],
    [
      'an event that is none',
      () => fakeConnection().connection.on('open' as never, () => undefined),
      /^name:.* opened/u,
    ],
  ] as const)('%s', (_, call, what) => {
    expect(call).toThrow(invalid(what));
  });

  test('a base above the default cap raises the cap with it', () => {
    const { connection } = fakeConnection({ retry: { baseMs: 60_000 } });
    expect(connection.getSnapshot().context.settings.retryCapMs).toBe(60_000);
  });
});

describe('what the application gives to be called', () => {
  test('two providers that fail at once leave no rejection unhandled', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): unknown => unhandled.push(reason);
    process.on('unhandledRejection', listen);
    const { connection } = fakeConnection({
      url: () => Promise.reject(new Error('no url')),
      protocols: () => {
        throw new Error('no protocols');
      },
    });
    connection.connect();
    await settled();
    await new Promise(setImmediate);
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
    expect(connection.state).toBe('backoff');
  });

  test.each([
    ['a promise', () => Promise.resolve(new StagedSocket('ws://peer.test'))],
    ['nothing', () => undefined],
  ])('createSocket that returns %s is a failed attempt that says so', (_, createSocket) => {
    const { connection } = fakeConnection({ createSocket, retry: { maxAttempts: 0 } });
    const failures: Error[] = [];
    connection.on('failed', ({ error }) => failures.push(error));
    connection.connect();
    expect(failures[0]?.cause).toEqual(invalid(/^createSocket:/u));
  });

  test('a socket that cannot be listened to is closed, not left behind', () => {
    const sockets: StagedSocket[] = [];
    const createSocket = (): StagedSocket => {
      const socket = new StagedSocket('ws://peer.test');
      Object.defineProperty(socket, 'binaryType', {
        set: () => {
          throw new Error('no such type');
        },
      });
      sockets.push(socket);
      return socket;
    };
    const { connection } = fakeConnection({ createSocket });
    connection.connect();
    expect(connection.state).toBe('backoff');
    expect(sockets.map(({ readyState }) => readyState)).toEqual([2]);
  });

  test('a random that throws is reported, and the retry is planned all the same', () => {
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
    const error = new Error('no luck');
    const random = (): never => {
      throw error;
    };
    const fake = fakeConnection({ random, retry: { baseMs: 1_000, jitter: 'full' } });
    fake.connection.connect();
    fake.socket.ends();
    expect(fake.connection.getSnapshot().context.retryDelayMs).toBe(500);
    expect(reported).toContain(error);
    vi.unstubAllGlobals();
  });

  test('a keyOf that hangs up does not smuggle its message into the next login', () => {
    const outbox = { keyOf: (): string => (fake.connection.disconnect(), 'k') };
    const fake = fakeConnection({ outbox });
    fake.connection.connect();
    expect(fake.connection.send('secret')).toBe('rejected');
    fake.connection.connect();
    fake.socket.opens();
    expect(fake.socket.sent).toEqual([]);
  });

  test('a schema may use `this`', () => {
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        suffix: '!',
        validate(value: unknown) {
          return { value: `${String(value)}${this.suffix}` };
        },
      },
    };
    const fake = fakeConnection({ schema });
    const messages: unknown[] = [];
    fake.connection.onMessage((message) => messages.push(message));
    fake.connection.connect();
    fake.socket.opens();
    fake.socket.receives('"hello"');
    expect(messages).toEqual(['hello!']);
  });

  test.each([null, undefined, 5, ['x']])('a frame whose data is %s ends nothing', (data) => {
    const fake = fakeConnection({ codec: 'raw' });
    fake.connection.connect();
    fake.socket.opens();
    expect(() => fake.socket.receives(data)).not.toThrow();
    expect(fake.connection.stats().received).toEqual({ messages: 1, bytes: 0 });
  });

  test('a hint that is no number is no hint', () => {
    const fake = fakeConnection({ verdict: () => ({ retryAfterMs: NaN }) });
    fake.connection.connect();
    fake.socket.opens();
    fake.socket.ends({ code: 1012 });
    expect(fake.connection.getSnapshot().context.retryDelayMs).toBe(1_000);
  });

  test('a close code that only the actor was told ends the connection all the same', () => {
    const fake = fakeConnection(
      { drainTimeoutMs: 100 },
      class extends StagedSocket {
        override close(code?: number): void {
          if (code === 1001) throw new Error('InvalidAccessError');
          super.close(code);
        }
      },
    );
    fake.connection.connect();
    fake.socket.opens();
    fake.connection.actor.send({ type: 'client.disconnect', code: 1001 });
    fake.clock.increment(100);
    expect(fake.connection.getSnapshot().value).toEqual({ closed: 'done' });
  });
});

describe('credentials that the peer refused', () => {
  test('are asked for anew until a socket has opened with them', async () => {
    const reasons: string[] = [];
    const fake = fakeConnection({
      url: ({ reason }) => {
        reasons.push(reason);
        if (reasons.length === 2) throw new Error('the token server is down');
        return 'ws://peer.test';
      },
    });
    fake.connection.connect();
    await settled();
    fake.socket.opens();
    fake.socket.ends({ code: 4401 });
    fake.clock.increment(1_000);
    await settled();
    fake.clock.increment(10_000);
    await settled();
    fake.socket.opens();
    expect(reasons).toEqual(['first', 'unauthorized', 'unauthorized']);
  });
});
