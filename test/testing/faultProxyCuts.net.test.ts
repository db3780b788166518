import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test, vi } from 'vitest';
import { aborted, Client, echoStage, timedStage } from '../fixtures/proxy.ts';

test('reset: existing connections get a RST on both sides, the next one is fine', async () => {
  const { server, proxy, client, peer } = await echoStage();

  const fault = proxy.inject({ type: 'reset' });

  expect(fault).toMatchObject({ isActive: false, applied: 1 });
  expect(await client.ended()).toMatchObject(aborted);
  expect(await peer.end()).toEqual(aborted);
  await new Client(proxy.url()).opened();
  expect(await server.nextPeer()).toBeDefined();
});

test('reset of new connections lasts until it ends and leaves the old ones alone', async () => {
  const { proxy, client } = await echoStage();
  const fault = proxy.inject({ type: 'reset', on: 'new' });

  expect(await new Client(proxy.url()).ended()).toMatchObject(aborted);
  client.socket.send('still there');
  expect(await client.nextText()).toBe('still there');
  await fault.end();
  await new Client(proxy.url()).opened();

  expect(fault).toMatchObject({ isActive: false, applied: 1 });
});

test('a reset is a RST of TCP, no orderly end', async () => {
  const { proxy } = await echoStage();
  const raw = connect(Number(new URL(proxy.url()).port), '127.0.0.1');
  const failed = once(raw, 'error');
  await once(raw, 'connect');
  await vi.waitFor(() => expect(proxy.stats().open).toBe(2));

  proxy.inject({ type: 'reset' });

  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
});

test('truncate: so many bytes pass, then comes a reset', async () => {
  const { proxy, client, peer } = await echoStage();
  const { passed } = proxy.stats();
  // A frame of 5 bytes payload has 2 bytes of header: the second one is cut in its middle.
  proxy.inject({ type: 'truncate', afterBytes: 10 });

  peer.socket.send('first');
  peer.socket.send('second');

  expect(await client.nextText()).toBe('first');
  expect(await client.ended()).toMatchObject(aborted);
  expect(await peer.end()).toEqual(aborted);
  expect(proxy.stats().passed.toClient - passed.toClient).toBe(10);
});

test('truncate of new connections cuts the handshake', async () => {
  const { proxy, server } = await echoStage();
  proxy.inject({ type: 'truncate', on: 'new', direction: 'toServer', afterBytes: 30 });

  expect(await new Client(proxy.url()).ended()).toMatchObject(aborted);
  expect(server.clients).toBe(1);
});

test('truncate to nothing cuts at once', async () => {
  const { proxy, client, peer } = await echoStage();
  proxy.inject({ type: 'truncate', afterBytes: 0 });
  expect(await client.ended()).toMatchObject(aborted);
  expect(await peer.end()).toEqual(aborted);
});

test.each(['toClient', 'toServer'] as const)(
  'truncate that ends before it has cut lets all pass: %s',
  async (direction) => {
    const { proxy, client } = await echoStage();
    const fault = proxy.inject({ type: 'truncate', direction, afterBytes: 20 });
    client.socket.send('first');
    expect(await client.nextText()).toBe('first');

    await fault.end();

    for (const text of ['second', 'third']) client.socket.send(text);
    expect(await client.nextTexts(2)).toEqual(['second', 'third']);
  },
);

test('down: existing connections are reset, new ones refused; then it is there again, on the same port', async () => {
  const { proxy, client } = await echoStage();
  const fault = proxy.inject({ type: 'down' });

  expect(await client.ended()).toMatchObject(aborted);
  expect(await new Client(proxy.url()).ended()).toMatchObject({ error: { code: 'ECONNREFUSED' } });
  await fault.end();

  await new Client(proxy.url()).opened();
});

test('two reasons to be down: it comes back when both are over', async () => {
  const { proxy } = await echoStage();
  const first = proxy.inject({ type: 'down' });
  const second = proxy.inject({ type: 'down' });

  await first.end();
  expect(await new Client(proxy.url()).ended()).toMatchObject({ error: { code: 'ECONNREFUSED' } });
  await second.end();

  await new Client(proxy.url()).opened();
});

test('flap: each connection comes up and is reset soon after, until it ends', async () => {
  const { proxy, client } = await echoStage();
  const fault = proxy.inject({ type: 'flap', on: 'new', aliveMs: 5, jitterMs: 5 });

  for (let turn = 0; turn < 3; turn++) {
    const flapping = new Client(proxy.url());
    await flapping.opened();
    expect(await flapping.ended()).toMatchObject(aborted);
  }
  await fault.end();

  expect(fault.applied).toBe(3);
  client.socket.send('untouched');
  expect(await client.nextText()).toBe('untouched');
  const calm = new Client(proxy.url());
  await calm.opened();
  calm.socket.send('calm');
  expect(await calm.nextText()).toBe('calm');
});

test('flap that ends before a connection was reset leaves it alone', async () => {
  const { proxy, client, clock } = await timedStage();
  const fault = proxy.inject({ type: 'flap', aliveMs: 1_000 });
  clock.advance(999);
  await fault.end();

  clock.advance(10_000);

  client.socket.send('still there');
  expect(await client.nextText()).toBe('still there');
});
