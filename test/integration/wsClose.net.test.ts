import { expect, test } from 'vitest';
import { SimulatedClock } from 'xstate';
import { WebSocket } from 'ws';
import { connectionOver, countedWebSocket } from '../fixtures/connections.ts';
import { eventsOf, nextEvent, reached } from '../fixtures/events.ts';
import { startServer, startSilentServer } from '../fixtures/server.ts';

test.each([1000, 1001, 1006, 1011, 1012, 4000])(
  'a close with %i is a loss: the connection comes back by itself',
  async (code) => {
    const server = await startServer(({ socket }, index) => {
      if (index > 0) return;
      if (code === 1006) socket.terminate();
      else socket.close(code, 'once');
    });
    const connection = connectionOver({ url: server.url, heartbeat: false });
    const lost = nextEvent(connection, 'lost');
    const states = eventsOf(connection, 'state');

    connection.connect();

    const reason = code === 1006 ? '' : 'once';
    expect((await lost).close).toEqual({ code, reason, wasClean: code !== 1006 });
    await connection.opened();
    expect(states.map(({ state }) => state)).toEqual(['connecting', 'open', 'backoff', 'connecting', 'open']);
    expect(connection.stats()).toMatchObject({ sockets: 2, reconnects: 1 });
  },
);

test.each([1002, 1003, 1007, 1008, 1010, 4400, 4403, 4409])(
  "a close with %i is a verdict: failed, 'fatal-close', with the close as cause",
  async (code) => {
    const server = await startServer(({ socket }) => socket.close(code, 'never'));
    const connection = connectionOver({ url: server.url });
    const failed = nextEvent(connection, 'failed');

    connection.connect();

    const { error } = await failed;
    expect(error.code).toBe('fatal-close');
    expect(error.cause).toEqual({ code, reason: 'never', wasClean: true });
    expect(connection.explain()).toContain(`the peer closed with ${code} "never"`);
    expect(connection.stats().sockets).toBe(1);
  },
);

test("4401 where nobody provides credentials is 'unauthorized'", async () => {
  const server = await startServer(({ socket }) => socket.close(4401));
  const connection = connectionOver({ url: server.url });
  const failed = nextEvent(connection, 'failed');

  connection.connect();

  expect((await failed).error.code).toBe('unauthorized');
  expect(connection.stats().sockets).toBe(1);
});

test("4401 asks the provider again with the reason 'unauthorized', and a fresh credential opens", async () => {
  const server = await startServer(({ socket, request }) => {
    if (request.url === '/?token=stale') socket.close(4401);
  });
  const reasons: string[] = [];
  const connection = connectionOver({
    url: ({ reason }) => {
      reasons.push(reason);
      return `${server.url}/?token=${reason === 'unauthorized' ? 'fresh' : 'stale'}`;
    },
    heartbeat: false,
  });
  const lost = nextEvent(connection, 'lost');

  connection.connect();
  await lost;
  await connection.opened();

  expect(reasons).toEqual(['first', 'unauthorized']);
});

test("a second 4401 before stableAfter is 'unauthorized'; after it, the provider is asked once more", async () => {
  const clock = new SimulatedClock();
  const server = await startServer();
  const reasons: string[] = [];
  const connection = connectionOver({
    url: ({ reason }) => {
      reasons.push(reason);
      return server.url;
    },
    retry: { baseMs: 1_000, jitter: 'none' },
    heartbeat: false,
    clock,
  });
  const refuseAndRetry = async () => {
    const planned = nextEvent(connection, 'retrying');
    (await server.nextPeer()).socket.close(4401);
    clock.increment((await planned).delayMs);
    await connection.opened();
  };

  await connection.connect().opened();
  await refuseAndRetry();
  clock.increment(5_000);
  await refuseAndRetry();
  clock.increment(4_999);
  const failed = nextEvent(connection, 'failed');
  (await server.nextPeer()).socket.close(4401);

  expect((await failed).error.code).toBe('unauthorized');
  expect(reasons).toEqual(['first', 'unauthorized', 'unauthorized']);
});

test('the verdict of the application goes before the table', async () => {
  const server = await startServer(({ socket }, index) => socket.close(index === 0 ? 1008 : 4100));
  const connection = connectionOver({
    url: server.url,
    verdict: ({ code }) => (code === 1008 ? 'retry' : 'fail'),
  });
  const failed = nextEvent(connection, 'failed');

  connection.connect();

  expect((await failed).error).toMatchObject({ code: 'fatal-close', cause: { code: 4100 } });
  expect(connection.stats().sockets).toBe(2);
});

test.each([
  ['in the close reason', 'busy, retry-after=7000', undefined],
  ['of the verdict', 'busy', { retryAfterMs: 7_000 }],
])('a hint %s is the delay of the next attempt', async (_, reason, verdict) => {
  const clock = new SimulatedClock();
  const server = await startServer(({ socket }) => socket.close(1013, reason));
  const connection = connectionOver({ url: server.url, retry: { jitter: 'none' }, clock, verdict: () => verdict });
  const planned = nextEvent(connection, 'retrying');

  connection.connect();

  expect(await planned).toMatchObject({ attempt: 1, delayMs: 7_000 });
  clock.increment(6_999);
  expect(connection.state).toBe('backoff');
  clock.increment(1);
  expect(connection.state).toBe('connecting');
});

test('the server sees code and reason of disconnect(), and `closed` tells how it ended', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url });
  await connection.connect().opened();
  const closed = nextEvent(connection, 'closed');

  connection.disconnect(4000, 'bye');

  expect(connection.state).toBe('closed');
  expect(await (await server.nextPeer()).end()).toEqual({ code: 4000, reason: 'bye' });
  expect(await closed).toEqual({ close: { code: 4000, reason: 'bye', wasClean: true } });
});

test('disconnect() without arguments closes with 1000, and the first code stands', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url });
  await connection.connect().opened();

  connection.disconnect();
  connection.disconnect(4000);

  expect(await (await server.nextPeer()).end()).toEqual({ code: 1000, reason: '' });
});

test('messages that are on their way when disconnect() is called are not heard', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url });
  await connection.connect().opened();
  const peer = await server.nextPeer();
  const messages = eventsOf(connection, 'message');
  const closed = nextEvent(connection, 'closed');

  connection.disconnect();
  peer.socket.send('{"late":true}');

  await closed;
  expect(messages).toEqual([]);
});

test('a closing handshake that the server never completes ends after drainTimeoutMs', async () => {
  const clock = new SimulatedClock();
  const { WebSocket, sockets } = countedWebSocket();
  const server = await startServer(({ socket }) => socket.pause());
  const connection = connectionOver({ url: server.url, WebSocket, heartbeat: false, drainTimeoutMs: 700, clock });
  await connection.connect().opened();
  const peer = await server.nextPeer();
  const closed = nextEvent(connection, 'closed');

  connection.disconnect(4000);
  clock.increment(699);
  await reached(connection, 'closed.closing');
  clock.increment(1);

  await reached(connection, 'closed.done');
  expect(await closed).toEqual({ close: undefined });
  expect(sockets[0]?.readyState).toBeGreaterThanOrEqual(WebSocket.CLOSING);
  peer.socket.resume();
  await peer.end();
});

test('after disconnect() nothing of the server brings it back; connect() does', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url });
  await connection.connect().opened();
  const closed = nextEvent(connection, 'closed');

  connection.disconnect();
  await closed;
  expect(connection.send('late')).toBe('rejected');
  expect(connection.stats().sockets).toBe(1);
  await connection.connect().opened();

  expect(connection.stats().sockets).toBe(2);
});

test('reconnect() leaves the old socket and opens a new one', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url });
  await connection.connect().opened();
  const first = await server.nextPeer();

  await connection.reconnect().opened();

  await first.end();
  await server.nextPeer();
  expect(server.clients).toBe(1);
  expect(connection.stats()).toMatchObject({ sockets: 2, attempt: 0 });
});

test('a server that restarts on its port finds its client again', async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url, heartbeat: false }).connect();
  await connection.opened();
  const lost = nextEvent(connection, 'lost');

  await server.stop();
  await lost;
  connection.send('held meanwhile');
  const restarted = await startServer(undefined, { port: server.port });

  const peer = await restarted.nextPeer();
  expect(await peer.nextText()).toBe('held meanwhile');
});

test('dispose() ends the socket at once, and no event of it is heard after it', async () => {
  const { WebSocket, sockets } = countedWebSocket();
  const server = await startServer();
  const connection = connectionOver({ url: server.url, WebSocket });
  await connection.connect().opened();
  const peer = await server.nextPeer();

  connection.dispose();
  const { length } = connection.history();
  expect(connection.state).toBe('closed');

  peer.socket.send('{"late":true}');
  await peer.end();
  await ended(sockets[0]);
  expect(server.clients).toBe(0);
  expect(connection.history()).toHaveLength(length);
  expect(connection.stats().received.messages).toBe(0);
  expect(() => connection.connect()).toThrow(expect.objectContaining({ code: 'disposed' }));
});

test('dispose() while connecting lets go of the socket at once', async () => {
  const server = await startSilentServer();
  const connection = connectionOver({ url: server.url }).connect();
  const socket = await server.nextSocket();
  const over = new Promise((resolve) => socket.once('close', resolve));

  connection.dispose();

  await over;
  expect(connection.stats().sockets).toBe(1);
  expect(connection.explain()).toBe('dispose() was called');
});

function ended(socket: WebSocket | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) resolve();
    else socket.once('close', () => resolve());
  });
}
