/** The hub beside what people already have: a bare server, Express, Fastify. It takes its path, and nothing else. */
import express from 'express';
import fastify from 'fastify';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { createHub, SUBPROTOCOL, type Hub } from '../../src/server/index.ts';
import { withResolvers } from '../fixtures/events.ts';
import { BareClient } from './fixtures/bareClient.ts';

interface Running {
  readonly server: Server;
  /** As its users end it. */
  readonly close: () => Promise<void>;
}

const listening = async (server: Server): Promise<void> => {
  const { promise, resolve } = withResolvers();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
};
const ended = async (hub: Hub, server: Server): Promise<void> => {
  await hub.close();
  const { promise, resolve } = withResolvers();
  server.close(() => resolve());
  await promise;
};

const kinds: Readonly<Record<string, (hub: Hub) => Promise<Running>>> = {
  'a bare http server': async (hub) => {
    const server = createServer((request, response) => {
      if (!hub.answer(request, response)) response.end('a page');
    });
    await listening(server);
    return { server, close: () => ended(hub, server) };
  },
  Express: async (hub) => {
    const app = express();
    app.use((request, response, next) => {
      if (!hub.answer(request, response)) next();
    });
    app.get('/', (_, response) => void response.send('a page'));
    const server = createServer(app);
    await listening(server);
    return { server, close: () => ended(hub, server) };
  },
  Fastify: async (hub) => {
    const app = fastify();
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      app.get(path, (request, reply) => {
        reply.hijack();
        hub.answer(request.raw, reply.raw);
      });
    }
    app.get('/', () => 'a page');
    app.addHook('preClose', () => hub.close());
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { server: app.server, close: () => app.close() };
  },
};

describe.each(Object.entries(kinds))('on %s', (_, start) => {
  const run = async () => {
    const hub = createHub();
    const { server, close } = await start(hub);
    const { promise: closed, resolve } = withResolvers();
    server.once('close', resolve);
    onTestFinished(async () => {
      if (server.listening) void close();
      await closed;
    });
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const read = async (path: string) => (await fetch(`http://${host}${path}`)).text();
    const open = (path: string, ...protocols: string[]) => BareClient.open(`ws://${host}${path}`, protocols);
    return { hub, server, close, read, open };
  };

  test('pages are those of the server, and health that of the hub', async () => {
    const { hub, server, read } = await run();
    hub.attach(server);
    expect(await read('/')).toBe('a page');
    expect(await read('/healthz')).toContain('ok');
    expect(await read('/metrics')).toContain('socketchart_hub_connections 0');
  });

  test('both modes come in by the path of the hub, and upgrades of other paths are left to who takes them', async () => {
    const { hub, server, open } = await run();
    hub.attach(server, { path: '/live/{client_id}' });
    const other = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/other') return;
      other.handleUpgrade(request, socket, head, (client) => client.send('from the other'));
    });

    const basic = await open('/live/ann');
    const client = await open('/live/bob', SUBPROTOCOL);
    expect(await client.next()).toMatchObject({ type: 'hello' });
    basic.say({ type: 'subscribe', topic: 'news' });
    await basic.hearsNothing();
    expect(await client.ask({ type: 'subscribe', topic: 'news' })).toMatchObject({ type: 'subscribed', topic: 'news' });
    await hub.publish('news', { first: true });
    expect(await basic.next()).toEqual({ first: true });
    expect(await client.next()).toMatchObject({ type: 'message', offset: 1, data: { first: true } });

    expect(hub.sendTo('bob', 'you alone')).toBe(1);
    expect(await client.next()).toMatchObject({ type: 'direct', data: 'you alone' });

    const foreign = await open('/other');
    expect(await foreign.nextText()).toBe('from the other');
    for (const left of other.clients) left.terminate();
  });

  test('when the server closes, who is connected is told, and nothing is left', async () => {
    const { hub, server, close, open } = await run();
    hub.attach(server);
    const client = await open('/ws/ann');
    const [, { code }] = await Promise.all([close(), client.end()]);
    expect(code).toBe(1001);
    expect(server.listening).toBe(false);
    expect(hub.stats().connections).toBe(0);
  });
});
