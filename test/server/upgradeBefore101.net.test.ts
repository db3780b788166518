import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SUBPROTOCOL } from '../../src/protocol/topicFrames.ts';
import type { Handshake, Principal } from '../../src/server/options.ts';
import type { Refusal } from '../../src/server/refusal.ts';
import { Inbox, within, withResolvers } from '../fixtures/events.ts';
import { clientFrame, RawClient } from './rawClient.ts';
import { TEXT, PATH, TODAY, turn, attached, ask } from './upgradeDoor.ts';

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
      at: expect.stringMatching(/^at .+upgradeBefore101\.net\.test/u) as unknown,
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
