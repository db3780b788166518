import { expect, test, vi } from 'vitest';
import { SimulatedClock } from 'xstate';
import { createConnection, type Attempt } from '../../src/index.ts';
import { connectionOver } from '../fixtures/connections.ts';
import { eventsOf, nextEvent, reached, within, withResolvers } from '../fixtures/events.ts';
import { closedAddress, startRefusingServer, startServer, startSilentServer } from '../fixtures/server.ts';

test("a refused connection is tried maxAttempts times more, then failed: 'attempts-exhausted', with the error beneath", async () => {
  const { url, port } = await closedAddress();
  const connection = connectionOver({ url, retry: { baseMs: 2, capMs: 2, maxAttempts: 3 } });
  const retrying = eventsOf(connection, 'retrying');
  const failed = nextEvent(connection, 'failed');

  connection.connect();

  const { error } = await failed;
  expect(error.code).toBe('attempts-exhausted');
  expect(error.cause).toMatchObject({ code: 'ECONNREFUSED', port });
  expect(error.message).toContain('gave up after 3 retries, because the connection could not be made (ECONNREFUSED)');
  expect(retrying.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  expect(connection.stats().sockets).toBe(4);
});

test('in transport mode, too, the close says why no connection was made', async () => {
  const { url } = await closedAddress();
  const connection = connectionOver({ url, reconnect: false });

  connection.connect();

  await expect(connection.opened()).rejects.toMatchObject({
    code: 'closed',
    cause: { code: 1006, reason: 'ECONNREFUSED', wasClean: false },
  });
});

test('of an error of createSocket its name is told, and no word that could be a secret', async () => {
  const createSocket = (): never => {
    throw Object.assign(new Error('token=SECRET'), { code: 'ERR_INVALID_ARG_VALUE' });
  };
  const connection = connectionOver({ url: 'ws://unused.test', createSocket });
  const planned = nextEvent(connection, 'retrying');

  connection.connect();

  expect((await planned).because).toContain('because the connection could not be made (ERR_INVALID_ARG_VALUE)');
});

test('a server that comes up while the client retries is found', async () => {
  const { url, port } = await closedAddress();
  const connection = connectionOver({ url });
  connection.connect();
  await nextEvent(connection, 'retrying', ({ attempt }) => attempt >= 2);

  await startServer(undefined, { port });

  await connection.opened();
});

test('after exhausted attempts, connect() opens where the server is back, and delivers what was held', async () => {
  const { url, port } = await closedAddress();
  const connection = connectionOver({ url, retry: { maxAttempts: 0 } });
  connection.send('kept');
  const failed = nextEvent(connection, 'failed');
  connection.connect();
  await failed;
  expect(connection.send('refused')).toBe('rejected');

  const server = await startServer(undefined, { port });
  await connection.connect().opened();

  const peer = await server.nextPeer();
  expect(await peer.nextText()).toBe('kept');
});

test.each([
  [401, 'unauthorized', 4401],
  [403, 'fatal-close', 4403],
])('HTTP %i at the upgrade is a verdict: failed, %s', async (status, code, closeCode) => {
  const { url, asked } = await startRefusingServer(status);
  const connection = connectionOver({ url });
  const failed = nextEvent(connection, 'failed');

  connection.connect();

  const { error } = await failed;
  expect(error).toMatchObject({ code, cause: { code: closeCode, reason: `HTTP ${status}`, wasClean: false } });
  expect(asked.count).toBe(1);
});

test('HTTP 401 asks a provider for fresh credentials, once', async () => {
  const { url, asked } = await startRefusingServer(401);
  const reasons: string[] = [];
  const provider = ({ reason }: Attempt) => {
    reasons.push(reason);
    return url;
  };
  const connection = connectionOver({ url: provider });
  const failed = nextEvent(connection, 'failed');

  connection.connect();

  expect((await failed).error.code).toBe('unauthorized');
  expect(reasons).toEqual(['first', 'unauthorized']);
  expect(asked.count).toBe(2);
});

test.each([429, 503])('HTTP %i makes the first delay five times as long', async (status) => {
  const { url } = await startRefusingServer(status);
  const connection = connectionOver({ url, retry: { baseMs: 1_000, jitter: 'none' }, clock: new SimulatedClock() });
  const planned = nextEvent(connection, 'retrying');

  connection.connect();

  expect(await planned).toMatchObject({ attempt: 1, delayMs: 5_000 });
});

test.each([429, 503])('Retry-After of HTTP %i is waited for', async (status) => {
  const clock = new SimulatedClock();
  const { url } = await startRefusingServer(status, { 'Retry-After': '17' });
  const connection = connectionOver({ url, retry: { jitter: 'none' }, clock });
  const planned = nextEvent(connection, 'retrying');

  connection.connect();

  expect(await planned).toMatchObject({ attempt: 1, delayMs: 17_000 });
  clock.increment(16_999);
  expect(connection.state).toBe('backoff');
  clock.increment(1);
  expect(connection.state).toBe('connecting');
});

test('Retry-After may be a date', async () => {
  const inFourMinutes = new Date(Date.now() + 240_000).toUTCString();
  const { url } = await startRefusingServer(503, { 'Retry-After': inFourMinutes });
  const connection = connectionOver({ url, retry: { jitter: 'none' }, clock: new SimulatedClock() });
  const planned = nextEvent(connection, 'retrying');

  connection.connect();

  const { delayMs } = await planned;
  expect(delayMs).toBeGreaterThan(200_000);
  expect(delayMs).toBeLessThanOrEqual(240_000);
});

test('any other status is a failed attempt, and the next one may open', async () => {
  const { url } = await startRefusingServer(500);
  const server = await startServer();
  const connection = connectionOver({ url: ({ attempt }) => (attempt === 0 ? url : server.url) });
  const planned = nextEvent(connection, 'retrying');

  connection.connect();

  expect((await planned).because).toContain('because the server refused the upgrade with HTTP 500');
  await connection.opened();
});

test('a handshake that stalls ends with the deadline of the attempt, and its socket with it', async () => {
  const clock = new SimulatedClock();
  const server = await startSilentServer();
  const connection = connectionOver({ url: server.url, connectTimeoutMs: 3_000, clock });
  const planned = nextEvent(connection, 'retrying');
  connection.connect();
  const socket = await server.nextSocket();
  const over = new Promise((resolve) => socket.once('close', resolve));

  clock.increment(2_999);
  expect(connection.state).toBe('connecting');
  clock.increment(1);

  expect((await planned).because).toContain('the connection was not open within 3 s');
  await over;
});

test("in transport mode a stalled handshake is the failure 'connect-timeout'", async () => {
  const clock = new SimulatedClock();
  const server = await startSilentServer();
  const connection = connectionOver({ url: server.url, reconnect: false, clock });
  const failed = nextEvent(connection, 'failed');
  connection.connect();
  await server.nextSocket();

  clock.increment(10_000);

  expect((await failed).error.code).toBe('connect-timeout');
});

test('in transport mode any loss is final, with the close as cause', async () => {
  const server = await startServer(({ socket }) => socket.close(1001, 'away'));
  const connection = connectionOver({ url: server.url, reconnect: false });
  const failed = nextEvent(connection, 'failed');

  connection.connect();

  expect((await failed).error).toMatchObject({ code: 'closed', cause: { code: 1001, reason: 'away' } });
});

test('without a WebSocket, connect() says where to get one', () => {
  vi.stubGlobal('WebSocket', undefined);
  const connection = createConnection('ws://127.0.0.1:1');

  expect(() => connection.connect()).toThrow(
    expect.objectContaining({
      code: 'no-websocket',
      message: expect.stringContaining("import { WebSocket } from 'ws'") as string,
    }),
  );
  expect(connection.state).toBe('failed');
  vi.unstubAllGlobals();
});

test('url and protocols may be asked for, and are told which attempt it is', async () => {
  const server = await startServer(undefined, { handleProtocols: (offered) => [...offered][0] ?? false });
  const asked: Attempt[] = [];
  const connection = connectionOver({
    url: async (attempt) => {
      asked.push(attempt);
      await Promise.resolve();
      return `${server.url}/${attempt.attempt}`;
    },
    protocols: (attempt) => {
      asked.push(attempt);
      return [`try.${attempt.attempt}`];
    },
  });
  const event = nextEvent(connection, 'opened');

  connection.connect();

  expect(await event).toEqual({ attempt: 0, protocol: 'try.0' });
  expect((await server.nextPeer()).request.url).toBe('/0');
  expect(asked).toMatchObject([
    { attempt: 0, reason: 'first' },
    { attempt: 0, reason: 'first' },
  ]);
  expect(asked[0]?.signal.aborted).toBe(false);
});

test.each([
  ['rejects', () => Promise.reject(new Error('no token'))],
  [
    'throws',
    () => {
      throw new Error('no token');
    },
  ],
  ['gives what is no address', () => 'nonsense'],
])('a provider that %s is a failed attempt, and the next one may open', async (_, failing) => {
  const server = await startServer();
  const reasons: string[] = [];
  const connection = connectionOver({
    url: ({ attempt, reason }) => {
      reasons.push(`${attempt} ${reason}`);
      return attempt === 0 ? failing() : server.url;
    },
  });

  await connection.connect().opened();

  expect(reasons).toEqual(['0 first', '1 retry']);
  expect(connection.stats().sockets).toBe(1);
});

test("what a provider threw is the cause beneath 'provider-failed'", async () => {
  const cause = new Error('no token');
  const connection = connectionOver({ url: () => Promise.reject(cause), retry: { maxAttempts: 1 } });
  const failed = nextEvent(connection, 'failed');

  connection.connect();

  expect((await failed).error).toMatchObject({
    code: 'attempts-exhausted',
    cause: { code: 'provider-failed', cause },
  });
});

test('a provider that never answers runs into the deadline, its signal is aborted and its late answer ignored', async () => {
  const clock = new SimulatedClock();
  const server = await startServer();
  const late = withResolvers<string>();
  const signals: AbortSignal[] = [];
  const connection = connectionOver({
    url: ({ signal }) => {
      signals.push(signal);
      return late.promise;
    },
    clock,
  }).connect();

  clock.increment(9_999);
  expect(signals[0]?.aborted).toBe(false);
  clock.increment(1);
  expect(connection.state).toBe('backoff');
  expect(signals[0]?.aborted).toBe(true);
  late.resolve(server.url);
  await late.promise;

  await reached(connection, 'backoff.waiting');
  expect(connection.stats().sockets).toBe(0);
  expect(signals).toHaveLength(1);
});

test.each(['disconnect', 'reconnect', 'dispose'] as const)('%s() aborts the signal of a provider', async (leave) => {
  const signals: AbortSignal[] = [];
  const aborted = withResolvers();
  const connection = connectionOver({
    url: ({ signal }) => {
      signals.push(signal);
      signal.addEventListener('abort', () => aborted.resolve());
      return new Promise(() => undefined);
    },
  }).connect();

  connection[leave]();

  await within('the abort', aborted.promise);
  expect(signals[0]?.aborted).toBe(true);
  expect(signals).toHaveLength(leave === 'reconnect' ? 2 : 1);
});
