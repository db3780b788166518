import { expect, test, vi } from 'vitest';
import { createFaultProxy } from '../../src/testing/index.ts';
import { aborted, Client, echoStage, startProxy } from '../fixtures/proxy.ts';
import { startServer } from '../fixtures/server.ts';

test('without a fault everything passes, path and all, and is counted', async () => {
  const { proxy, client, peer } = await echoStage();
  client.socket.send('hello');

  expect(await client.nextText()).toBe('hello');
  expect(peer.request.url).toBe('/live');
  const { connections, open, passed, swallowed, faults } = proxy.stats();
  expect({ connections, open, swallowed, faults }).toEqual({
    connections: 1,
    open: 1,
    swallowed: { toServer: 0, toClient: 0 },
    faults: {},
  });
  expect(passed.toServer).toBeGreaterThan('hello'.length);
  expect(passed.toClient).toBeGreaterThan('hello'.length);
});

test('a closing handshake passes both ways', async () => {
  const { client, peer, proxy } = await echoStage();

  client.socket.close(3001, 'bye');

  expect(await peer.end()).toEqual({ code: 3001, reason: 'bye' });
  expect(await client.ended()).toMatchObject({ code: 3001 });
  await vi.waitFor(() => expect(proxy.stats().open).toBe(0));
});

test('a server that is not there is a reset to the client', async () => {
  const server = await startServer();
  const proxy = await startProxy(server.port);
  await server.stop();

  const client = new Client(proxy.url());

  expect(await client.ended()).toMatchObject({ ...aborted, error: { code: 'ECONNRESET' } });
});

test('a fault with forMs ends by itself', async () => {
  const { proxy } = await echoStage();
  const fault = proxy.inject({ type: 'refuse', forMs: 10 });

  await vi.waitFor(() => expect(fault.isActive).toBe(false));

  await new Client(proxy.url()).opened();
});

test('close() frees the port also while the server is on its way back, and listen() that comes too late is refused', async () => {
  const { port } = await startServer();
  const proxy = createFaultProxy({ target: { port } });
  const listening = proxy.listen();
  await proxy.close();
  await expect(listening).rejects.toMatchObject({ code: 'unavailable' });

  const other = await startProxy(port);
  const url = other.url();
  const fault = other.inject({ type: 'down' });
  void fault.end();
  await other.close();
  expect(await new Client(url).ended()).toMatchObject({ ...aborted, error: { code: 'ECONNREFUSED' } });
});

test('clear() ends every fault', async () => {
  const { proxy } = await echoStage();
  const faults = [proxy.inject({ type: 'stall' }), proxy.inject({ type: 'down' }), proxy.inject({ type: 'latency' })];

  await proxy.clear();

  expect(faults.map(({ isActive }) => isActive)).toEqual([false, false, false]);
  await new Client(proxy.url()).opened();
});

test('close() cuts everything and frees the port; after it there is nothing to be had', async () => {
  const { proxy, client, peer } = await echoStage();
  const url = proxy.url();
  proxy.inject({ type: 'stall' });

  await proxy.close();
  await proxy.close();

  expect(await client.ended()).toMatchObject(aborted);
  expect(await peer.end()).toEqual(aborted);
  expect(await new Client(url).ended()).toMatchObject({ error: { code: 'ECONNREFUSED' } });
  expect(() => proxy.inject({ type: 'reset' })).toThrow(expect.objectContaining({ code: 'unavailable' }));
  await expect(proxy.listen()).rejects.toMatchObject({ code: 'unavailable' });
});

test('a proxy disposes of itself', async () => {
  const server = await startServer();
  let url: string;
  {
    await using proxy = createFaultProxy({ target: { port: server.port } });
    await proxy.listen();
    url = proxy.url();
    await new Client(url).opened();
  }
  expect(await new Client(url).ended()).toMatchObject({ error: { code: 'ECONNREFUSED' } });
});

test('before listen() there is no address', () => {
  const proxy = createFaultProxy({ target: { port: 1 } });
  expect(() => proxy.url()).toThrow(expect.objectContaining({ code: 'unavailable' }));
});

test('a proxy without a port to lead to is refused', () => {
  expect(() => createFaultProxy({ target: { port: 0 } })).toThrow(/^target\.port: /u);
});
