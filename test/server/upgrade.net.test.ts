import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { SUBPROTOCOL } from '../../src/protocol/topicFrames.ts';
import { within, withResolvers } from '../fixtures/events.ts';
import { clientFrame, RawClient } from './rawClient.ts';
import { TEXT, PATH, hubDoor, attached, ask } from './upgradeDoor.ts';

describe('an upgrade', () => {
  it('to the path is accepted, with the client id decoded, and frames go both ways', async () => {
    const { port, accepted, texts } = await attached();
    const { status, client } = await ask(port, '/ws/a%20b?x=1');
    expect(status).toBe(101);
    expect(await accepted.next()).toMatchObject({
      clientId: 'a b',
      principal: undefined,
      protocol: '',
      address: '127.0.0.1',
    });
    expect(await client.readText()).toBe('welcome');
    client.write(clientFrame(TEXT, 'hello'));
    expect(await texts.next()).toBe('hello');
  });

  it('is given a client id of 128 random bits where the path has none', async () => {
    const { port, accepted } = await attached({}, '/ws');
    await ask(port, '/ws');
    expect((await accepted.next()).clientId).toBe('made-up-128');
  });

  it.each([
    [SUBPROTOCOL, SUBPROTOCOL],
    [`token.abc, ${SUBPROTOCOL}`, SUBPROTOCOL],
    ['token.abc', ''],
    [undefined, ''],
  ])('that offers %s speaks "%s", and no token comes back', async (offered, protocol) => {
    const { port, accepted } = await attached();
    const { headers } = await ask(port, '/ws/a', { 'Sec-WebSocket-Protocol': offered });
    expect(headers.get('sec-websocket-protocol') ?? '').toBe(protocol);
    expect((await accepted.next()).protocol).toBe(protocol);
  });

  it.each([
    ['GET', { 'Sec-WebSocket-Key': undefined }, 400],
    ['GET', { 'Sec-WebSocket-Key': 'short' }, 400],
    ['GET', { 'Sec-WebSocket-Version': '8' }, 426],
    ['GET', { 'Sec-WebSocket-Version': undefined }, 426],
    ['GET', { Upgrade: 'h2c' }, 426],
    ['POST', {}, 405],
    ['GET', { 'Sec-WebSocket-Protocol': 'a, a' }, 400],
    ['GET', { 'Sec-WebSocket-Protocol': 'a b' }, 400],
    ['GET', { 'Sec-WebSocket-Protocol': ',' }, 400],
    ['GET', { Host: 'user@example.com' }, 400],
    ['GET', { Host: 'example.com/x' }, 400],
    ['GET', { Host: '' }, 400],
  ] as const)(
    'by %s with %j is no opening handshake, and nobody is asked about it: %i',
    async (method, headers, status) => {
      let count = 0;
      const { port, refused } = await attached({
        options: {
          authenticate: () => {
            count++;
            return { id: 'a' };
          },
        },
      });
      const client = await RawClient.connect(port);
      const original = client.write.bind(client);
      client.write = (bytes) => original(String(bytes).replace(/^GET/u, method));
      client.ask('/ws/a', headers);
      expect((await client.readAnswer()).status).toBe(status);
      await client.readRest();
      expect([count, refused]).toEqual([0, [status]]);
    },
  );

  it.each(['/ws/%00', '/ws/%zz', `/ws/${'x'.repeat(129)}`])(
    'whose client id is none, %s, is refused with 400',
    async (target) => {
      const { port, log } = await attached();
      const { status, body } = await ask(port, target);
      expect(status).toBe(400);
      expect(body).toContain('client id');
      expect(log).toHaveLength(1);
    },
  );

  it('is taken by the hub whose path it is, a path without a client id first', async () => {
    const first = await attached();
    const second = hubDoor();
    second.upgrades.attach(first.server, '/ws/admin');
    await ask(first.port, '/ws/admin');
    await second.accepted.next();
    await ask(first.port, '/ws/ada');
    expect((await first.accepted.next()).clientId).toBe('ada');
    expect(second.accepted.unread).toEqual([]);
  });

  it('in the absolute form is that of its path', async () => {
    const { port, accepted } = await attached();
    await ask(port, 'http://elsewhere.example/ws/a');
    expect((await accepted.next()).clientId).toBe('a');
  });

  it('cannot be attached twice to one path of a server, until it is detached', async () => {
    const { server, detach } = await attached();
    const { upgrades } = hubDoor();
    expect(() => upgrades.attach(server, PATH)).toThrow(/a hub has it already/u);
    detach();
    expect(() => upgrades.attach(server, PATH)).not.toThrow();
  });

  it('is a request like any other once the hub is detached', async () => {
    const { port, detach, server } = await attached();
    detach();
    expect(server.listenerCount('upgrade')).toBe(0);
    expect((await ask(port, '/ws/a', { Connection: 'close, Upgrade' })).status).toBe(200);
  });
});

describe('an upgrade to another path', () => {
  it('is left to whoever else listens, whoever came first, untouched', async () => {
    const { server, port, refused } = await attached();
    const others = new WebSocketServer({ noServer: true });
    server.prependListener('upgrade', (request, socket, head) => {
      if (request.url === '/first') others.handleUpgrade(request, socket, head, (ws) => ws.send('from the first'));
    });
    server.on('upgrade', (request, socket, head) => {
      // An answer that takes its time finds the socket as it was.
      if (request.url === '/later') {
        setImmediate(() => others.handleUpgrade(request, socket, head, (ws) => ws.send('from the later')));
      }
    });
    for (const name of ['first', 'later']) {
      const { status, client } = await ask(port, `/${name}`);
      expect(status).toBe(101);
      expect(await client.readText()).toBe(`from the ${name}`);
      client.socket.destroy();
    }
    expect((await ask(port, '/ws/a')).status).toBe(101);
    expect(refused).toEqual([]);
  });

  it('is not touched by two hubs while somebody else listens', async () => {
    const { server, port } = await attached();
    hubDoor().upgrades.attach(server, '/other');
    const { promise, resolve } = withResolvers<{ listeners: number; isDestroyed: boolean; written: number }>();
    server.on('upgrade', (_request, socket) => {
      setImmediate(() => {
        resolve({
          listeners: socket.listenerCount('error') + socket.listenerCount('readable'),
          isDestroyed: socket.destroyed,
          written: socket.writableLength,
        });
        socket.destroy();
      });
    });
    const client = await RawClient.connect(port);
    client.ask('/foreign');
    expect(await within('the other listener', promise)).toEqual({ listeners: 0, isDestroyed: false, written: 0 });
  });

  it('is answered with 404 where nobody else listens: Node would keep its socket for ever', async () => {
    const { port, server } = await attached();
    hubDoor().upgrades.attach(server, '/other');
    const { status, headers } = await ask(port, '/foreign');
    expect(status).toBe(404);
    expect(headers.get('connection')).toBe('close');
  });

  it('leaves requests of the same server alone', async () => {
    const { port } = await attached();
    const body = await new Promise<string>((resolve, reject) => {
      httpRequest({ port, host: '127.0.0.1', path: '/ws/a' }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      })
        .on('error', reject)
        .end();
    });
    expect(body).toBe('page');
  });
});
