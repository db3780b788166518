import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { SUBPROTOCOL } from '../../src/protocol/topicFrames.ts';
import type { Door } from '../../src/server/handshake.ts';
import type { Handshake, HubLimits, HubOptions, Principal } from '../../src/server/options.ts';
import { Outgoing } from '../../src/server/outgoing.ts';
import type { Peer, PeerInfo } from '../../src/server/peer.ts';
import type { Refusal } from '../../src/server/refusal.ts';
import { Upgrades } from '../../src/server/upgrade.ts';
import { Inbox, within, withResolvers } from '../fixtures/events.ts';
import { clientFrame, RawClient } from './rawClient.ts';

const TEXT = 1;
const PATH = '/ws/{client_id}';
const TODAY = Date.parse('2026-01-01T00:00:00Z');

/** Timers that ring when a test says so. */
class Bells {
  readonly #pending = new Map<number, { callback: () => void; delayMs: number }>();
  #last = 0;

  readonly scheduler: Door['scheduler'] = {
    now: () => 0,
    date: () => TODAY,
    setTimeout: (callback, delayMs) => {
      this.#pending.set(++this.#last, { callback, delayMs });
      return this.#last;
    },
    clearTimeout: (id) => void this.#pending.delete(id as number),
    soon: (callback) => setImmediate(callback),
  };

  get delays(): number[] {
    return [...this.#pending.values()].map(({ delayMs }) => delayMs);
  }

  ring(): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { callback } of pending) callback();
  }
}

interface Settings {
  readonly options?: Pick<HubOptions, 'authenticate' | 'allowedOrigins'>;
  readonly limits?: Partial<HubLimits>;
  readonly admission?: (underWay: number) => Refusal | undefined;
  readonly accept?: (peer: Peer, info: PeerInfo) => void;
}

/** The way into a hub that only notes who came. */
function hubDoor({ options = {}, limits, admission = () => undefined, accept }: Settings = {}) {
  const accepted = new Inbox<PeerInfo>('accepted peer');
  const texts = new Inbox<string>('text');
  const closed = new Inbox<number>('end of a peer');
  const refused: number[] = [];
  const log: { readonly facts: object; readonly message: string }[] = [];
  const bells = new Bells();
  const note = (facts: object, message: string): void => void log.push({ facts, message });
  const upgrades = new Upgrades({
    options,
    limits: { payloadBytes: 1_000, handshakeTimeoutMs: 10_000, ...limits },
    logger: { info: note, warn: note, error: note },
    scheduler: bells.scheduler,
    newId: (bits) => `made-up-${bits}`,
    admission,
    accept(peer, info) {
      accept?.(peer, info);
      peer.listen({
        text: (text) => texts.put(text),
        binary: () => undefined,
        alive: () => undefined,
        drained: () => undefined,
        closed: (code) => closed.put(code),
      });
      peer.send([new Outgoing('welcome')]);
      accepted.put(info);
    },
    refused: (status) => void refused.push(status),
  });
  onTestFinished(() => upgrades.close());
  return { upgrades, accepted, texts, closed, refused, log, bells };
}

async function started(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Until what has been settled is heard of. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A hub's door on a bare server. */
async function attached(settings: Settings = {}, path = PATH) {
  const door = hubDoor(settings);
  const server = createServer((_request, response) => response.end('page'));
  const detach = door.upgrades.attach(server, path);
  return { ...door, server, detach, port: await started(server) };
}

/** Asks, and gives the answer with its body where it is a refusal. */
async function ask(port: number, target: string, headers: Readonly<Record<string, string | undefined>> = {}) {
  const client = await RawClient.connect(port);
  client.ask(target, headers);
  const answer = await client.readAnswer();
  return { ...answer, client, body: answer.status === 101 ? '' : await client.readRest() };
}

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

describe('before the 101', () => {
  const ada: Principal = { id: 'ada' };

  it('the limits are asked before the origin, and the origin before authenticate', async () => {
    const asked: string[] = [];
    let full: Refusal | undefined;
    let isKnown = false;
    const { port } = await attached({
      admission: () => {
        asked.push('admission');
        return full;
      },
      options: {
        allowedOrigins: () => {
          asked.push('origin');
          return isKnown;
        },
        authenticate: () => {
          asked.push('authenticate');
          return null;
        },
      },
    });
    const from = async () => (await ask(port, '/ws/a', { Origin: 'https://a.example' })).status;
    full = { status: 503, body: 'limits.connections is reached' };
    expect([await from(), asked.splice(0)]).toEqual([503, ['admission']]);
    full = undefined;
    expect([await from(), asked.splice(0)]).toEqual([403, ['admission', 'origin']]);
    isKnown = true;
    expect([await from(), asked.splice(0)]).toEqual([401, ['admission', 'origin', 'authenticate']]);
  });

  it('a refusal of the hub is told as it is: status, headers, the option', async () => {
    const { port, log, refused } = await attached({
      admission: () => ({
        status: 503,
        headers: { 'Retry-After': '7' },
        body: 'limits.connections, which is 10, is reached',
        facts: { connections: 10 },
      }),
    });
    const { status, headers, body } = await ask(port, '/ws/a');
    expect([status, headers.get('retry-after')]).toEqual([503, '7']);
    expect(body).toBe('limits.connections, which is 10, is reached\n');
    expect(headers.get('content-length')).toBe(String(body.length));
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(refused).toEqual([503]);
    expect(log).toEqual([
      {
        facts: { status: 503, path: PATH, address: '127.0.0.1', connections: 10 },
        message: 'an upgrade was refused: limits.connections, which is 10, is reached',
      },
    ]);
  });

  it.each(['/ws/%00', '/foreign'])(
    'who is refused, of %s, holds no socket by not ending its own half',
    async (target) => {
      const { server, port } = await attached();
      const ends = new Inbox<Socket>('socket of the server');
      server.on('connection', (socket) => ends.put(socket));
      const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      onTestFinished(() => void client.destroy());
      client.on('error', () => undefined).resume();
      const end = await ends.next();
      const closed = once(end, 'close');
      client.write(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      await within('the end at the server', closed);
    },
  );

  it('the limits are asked again when authenticate is done: the hub may be draining by then', async () => {
    const { promise, resolve } = withResolvers<Principal>();
    const seen: number[] = [];
    const begun = new Inbox<Handshake>('handshake');
    let isDraining = false;
    const { port, accepted } = await attached({
      admission: (underWay) => {
        seen.push(underWay);
        return isDraining ? { status: 503, body: 'draining' } : undefined;
      },
      options: {
        authenticate: (handshake) => {
          begun.put(handshake);
          return promise;
        },
      },
    });
    const first = ask(port, '/ws/a');
    await begun.next();
    const second = ask(port, '/ws/b');
    await begun.next();
    isDraining = true;
    resolve(ada);
    expect([(await first).status, (await second).status]).toEqual([503, 503]);
    expect(seen).toEqual([0, 1, 0, 0]);
    expect(accepted.unread).toEqual([]);
  });

  it('a page of another origin is refused with 403, and told of allowedOrigins', async () => {
    const { port, log } = await attached();
    const { status, body } = await ask(port, '/ws/a', { Origin: 'https://evil.example', Host: 'app.example' });
    expect(status).toBe(403);
    expect(body).toMatch(/'https:\/\/evil.example' is not this host; list it in allowedOrigins.*proxy/u);
    expect(log[0]?.message).toContain('allowedOrigins');
    expect((await ask(port, '/ws/a', { Origin: 'null' })).status).toBe(403);
    expect((await ask(port, '/ws/a', { Origin: '' })).status).toBe(403);
    expect((await ask(port, '/ws/a', { Origin: 'http://app.example', Host: 'app.example' })).status).toBe(101);
  });

  it('two Origin headers are none that is allowed', async () => {
    const { port } = await attached();
    const { status } = await ask(port, '/ws/a', { Origin: 'http://127.0.0.1', origin: 'http://127.0.0.1' });
    expect(status).toBe(403);
  });

  it('a function allowedOrigins that throws is a no, and nothing worse', async () => {
    const { port, log } = await attached({
      options: {
        allowedOrigins: () => {
          throw new TypeError('secret');
        },
      },
    });
    expect((await ask(port, '/ws/a', { Origin: 'https://a.example' })).status).toBe(403);
    expect(log[0]?.facts).toMatchObject({ error: 'TypeError' });
    expect((await ask(port, '/ws/a')).status).toBe(101);
  });

  it('authenticate is told where to, by whom and from where', async () => {
    const seen = new Inbox<Handshake>('handshake');
    const { port, accepted } = await attached({
      options: {
        authenticate: (handshake) => {
          seen.put(handshake);
          return { id: 'ada', expiresAt: TODAY + 1, role: 'admin' };
        },
      },
    });
    await ask(port, '//evil.example/ws/a').then(({ status }) => expect(status).toBe(404));
    await ask(port, '/ws/a%2Fb?token=t', {
      Host: 'app.example:8080',
      Cookie: 'session=1',
      'Sec-WebSocket-Protocol': `${SUBPROTOCOL}, token.abc, other`,
    });
    const handshake = await seen.next();
    expect(handshake.url.href).toBe('ws://app.example:8080/ws/a%2Fb?token=t');
    expect(handshake).toMatchObject({ clientId: 'a/b', protocols: ['token.abc', 'other'], address: '127.0.0.1' });
    expect(handshake.headers.cookie).toBe('session=1');
    expect(handshake.signal.aborted).toBe(false);
    expect((await accepted.next()).principal).toEqual({ id: 'ada', expiresAt: TODAY + 1, role: 'admin' });
  });

  it.each([
    ['nothing', () => undefined, 401],
    ['null', () => null, 401],
    ['null, later', () => Promise.resolve(null), 401],
    ['a rejection', () => Promise.reject(new Error('no')), 401],
    [
      'an exception',
      () => {
        throw new Error('no');
      },
      401,
    ],
    ['a credential that is over', () => ({ id: 'ada', expiresAt: TODAY }), 401],
    ['true', () => true as unknown as Principal, 500],
    ['a date for the end', () => ({ id: 'a', expiresAt: new Date() }) as unknown as Principal, 500],
    ['no number for the end', () => ({ id: 'a', expiresAt: NaN }), 500],
    ['a number for an id', () => ({ id: 7 }) as unknown as Principal, 500],
  ])('%s of authenticate keeps out, and the answer names it', async (_name, authenticate, status) => {
    const { port, accepted, refused } = await attached({ options: { authenticate } });
    const answer = await ask(port, '/ws/a');
    expect(answer.status).toBe(status);
    expect(answer.body).toContain('authenticate');
    expect(refused).toEqual([status]);
    expect(accepted.unread).toEqual([]);
  });

  it('no secret gets into the log or into an answer', async () => {
    const { port, log } = await attached({
      options: { authenticate: (handshake) => Promise.reject(new Error(`bad token ${handshake.url.search}`)) },
      admission: () => undefined,
    });
    const headers = {
      Cookie: 'SECRET',
      Authorization: 'Bearer SECRET',
      'Sec-WebSocket-Protocol': `${SUBPROTOCOL}, token.SECRET`,
      'X-Other': 'SECRET',
    };
    const answers = [
      await ask(port, '/ws/SECRET?token=SECRET', headers),
      await ask(port, '/ws/SECRET?token=SECRET', { ...headers, Origin: 'https://u:SECRET@a.example' }),
      await ask(port, '/ws/SECRET?token=SECRET', { ...headers, 'Sec-WebSocket-Key': 'SECRET' }),
      await ask(port, '/ws/%00SECRET?token=SECRET', headers),
      await ask(port, '/SECRET?token=SECRET', headers),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 403, 400, 400, 404]);
    expect(JSON.stringify([log, answers.map(({ body, headers }) => [body, [...headers]])])).not.toContain('SECRET');
    expect(log.map(({ facts }) => facts)).toEqual(
      [401, 403, 400, 400].map((status) => expect.objectContaining({ status, path: PATH }) as unknown),
    );
    expect(log[0]?.facts).toMatchObject({
      error: 'Error',
      at: expect.stringMatching(/^at .+upgrade\.test/u) as unknown,
    });
  });

  it('authenticate that takes longer than limits.handshakeTimeoutMs is aborted and answered with 503', async () => {
    const begun = new Inbox<Handshake>('handshake');
    const { promise, resolve } = withResolvers<Principal | null>();
    const { port, bells, accepted, refused } = await attached({
      limits: { handshakeTimeoutMs: 1_234 },
      options: {
        authenticate: (handshake) => {
          begun.put(handshake);
          return promise;
        },
      },
    });
    const answer = ask(port, '/ws/a');
    const { signal } = await begun.next();
    expect(bells.delays).toEqual([1_234]);
    bells.ring();
    expect(signal.aborted).toBe(true);
    const { status, body, headers } = await answer;
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(body).toContain('limits.handshakeTimeoutMs, which is 1234');
    resolve(null);
    await turn();
    expect(accepted.unread).toEqual([]);
    expect(refused).toEqual([503]);
  });

  it('authenticate may take for ever where limits.handshakeTimeoutMs has no bound', async () => {
    const begun = new Inbox<Handshake>('handshake');
    const { promise, resolve } = withResolvers<Principal>();
    const { port, bells } = await attached({
      limits: { handshakeTimeoutMs: Infinity },
      options: {
        authenticate: (handshake) => {
          begun.put(handshake);
          return promise;
        },
      },
    });
    const answer = ask(port, '/ws/a');
    await begun.next();
    expect(bells.delays).toEqual([]);
    resolve(ada);
    expect((await answer).status).toBe(101);
  });

  it.each([
    ['ends', (client: RawClient) => client.socket.end()],
    ['is reset', (client: RawClient) => client.socket.resetAndDestroy()],
  ])('authenticate is aborted when the connection %s meanwhile, and then accepts nobody', async (_name, leave) => {
    const begun = new Inbox<Handshake>('handshake');
    const { promise, resolve } = withResolvers<Principal>();
    let admissions = 0;
    const { port, accepted, bells, refused } = await attached({
      admission: () => {
        admissions++;
        return undefined;
      },
      options: {
        authenticate: (handshake) => {
          begun.put(handshake);
          return promise;
        },
      },
    });
    const client = await RawClient.connect(port);
    client.ask('/ws/a');
    const { signal } = await begun.next();
    const aborted = new Promise((onAbort) => signal.addEventListener('abort', onAbort));
    leave(client);
    await within('the abort', aborted);
    resolve(ada);
    await turn();
    await client.ended;
    expect(admissions).toBe(1);
    expect(accepted.unread).toEqual([]);
    expect(bells.delays).toEqual([]);
    expect(refused).toEqual([]);
  });

  it('who is accepted is not aborted, then or later', async () => {
    let signal: AbortSignal | undefined;
    const { port, closed, bells } = await attached({
      options: {
        authenticate: async (handshake) => {
          signal = handshake.signal;
          return Promise.resolve(ada);
        },
      },
    });
    const { client } = await ask(port, '/ws/a');
    client.socket.end();
    await closed.next();
    expect(signal?.aborted).toBe(false);
    expect(bells.delays).toEqual([]);
  });

  it('frames that come before the answer are there when it is given', async () => {
    const begun = new Inbox<Handshake>('handshake');
    const { promise, resolve } = withResolvers<Principal>();
    const { server, port, texts } = await attached({
      options: {
        authenticate: (handshake) => {
          begun.put(handshake);
          return promise;
        },
      },
    });
    const ends = new Inbox<Socket>('socket of the server');
    server.on('connection', (socket) => ends.put(socket));
    const client = await RawClient.connect(port);
    const end = await ends.next();
    client.ask('/ws/a');
    await begun.next();
    client.write(clientFrame(TEXT, 'meanwhile'));
    await within('an early frame', once(end, 'readable'));
    client.write(clientFrame(TEXT, 'then'));
    resolve(ada);
    expect((await client.readAnswer()).status).toBe(101);
    client.write(clientFrame(TEXT, 'after'));
    expect(await texts.take(3)).toEqual(['meanwhile', 'then', 'after']);
  });

  it('a frame that comes with the request itself is there, too', async () => {
    const { port, texts } = await attached({ options: { authenticate: () => Promise.resolve(ada) } });
    const client = await RawClient.connect(port);
    client.socket.cork();
    client.ask('/ws/a');
    client.write(clientFrame(TEXT, 'at once'));
    client.socket.uncork();
    expect(await texts.next()).toBe('at once');
  });

  it('what a hub throws when it takes over ends that connection, and no other', async () => {
    let count = 0;
    const { port, log } = await attached({
      accept: () => {
        if (count++ === 0) throw new Error('broken');
      },
    });
    const { client } = await ask(port, '/ws/a');
    await client.ended;
    expect(log[0]?.message).toBe('a connection could not be taken over');
    expect(await (await ask(port, '/ws/b')).client.readText()).toBe('welcome');
  });

  it('half a request keeps nobody from coming in', async () => {
    const { port, accepted } = await attached();
    const half = await RawClient.connect(port);
    half.write('GET /ws/a HTTP/1.1\r\nHost: a\r\nUpgr');
    const { client } = await ask(port, '/ws/b');
    expect(await client.readText()).toBe('welcome');
    half.socket.resetAndDestroy();
    expect((await accepted.next()).clientId).toBe('b');
  });
});

describe('the token of an auth frame', () => {
  it('is shown to authenticate with what was said at the beginning', async () => {
    const seen: (string | undefined)[][] = [];
    const { port, accepted } = await attached({
      options: {
        authenticate: ({ token, clientId, url }) => {
          seen.push([token, clientId, url.search]);
          return token === 'bad' ? null : { id: 'ada', expiresAt: TODAY + 5 };
        },
      },
    });
    await ask(port, '/ws/a?x');
    const { reauthenticate } = await accepted.next();
    expect(await reauthenticate?.('fresh')).toEqual({ id: 'ada', expiresAt: TODAY + 5 });
    expect(await reauthenticate?.('bad')).toBeUndefined();
    expect(seen).toEqual([
      [undefined, 'a', '?x'],
      ['fresh', 'a', '?x'],
      ['bad', 'a', '?x'],
    ]);
  });

  it('is refused where authenticate rejects or takes too long, and the log holds no token', async () => {
    let signal: AbortSignal | undefined;
    const { port, accepted, bells, log } = await attached({
      options: {
        authenticate: (handshake) => {
          signal = handshake.signal;
          if (handshake.token === undefined) return { id: 'ada' };
          return handshake.token === 'SLOW' ? new Promise(() => undefined) : Promise.reject(new Error(handshake.token));
        },
      },
    });
    await ask(port, '/ws/a');
    const { reauthenticate } = await accepted.next();
    expect(await reauthenticate?.('SECRET')).toBeUndefined();
    const slow = reauthenticate?.('SLOW');
    bells.ring();
    expect(await slow).toBeUndefined();
    expect(signal?.aborted).toBe(true);
    expect(log).toHaveLength(2);
    expect(JSON.stringify(log)).not.toMatch(/SECRET|SLOW/u);
    expect(bells.delays).toEqual([]);
  });

  it('has nobody to ask where there is no authenticate', async () => {
    const { port, accepted } = await attached();
    await ask(port, '/ws/a');
    expect((await accepted.next()).reauthenticate).toBeUndefined();
  });
});

describe('a server of its own', () => {
  const listening = async (settings: Settings = {}) => {
    const door = hubDoor(settings);
    const { port } = await door.upgrades.listen({
      port: 0,
      host: '127.0.0.1',
      path: PATH,
      onRequest: (_request, response) => response.end('healthy'),
    });
    return { ...door, port };
  };

  it('takes upgrades and requests on one port', async () => {
    const { port, accepted } = await listening();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/a`, SUBPROTOCOL);
    onTestFinished(() => socket.terminate());
    expect((await accepted.next()).protocol).toBe(SUBPROTOCOL);
    const client = await RawClient.connect(port);
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await client.readRest()).toContain('healthy');
  });

  it('ends who takes longer than limits.handshakeTimeoutMs for a request', async () => {
    const { port } = await listening({ limits: { handshakeTimeoutMs: 50 } });
    const half = await RawClient.connect(port);
    half.write('GET /ws/a HTTP/1.1\r\n');
    expect(await half.readRest()).toContain('408');
    await (
      await RawClient.connect(port)
    ).ended;
  });

  it('rejects where it cannot listen, and then holds nothing', async () => {
    const { port } = await listening();
    const { upgrades } = hubDoor();
    const options = { host: '127.0.0.1', path: PATH, onRequest: () => undefined };
    await expect(upgrades.listen({ ...options, port })).rejects.toThrow('EADDRINUSE');
    await upgrades.close();
  });

  it('is gone when the door is closed, and handshakes under way are answered with 503', async () => {
    const begun = new Inbox<Handshake>('handshake');
    const { upgrades, port } = await listening({
      options: {
        authenticate: (handshake) => {
          begun.put(handshake);
          return new Promise(() => undefined);
        },
      },
    });
    const idle = await RawClient.connect(port);
    const answer = ask(port, '/ws/a');
    const { signal } = await begun.next();
    await within('the end of the server', upgrades.close());
    expect(signal.aborted).toBe(true);
    expect((await answer).status).toBe(503);
    await idle.ended;
    const late = connect({ port, host: '127.0.0.1' });
    await within('a refused connection', new Promise((resolve) => late.once('error', resolve)));
  });
});
