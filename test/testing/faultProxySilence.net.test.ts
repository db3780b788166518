import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test, vi } from 'vitest';
import { aborted, Client, echoStage, startProxy } from '../fixtures/proxy.ts';
import { startServer, startSilentServer } from '../fixtures/server.ts';

test.each([
  ['toServer', [], ['to the client']],
  ['toClient', ['to the server'], []],
  ['both', [], []],
] as const)('blackhole %s: only that way is swallowed, and nobody is told', async (direction, atServer, atClient) => {
  const server = await startServer();
  const proxy = await startProxy(server.port);
  const client = new Client(proxy.url());
  await client.opened();
  const peer = await server.nextPeer();

  const fault = proxy.inject({ type: 'blackhole', direction });
  client.socket.send('to the server');
  peer.socket.send('to the client');

  for (const text of atServer) expect(await peer.nextText()).toBe(text);
  for (const text of atClient) expect(await client.nextText()).toBe(text);
  const ways = direction === 'both' ? (['toServer', 'toClient'] as const) : [direction];
  await vi.waitFor(() => {
    for (const way of ways) expect(proxy.stats().swallowed[way]).toBeGreaterThan(0);
  });
  expect([client.socket.readyState, peer.socket.readyState]).toEqual([1, 1]);
  expect([client.unreadTexts, peer.unreadTexts]).toEqual([[], []]);
  expect(fault.applied).toBe(1);
});

test('after a blackhole, a connection that lost something is reset by the next byte; one that lost nothing goes on', async () => {
  const { proxy, client, server } = await echoStage();
  const quiet = new Client(proxy.url());
  await quiet.opened();
  await server.nextPeer();
  const fault = proxy.inject({ type: 'blackhole', direction: 'toServer' });
  client.socket.send('lost');
  await vi.waitFor(() => expect(proxy.stats().swallowed.toServer).toBeGreaterThan(0));

  await fault.end();
  quiet.socket.send('not lost');
  client.socket.send('after a hole');

  expect(await quiet.nextText()).toBe('not lost');
  expect(await client.ended()).toMatchObject(aborted);
});

test('nothing arrives behind what was lost, also where nobody can be told of a reset', async () => {
  const { proxy, client, peer } = await echoStage();
  const lost = proxy.inject({ type: 'blackhole', direction: 'toServer' });
  client.socket.send('lost');
  await vi.waitFor(() => expect(proxy.stats().swallowed.toServer).toBeGreaterThan(0));
  proxy.inject({ type: 'blackhole', direction: 'toClient' });
  const swallowed = proxy.stats().swallowed.toServer;

  await lost.end();
  client.socket.send('behind it');

  await vi.waitFor(() => expect(proxy.stats().swallowed.toServer).toBeGreaterThan(swallowed));
  expect(peer.unreadTexts).toEqual([]);
  expect(client.socket.readyState).toBe(1);
});

test('a blackhole hides the end of one side from the other, until it is over', async () => {
  const { proxy, client, peer } = await echoStage();
  const fault = proxy.inject({ type: 'blackhole' });
  client.socket.terminate();
  await client.ended();
  expect(peer.socket.readyState).toBe(1);

  await vi.waitFor(() => expect(proxy.stats().open).toBe(1));
  await fault.end();

  expect(await peer.end()).toEqual(aborted);
});

test('half-open: the server is gone, the client waits in silence, and meets a reset after the fault', async () => {
  const { proxy, client, peer } = await echoStage();

  const fault = proxy.inject({ type: 'halfOpen' });
  expect(await peer.end()).toEqual(aborted);
  client.socket.send('into the void');
  await vi.waitFor(() => expect(proxy.stats().swallowed.toServer).toBeGreaterThan(0));
  expect(client.socket.readyState).toBe(1);

  await fault.end();
  expect(client.socket.readyState).toBe(1);
  client.socket.send('anybody there?');

  expect(await client.ended()).toMatchObject(aborted);
});

test.each([
  [{ type: 'halfOpen', on: 'existing' }],
  [{ type: 'blackhole', on: 'existing' }],
  [{ type: 'blackhole', on: 'existing', direction: 'toServer' }],
] as const)('%o: a client that leaves meanwhile is forgotten once that ends', async (spec) => {
  const { proxy, client, peer } = await echoStage();
  const fault = proxy.inject(spec);
  client.socket.terminate();
  await client.ended();
  // By the time another one has come, the proxy has heard of it.
  await new Client(proxy.url()).opened();

  await fault.end();

  expect(await peer.end()).toEqual(aborted);
  await vi.waitFor(() => expect(proxy.stats().open).toBe(1));
});

test('half-open, and a client that leaves afterwards: nothing stays behind', async () => {
  const { proxy, client } = await echoStage();
  await proxy.inject({ type: 'halfOpen' }).end();
  client.socket.terminate();
  await vi.waitFor(() => expect(proxy.stats().open).toBe(0));
});

test('half-open in the middle of a handshake, and a close that can never be said: nothing stays behind', async () => {
  const server = await startSilentServer();
  const proxy = await startProxy(Number(new URL(server.url).port));
  const raw = connect(Number(new URL(proxy.url()).port), '127.0.0.1');
  await once(raw, 'connect');
  raw.write('GET / HTTP/1.1\r\n');
  await vi.waitFor(() => expect(proxy.stats().passed.toServer).toBeGreaterThan(0));
  await proxy.inject({ type: 'halfOpen' }).end();
  proxy.inject({ type: 'close' });
  raw.destroy();
  await vi.waitFor(() => expect(proxy.stats().open).toBe(0));
});

test('stall: new connections are accepted and never hear a word, not after the fault either', async () => {
  const { server, proxy } = await echoStage();
  const fault = proxy.inject({ type: 'stall' });
  const raw = connect(Number(new URL(proxy.url()).port), '127.0.0.1');
  const heard: unknown[] = [];
  raw.on('data', (bytes) => heard.push(bytes)).on('error', () => undefined);
  await once(raw, 'connect');
  raw.write('GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n');
  await vi.waitFor(() => expect(proxy.stats().connections).toBe(2));

  await fault.end();
  await new Client(proxy.url()).opened();
  await server.nextPeer();

  expect(heard).toEqual([]);
  expect(raw.destroyed).toBe(false);
  expect(proxy.stats()).toMatchObject({ open: 3, faults: { stall: 1 } });
  raw.destroy();
});
