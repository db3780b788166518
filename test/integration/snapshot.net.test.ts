import { expect, onTestFinished, test } from 'vitest';
import { createActor, SimulatedClock, type AnyActor, type Snapshot } from 'xstate';
import { WebSocket } from 'ws';
import { connectionOf, createLoginMachine } from '../../examples/embed/loginMachine.ts';
import {
  connectionFrom,
  connectionMachine,
  provideConnection,
  type Connection,
  type ConnectionActorRef,
  type ConnectionOptions,
} from '../../src/index.ts';
import { eventsOf, nextEvent, pathOf, reached } from '../fixtures/events.ts';
import { closedAddress, startServer, startSilentServer } from '../fixtures/server.ts';
import { stopForRevival } from '../fixtures/strictMode.ts';

const SECRET = 'hunter2';

const optionsFor = (url: string): ConnectionOptions<unknown, unknown> => ({
  url: `${url}/?token=${SECRET}`,
  protocols: [`bearer.${SECRET}`],
  WebSocket,
  heartbeat: false,
  retry: { baseMs: 1_000, jitter: 'none', maxAttempts: Infinity },
});

function running<A extends AnyActor>(actor: A): A {
  onTestFinished(() => void actor.stop());
  actor.start();
  return actor;
}
const face = (actor: ConnectionActorRef): Connection<unknown, unknown> => connectionFrom<unknown, unknown>(actor);
const asJson = (actor: AnyActor): Snapshot<unknown> =>
  JSON.parse(JSON.stringify(actor.getPersistedSnapshot())) as Snapshot<unknown>;

/** Brings a connection into a state, over a real server. */
const ways: Record<string, (connection: Connection<unknown, unknown>) => Promise<unknown>> = {
  open: (connection) => connection.connect().opened(),
  connecting: (connection) => reached(connection.connect(), 'connecting.handshaking'),
  backoff: (connection) => nextEvent(connection.connect(), 'retrying'),
};
const addresses: Record<string, () => Promise<{ url: string }>> = {
  open: () => startServer(),
  connecting: startSilentServer,
  backoff: closedAddress,
};

test.each(Object.keys(ways))(
  'a snapshot taken in %s survives JSON and holds no address and no secret',
  async (state) => {
    const { url } = (await addresses[state]?.()) ?? { url: '' };
    const actor = running(createActor(provideConnection(optionsFor(url))));
    await ways[state]?.(face(actor));

    const text = JSON.stringify(actor.getPersistedSnapshot());

    expect(pathOf(actor.getSnapshot().value)).toMatch(new RegExp(`^${state}\\.`, 'u'));
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(new URL(url).host);
    expect(JSON.parse(text)).toEqual(actor.getPersistedSnapshot());
  },
);

test.each(['open', 'connecting'])(
  'restored from %s with provideConnection(options), a connection dials again',
  async (state) => {
    const { url } = (await addresses[state]?.()) ?? { url: '' };
    const old = running(createActor(provideConnection(optionsFor(url))));
    await ways[state]?.(face(old));
    const snapshot = asJson(old);
    old.stop();
    const server = await startServer();

    const restored = running(createActor(provideConnection(optionsFor(server.url)), { snapshot }));
    const connection = face(restored);

    expect(connection.state).toBe('connecting');
    expect(connection.stats()).toMatchObject({ attempt: 0, sockets: 1 });
    await connection.opened();
    expect((await server.nextPeer()).request.url).toBe(`/?token=${SECRET}`);
  },
);

test('restored from backoff, a connection waits its delay anew and dials, and no attempt is counted', async () => {
  const { url } = await closedAddress();
  const old = running(createActor(provideConnection(optionsFor(url)), { clock: new SimulatedClock() }));
  const planned = nextEvent(face(old), 'retrying');
  face(old).connect();
  expect(await planned).toMatchObject({ attempt: 1, delayMs: 1_000 });
  const snapshot = asJson(old);
  old.stop();
  const server = await startServer();
  const clock = new SimulatedClock();

  const connection = face(running(createActor(provideConnection(optionsFor(server.url)), { snapshot, clock })));

  expect(pathOf(connection.getSnapshot().value)).toBe('backoff.waiting');
  clock.increment(999);
  expect(connection.state).toBe('backoff');
  clock.increment(1);
  expect(connection).toMatchObject({ state: 'connecting' });
  expect(connection.stats().attempt).toBe(1);
  await connection.opened();
});

test.each(['idle', 'closed', 'failed'])('restored in %s, a connection stays there until connect()', async (state) => {
  const { url } = await closedAddress();
  const options = { ...optionsFor(url), retry: { maxAttempts: 0 } };
  const old = running(createActor(provideConnection(options)));
  if (state === 'closed') face(old).disconnect();
  if (state === 'failed') await nextEvent(face(old).connect(), 'failed');
  const snapshot = asJson(old);
  old.stop();
  const server = await startServer();

  const connection = face(running(createActor(provideConnection(optionsFor(server.url)), { snapshot })));

  expect(connection.state).toBe(state);
  expect(connection.stats().sockets).toBe(0);
  await connection.connect().opened();
});

test("restored with connectionMachine, which has no options, an actor ends in 'invalid-option' that says what to use", () => {
  const old = running(createActor(provideConnection(optionsFor('ws://127.0.0.1:1'))));
  const snapshot = asJson(old) as never;
  const errors: unknown[] = [];

  const restored = createActor(connectionMachine, { snapshot } as never);
  restored.subscribe({ error: (error) => errors.push(error) });
  restored.start();

  expect(errors).toEqual([
    expect.objectContaining({
      code: 'invalid-option',
      message: expect.stringContaining('provideConnection(options)') as string,
    }),
  ]);
});

test('a login survives JSON with the connection it owns, and is told of what the new one does', async () => {
  const server = await startServer();
  const machine = createLoginMachine(optionsFor(server.url));
  const old = running(createActor(machine));
  old.send({ type: 'login' });
  const before = connectionOf(old);
  if (before === undefined) throw new Error('nobody is signed in');
  await face(before).opened();
  const text = JSON.stringify(old.getPersistedSnapshot());
  old.stop();
  expect(text).not.toContain(SECRET);
  await (await server.nextPeer()).end();

  const login = running(createActor(machine, { snapshot: JSON.parse(text) as never }));
  const after = connectionOf(login);
  if (after === undefined) throw new Error('nobody is signed in');
  await face(after).opened();
  const peer = await server.nextPeer();
  const heard = nextEvent(face(after), 'message');
  peer.socket.send('1');
  await heard;

  expect(pathOf(login.getSnapshot().value)).toBe('session.online');
  expect(login.getSnapshot().context).toMatchObject({ status: 'the peer accepted the connection', received: 1 });
});

test('stopped and started again as in StrictMode, an open connection dials again and counts no attempt', async () => {
  const server = await startServer();
  const actor = createActor(provideConnection(optionsFor(server.url)));
  const connection = face(running(actor));
  await connection.connect().opened();
  const first = await server.nextPeer();

  stopForRevival(actor);
  await first.end();
  expect(connection.isConnected).toBe(false);
  actor.start();

  expect(connection.state).toBe('connecting');
  await connection.opened();
  await server.nextPeer();
  expect(server.clients).toBe(1);
  expect(connection.stats()).toMatchObject({ sockets: 2, attempt: 0 });
  expect(connection.send('on')).toBe('sent');
});

test('stopped and started again in backoff, a connection keeps its one timer', async () => {
  const clock = new SimulatedClock();
  const { url, port } = await closedAddress();
  const actor = createActor(provideConnection(optionsFor(url)), { clock });
  const connection = face(running(actor));
  const planned = nextEvent(connection, 'retrying');
  connection.connect();
  await planned;
  const retrying = eventsOf(connection, 'retrying');

  stopForRevival(actor);
  clock.increment(5_000);
  actor.start();

  expect(pathOf(connection.getSnapshot().value)).toBe('backoff.waiting');
  expect(retrying).toEqual([]);
  await startServer(undefined, { port });
  clock.increment(999);
  expect(connection.state).toBe('backoff');
  clock.increment(1);
  expect(connection.state).toBe('connecting');
  await connection.opened();
  expect(connection.stats()).toMatchObject({ sockets: 2, attempt: 1 });
});

test('a plain stop() ends it: start() does not bring it back', async () => {
  const server = await startServer();
  const actor = createActor(provideConnection(optionsFor(server.url)));
  const connection = face(running(actor));
  await connection.connect().opened();

  actor.stop();
  actor.start();

  await (await server.nextPeer()).end();
  expect(actor.getSnapshot().status).toBe('stopped');
  expect(connection.stats().sockets).toBe(1);
});
