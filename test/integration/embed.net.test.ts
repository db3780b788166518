import { expect, expectTypeOf, onTestFinished, test, vi } from 'vitest';
import { createActor, setup, SimulatedClock, waitFor, type ActorRefFrom } from 'xstate';
import { WebSocket } from 'ws';
import { connectionOf, createLoginMachine } from '../../examples/embed/loginMachine.ts';
import {
  connectionFrom,
  connectionMachine,
  type Connection,
  type ConnectionError,
  type ConnectionOutput,
} from '../../src/index.ts';
import { pathOf, within, withResolvers } from '../fixtures/events.ts';
import { closedAddress, startServer } from '../fixtures/server.ts';

type Login = ActorRefFrom<ReturnType<typeof createLoginMachine>>;

function startLogin(options: Parameters<typeof createLoginMachine>[0]): Login {
  const login = createActor(createLoginMachine({ WebSocket, retry: { baseMs: 5, capMs: 20 }, ...options })).start();
  onTestFinished(() => void login.stop());
  return login;
}

const until = (login: Login, path: string) =>
  within(
    `the login in ${path}`,
    waitFor(login, ({ value }) => pathOf(value) === path),
  );

function faceOf(login: Login): Connection<unknown, unknown> {
  const actor = connectionOf(login);
  if (actor === undefined) throw new Error('nobody is signed in');
  return connectionFrom<unknown, unknown>(actor);
}

test('a parent that hands over `self` learns when it is open', async () => {
  const server = await startServer();
  const login = startLogin({ url: `${server.url}/?ticket=1` });

  login.send({ type: 'login' });
  expect(pathOf(login.getSnapshot().value)).toBe('session.signingIn');

  await until(login, 'session.online');
  expect(login.getSnapshot().context.status).toBe('the peer accepted the connection');
  expect((await server.nextPeer()).request.url).toBe('/?ticket=1');
});

test('logout hangs up, and the connection is gone with the session', async () => {
  const server = await startServer();
  const login = startLogin({ url: server.url });
  login.send({ type: 'login' });
  await until(login, 'session.online');

  login.send({ type: 'logout' });
  expect(pathOf(login.getSnapshot().value)).toBe('session.signingOut');

  await until(login, 'signedOut');
  expect(await (await server.nextPeer()).end()).toEqual({ code: 1000, reason: 'logout' });
  expect(connectionOf(login)).toBeUndefined();
});

test('refused credentials end the session, with the reason to show', async () => {
  const server = await startServer(({ socket }) => socket.close(4401, 'no such user'));
  const login = startLogin({ url: server.url });

  login.send({ type: 'login' });

  await until(login, 'refused');
  expect(login.getSnapshot().context.status).toContain('the credentials were refused');
  expect(login.getSnapshot().context.status).toContain('4401 "no such user"');
  expect(connectionOf(login)).toBeUndefined();
});

test('a new login dials anew', async () => {
  const server = await startServer(({ socket }, index) => {
    if (index === 0) socket.close(4401);
  });
  const login = startLogin({ url: server.url });
  login.send({ type: 'login' });
  await until(login, 'refused');

  login.send({ type: 'login' });

  await until(login, 'session.online');
});

test('a loss interrupts the session, and it goes on by itself', async () => {
  const server = await startServer();
  const login = startLogin({ url: server.url });
  login.send({ type: 'login' });
  await until(login, 'session.online');
  const states: string[] = [];
  login.subscribe(({ value }) => states.push(pathOf(value)));

  (await server.nextPeer()).socket.terminate();
  await server.nextPeer();

  await until(login, 'session.online');
  expect(new Set(states)).toContain('session.interrupted');
});

test('connectionFrom gives the fast face of the connection that a parent owns', async () => {
  const server = await startServer(({ socket }) => {
    socket.on('message', (data: Buffer) => socket.send(data.toString()));
  });
  const login = startLogin({ url: server.url });
  login.send({ type: 'login' });
  const connection = faceOf(login);
  expect(faceOf(login)).toBe(connection);
  expect(connection.send({ n: 1 })).toBe('queued');

  await until(login, 'session.online');
  expect(connection.send({ n: 2 })).toBe('sent');

  const peer = await server.nextPeer();
  expect(await peer.nextTexts(2)).toEqual(['{"n":1}', '{"n":2}']);
  await within(
    'both echoes at the parent',
    waitFor(login, ({ context }) => context.received === 2),
  );
});

test('stopping the parent leaves no socket', async () => {
  const server = await startServer();
  const login = startLogin({ url: server.url });
  login.send({ type: 'login' });
  await until(login, 'session.online');
  const connection = faceOf(login);

  login.stop();

  await (await server.nextPeer()).end();
  expect(connection.isConnected).toBe(false);
  expect(connection.send('late')).toBe('rejected');
});

test('dispose() of a connection that a parent owns hangs up and leaves the actor to its parent', async () => {
  const server = await startServer();
  const login = startLogin({ url: server.url });
  login.send({ type: 'login' });
  await until(login, 'session.online');
  const connection = faceOf(login);

  connection.dispose();

  await (await server.nextPeer()).end();
  expect(login.getSnapshot().status).toBe('active');
  expect(() => connection.connect()).toThrow(expect.objectContaining({ code: 'disposed' }));
});

test('after dispose() of a connection that a parent owns its face hears nothing, though the parent dials again', async () => {
  const server = await startServer();
  const login = startLogin({ url: server.url });
  login.send({ type: 'login' });
  await until(login, 'session.online');
  const { actor } = faceOf(login);
  const connection = connectionFrom(actor);
  const heard = vi.fn();
  connection.onMessage(heard);
  connection.on('state', heard);
  connection.on('message', heard);
  connection.subscribe(heard);
  heard.mockClear();

  connection.dispose();
  connection.onMessage(heard);
  actor.send({ type: 'client.connect' });
  const again = connectionFrom(actor);
  expect(again).not.toBe(connection);
  await again.opened();
  const message = again.messages().next();
  await server.nextPeer();
  (await server.nextPeer()).socket.send('"hello"');
  await message;

  expect(heard).not.toHaveBeenCalled();
  expect([connection.isConnected, again.isConnected]).toEqual([false, true]);
  expect(await connection.messages().next()).toEqual({ done: true, value: undefined });
  await expect(connection.opened()).rejects.toMatchObject({ code: 'disposed' });
});

test('with plain connectionMachine the options come by input, and time is that of the root actor', async () => {
  const { url } = await closedAddress();
  const clock = new SimulatedClock();
  clock.increment(5_000_000);
  const heard: string[] = [];
  const planned = withResolvers<number>();
  const parent = setup({ types: { events: {} as ConnectionOutput }, actors: { connection: connectionMachine } });
  const machine = parent.createMachine({
    invoke: {
      id: 'connection',
      src: 'connection',
      input: ({ self }) => ({ url, WebSocket, parentRef: self, retry: { baseMs: 1_000, jitter: 'none' } }),
    },
    on: {
      '*': { actions: ({ event }) => heard.push(event.type) },
      'connection.retrying': { actions: ({ event }) => planned.resolve(event.at) },
    },
  });
  const actor = createActor(machine, { clock }).start();
  onTestFinished(() => void actor.stop());

  actor.getSnapshot().children['connection']?.send({ type: 'client.connect' });

  expect(await within('the plan', planned.promise)).toBe(5_001_000);
  expect(heard).toEqual(['connection.state', 'connection.state']);
});

test('what a parent receives is typed', () => {
  type Output = ConnectionOutput<string>;
  expectTypeOf<Extract<Output, { type: 'connection.failed' }>['error']>().toEqualTypeOf<ConnectionError>();
  expectTypeOf<Extract<Output, { type: 'connection.message' }>['message']>().toEqualTypeOf<string>();
  expectTypeOf<Extract<Output, { type: 'connection.nothing' }>>().toEqualTypeOf<never>();
});
