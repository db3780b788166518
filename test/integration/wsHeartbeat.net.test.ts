import { expect, onTestFinished, test, vi } from 'vitest';
import { SimulatedClock } from 'xstate';
import { connectionOver } from '../fixtures/connections.ts';
import { eventsOf, nextEvent, reached } from '../fixtures/events.ts';
import { startServer, type Peer } from '../fixtures/server.ts';

/** Answers a ping of the application, and nothing else. */
const answering = ({ socket }: Peer): void => {
  socket.on('message', (data: Buffer) => {
    if (data.toString() === '{"type":"ping"}') socket.send('{"type":"pong"}');
  });
};

test("heartbeat 'auto' pings with the protocol where the socket is of `ws`, and measures the round trip", async () => {
  const server = await startServer();
  const connection = connectionOver({ url: server.url });
  const heartbeat = nextEvent(connection, 'heartbeat');
  const messages = eventsOf(connection, 'message');

  connection.connect();

  const event = await heartbeat;
  expect(event).toEqual({ roundTripMs: expect.any(Number) as number });
  expect(connection.stats()).toMatchObject({
    heartbeat: 'answered',
    roundTripMs: (event as { roundTripMs: number }).roundTripMs,
  });
  expect((await server.nextPeer()).unreadTexts).toEqual([]);
  expect(messages).toEqual([]);
});

test('a server that answered and goes silent is left after intervalMs + timeoutMs, not before, and at once', async () => {
  const clock = new SimulatedClock();
  const server = await startServer();
  const connection = connectionOver({ url: server.url, clock, retry: { baseMs: 1_000, jitter: 'none' } });
  const pong = nextEvent(connection, 'heartbeat');
  connection.connect();
  await pong;
  const peer = await server.nextPeer();
  const lost = eventsOf(connection, 'lost');

  peer.socket.pause();
  clock.increment(25_000);
  expect(connection.getSnapshot().value).toEqual({ open: 'probing' });
  clock.increment(9_999);
  expect(connection.state).toBe('open');
  clock.increment(1);

  expect(connection.state).toBe('backoff');
  expect(lost).toHaveLength(1);
  expect(lost[0]).toMatchObject({ close: { code: 1006 } });
  expect(lost[0]?.because).toContain('because nothing answered a ping for 10 s');
  peer.socket.resume();
  await peer.end();
  clock.increment(1_000);
  await connection.opened();
});

test('the same on the real clock: what is silent is found dead by itself', async () => {
  const server = await startServer((peer, index) => {
    answering(peer);
    if (index === 0) peer.socket.once('message', () => peer.socket.pause());
  });
  const connection = connectionOver({ url: server.url, heartbeat: { intervalMs: 20, timeoutMs: 30 } });
  const lost = nextEvent(connection, 'lost');

  connection.connect();

  expect((await lost).because).toContain('because nothing answered a ping for 30 ms');
  await connection.opened();
});

test('any frame shows life: a server that talks but is slow to answer is not left', async () => {
  const clock = new SimulatedClock();
  const server = await startServer();
  const connection = connectionOver({ url: server.url, clock, heartbeat: { isPong: () => false } });
  await connection.connect().opened();
  const peer = await server.nextPeer();

  for (let round = 0; round < 3; round++) {
    await peer.nextText();
    const heard = nextEvent(connection, 'message');
    peer.socket.send('{"news":1}');
    await heard;
    await reached(connection, 'open.quiet');
    clock.increment(25_000);
    expect(connection.getSnapshot().value).toEqual({ open: 'probing' });
  }

  expect(connection.stats()).toMatchObject({ heartbeat: 'answered', sockets: 1 });
});

test('an application ping is {"type":"ping"}; its pong is measured and not passed on to listeners', async () => {
  const server = await startServer(answering);
  const connection = connectionOver({ url: server.url, heartbeat: {} });
  const heartbeat = nextEvent(connection, 'heartbeat');
  const messages = eventsOf(connection, 'message');

  connection.connect();

  expect(await heartbeat).toEqual({ roundTripMs: expect.any(Number) as number });
  const peer = await server.nextPeer();
  expect(await peer.nextText()).toBe('{"type":"ping"}');
  const next = nextEvent(connection, 'message');
  peer.socket.send('{"type":"pong"}');
  await next;
  expect(messages).toEqual([{ message: { type: 'pong' } }]);
});

test('ping, isPong and pongToken may be of the application: a token finds its ping', async () => {
  const clock = new SimulatedClock();
  const server = await startServer();
  const connection = connectionOver({
    url: server.url,
    clock,
    codec: 'raw',
    heartbeat: {
      ping: (token) => `PING ${token}`,
      isPong: (data) => typeof data === 'string' && data.startsWith('PONG '),
      pongToken: (data) => (data as string).slice(5),
    },
  });
  await connection.connect().opened();
  const peer = await server.nextPeer();
  const first = await peer.nextText();
  const alive = nextEvent(connection, 'message');
  peer.socket.send('news');
  await alive;
  clock.increment(25_000);
  const second = await peer.nextText();
  expect(new Set([first, second])).toHaveLength(2);
  clock.increment(400);
  const heartbeat = nextEvent(connection, 'heartbeat');

  peer.socket.send(second.replace('PING', 'PONG'));

  expect(await heartbeat).toEqual({ roundTripMs: 400 });
});

test.each(['isPong', 'pongToken'])(
  '%s that throws is reported, and the frame goes to the listeners',
  async (broken) => {
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
    onTestFinished(() => void vi.unstubAllGlobals());
    const error = new Error('of the application');
    const heartbeat = {
      isPong: () => true,
      [broken]: () => {
        throw error;
      },
    };
    const server = await startServer(({ socket }) => socket.once('message', () => socket.send('{"n":1}')));
    const connection = connectionOver({ url: server.url, heartbeat });
    const message = nextEvent(connection, 'message');

    connection.connect();

    expect(await message).toEqual({ message: { n: 1 } });
    expect(reported).toEqual([error]);
    expect(connection.state).toBe('open');
  },
);

test("a server that never answers stays connected, and 'ping-unanswered' is told once", async () => {
  const clock = new SimulatedClock();
  const server = await startServer();
  const connection = connectionOver({ url: server.url, heartbeat: {}, clock });
  const warned = eventsOf(connection, 'warned');
  const heartbeats = eventsOf(connection, 'heartbeat');
  await connection.connect().opened();
  const peer = await server.nextPeer();

  for (let round = 0; round < 4; round++) {
    expect(await peer.nextText()).toBe('{"type":"ping"}');
    clock.increment(10_000);
    expect(connection.getSnapshot().value).toEqual({ open: 'quiet' });
    clock.increment(25_000);
  }

  expect(warned.map(({ code }) => code)).toEqual(['ping-unanswered']);
  expect(warned[0]?.message).toContain('heartbeat.isPong');
  expect(heartbeats).toEqual([{ answered: false }]);
  expect(connection.stats()).toMatchObject({ state: 'open', heartbeat: 'unanswered', sockets: 1 });
});

test('required: true insists on an answer, also of a peer that has never given one', async () => {
  const clock = new SimulatedClock();
  const server = await startServer();
  const connection = connectionOver({ url: server.url, heartbeat: { required: true, timeoutMs: 3_000 }, clock });
  await connection.connect().opened();

  clock.increment(3_000);

  expect(connection.state).toBe('backoff');
});

test('heartbeat: false sends no ping at all and warns of nothing', async () => {
  const clock = new SimulatedClock();
  const server = await startServer();
  const connection = connectionOver({ url: server.url, heartbeat: false, clock });
  const warned = eventsOf(connection, 'warned');
  await connection.connect().opened();
  const peer = await server.nextPeer();
  const pings: unknown[] = [];
  peer.socket.on('ping', (payload) => pings.push(payload));

  clock.increment(1_000_000);
  connection.send('last');

  expect(await peer.nextText()).toBe('last');
  expect(pings).toEqual([]);
  expect(warned).toEqual([]);
  expect(connection.stats().heartbeat).toBe('off');
});

test('a pong that was waiting while our own timers were held up counts: nobody is left', async () => {
  const clock = new SimulatedClock();
  const server = await startServer();
  const connection = connectionOver({ url: server.url, clock });
  const pong = nextEvent(connection, 'heartbeat');
  connection.connect();
  await pong;
  clock.increment(25_000);
  const second = nextEvent(connection, 'heartbeat');

  clock.increment(60_000);

  expect(connection.getSnapshot().value).toEqual({ open: 'probing' });
  await second;
  expect(connection.stats().sockets).toBe(1);
});

test("'closed-after-ping' is told where the peer closes right after the first ping of the application", async () => {
  const server = await startServer(({ socket }) => {
    socket.on('message', () => socket.close(1000));
  });
  const connection = connectionOver({ url: server.url, heartbeat: {} });
  const warned = nextEvent(connection, 'warned');

  connection.connect();

  expect((await warned).code).toBe('closed-after-ping');
});
