import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { InspectionEvent } from 'xstate';
import type { Attempt, ConnectionEvents, ConnectionOptions } from '../../src/index.ts';
import type { FakeNodeSocket, FakePeer } from '../../src/testing/index.ts';
import { connectionOver } from '../fixtures/connections.ts';
import { eventsOf, nextEvent, pathOf, withResolvers } from '../fixtures/events.ts';
import { playedConnection } from '../fixtures/played.ts';
import { startRefusingServer, startServer } from '../fixtures/server.ts';
import { collectTexts, inspectedEvents } from '../fixtures/texts.ts';

type Authenticate = NonNullable<ConnectionOptions['authenticate']>;

/** Notes what it is asked for, and gives `token 1`, `token 2` and so on. */
function provider() {
  const asked: Parameters<Authenticate>[0][] = [];
  const authenticate: Authenticate = (attempt) => `token ${asked.push(attempt)}`;
  return { asked, authenticate, reasons: () => asked.map(({ attempt, reason }) => `${attempt} ${reason}`) };
}

describe('the credential', () => {
  test.each([
    ['at once', (credential: unknown) => credential],
    ['as a promise', (credential: unknown) => Promise.resolve(credential)],
  ])('given %s reaches url, protocols, createSocket and greet as it is', async (_, given) => {
    const credential = { token: 'secret' };
    const seen: unknown[] = [];
    const see = (what: string, attempt: { credential?: unknown }) => void seen.push([what, attempt.credential]);
    const { connection, peer, settle } = playedConnection({
      authenticate: () => given(credential),
      url: (attempt) => {
        see('url', attempt);
        return `ws://peer.test/?token=${(attempt.credential as typeof credential).token}`;
      },
      protocols: (attempt) => {
        see('protocols', attempt);
        return ['chat.v1', `token.${(attempt.credential as typeof credential).token}`];
      },
      createSocket: (url, protocols, attempt) => {
        see('createSocket', attempt);
        return new peer.WebSocket(url, protocols);
      },
      greet: (greeting) => see('greet', greeting),
    });

    connection.connect();
    await settle();
    expect(peer.socket.url).toBe('ws://peer.test/?token=secret');
    expect(peer.socket.protocols).toEqual(['chat.v1', 'token.secret']);
    peer.accept();

    expect(connection.state).toBe('open');
    expect(seen.map((pair) => (pair as unknown[])[0])).toEqual(['url', 'protocols', 'createSocket', 'greet']);
    for (const pair of seen) expect((pair as unknown[])[1]).toBe(credential);
  });

  test('is awaited before url and protocols are asked', async () => {
    const { promise, resolve } = withResolvers<string>();
    const order: string[] = [];
    const { connection, peer, settle } = playedConnection({
      authenticate: () => {
        order.push('authenticate');
        return promise;
      },
      url: () => {
        order.push('url');
        return 'ws://peer.test/';
      },
      protocols: () => {
        order.push('protocols');
        return [];
      },
    });

    connection.connect();
    await settle();
    expect(order).toEqual(['authenticate']);
    expect(pathOf(connection.getSnapshot().value)).toBe('connecting.resolving');
    resolve('token');
    await settle();

    expect(order).toEqual(['authenticate', 'url', 'protocols']);
    expect(peer.sockets).toHaveLength(1);
  });

  test('may be none: url, protocols and greet are then given undefined', async () => {
    const seen: unknown[] = [];
    const { connection, peer, settle } = playedConnection({
      authenticate: () => undefined,
      url: (attempt) => {
        seen.push(attempt.credential);
        return 'ws://peer.test/';
      },
      greet: ({ credential }) => void seen.push(credential),
    });
    connection.connect();
    await settle();
    peer.accept();

    expect(connection.state).toBe('open');
    expect(seen).toEqual([undefined, undefined]);
  });

  test('is asked for anew at every attempt, once, with its number and reason, and never mixed up', async () => {
    const { asked, authenticate, reasons } = provider();
    const dialled: unknown[] = [];
    const greeted: unknown[] = [];
    const { connection, peer, settle, returns } = playedConnection({
      authenticate,
      url: ({ credential }) => {
        dialled.push(credential);
        return 'ws://peer.test/';
      },
      greet: ({ credential }) => void greeted.push(credential),
      heartbeat: false,
    });

    connection.connect();
    await settle();
    peer.accept();
    peer.close(1012);
    await returns();
    peer.close(4401);
    await returns();
    connection.reconnect();
    peer.close(1000);
    await settle();
    peer.accept();
    connection.disconnect();
    peer.close(1000);
    connection.connect();
    await settle();
    peer.accept();

    expect(reasons()).toEqual(['0 first', '1 retry', '2 unauthorized', '2 reconnect', '0 first']);
    expect(dialled).toEqual(['token 1', 'token 2', 'token 3', 'token 4', 'token 5']);
    expect(greeted).toEqual(dialled);
    expect(asked.every((attempt) => !('credential' in attempt))).toBe(true);
  });

  test('is not asked for before connect(), nor while open', async () => {
    const { authenticate, reasons } = provider();
    const { connection, clock, peer, settle } = playedConnection({ authenticate, heartbeat: false });
    connection.send('held');
    await settle();
    expect(reasons()).toEqual([]);

    connection.connect();
    await settle();
    peer.accept();
    connection.send('sent');
    connection.connect();
    await clock.advanceAsync(60_000);

    expect(reasons()).toEqual(['0 first']);
  });
});

describe('authenticate that fails', () => {
  const wrong = new Error('the login server is away');

  test.each<[string, Authenticate]>([
    ['rejects', () => Promise.reject(wrong)],
    [
      'throws',
      () => {
        throw wrong;
      },
    ],
  ])('because it %s is a failed attempt: nothing is dialled, and the next one may open', async (_, failing) => {
    const asked: string[] = [];
    const { connection, peer, settle, returns } = playedConnection({
      authenticate: (attempt) => (attempt.attempt === 0 ? failing(attempt) : 'token'),
      url: ({ attempt, credential }) => {
        asked.push(`${attempt} ${String(credential)}`);
        return 'ws://peer.test/';
      },
    });

    connection.connect();
    await settle();
    expect(peer.sockets).toEqual([]);
    expect(asked).toEqual([]);
    expect(connection.explain()).toBe(
      'attempt 1 of 30, next in 1 s, because a provider of credential, url or protocols failed',
    );
    await returns();

    expect(connection.state).toBe('open');
    expect(asked).toEqual(['1 token']);
  });

  test.each([
    ['rejects', () => Promise.reject(wrong), wrong],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what is not an error happens, too
    ['rejects with nothing', () => Promise.reject(), undefined],
  ])("and %s for good is 'attempts-exhausted', with what it said beneath", async (_, authenticate, cause) => {
    const { connection, clock } = playedConnection({ authenticate, retry: { baseMs: 10, maxAttempts: 2 } });
    const failed = eventsOf(connection, 'failed');
    connection.connect();
    await clock.advanceAsync(1_000);

    expect(failed).toHaveLength(1);
    expect(failed[0]?.error).toMatchObject({ code: 'attempts-exhausted', cause: { code: 'provider-failed' } });
    expect((failed[0]?.error.cause as Error).cause).toBe(cause);
    await clock.advanceAsync(0);
    connection.connect();
    expect(connection.state).toBe('connecting');
  });

  test('in transport mode is the end', async () => {
    const { connection, settle } = playedConnection({ authenticate: () => Promise.reject(wrong), reconnect: false });
    const failed = eventsOf(connection, 'failed');
    connection.connect();
    await settle();
    expect(failed[0]?.error).toMatchObject({ code: 'provider-failed', cause: wrong });
  });

  test('and never answers runs into connectTimeoutMs; its late answer is ignored, and nobody is asked in its name', async () => {
    const answers = [withResolvers<string>(), withResolvers<string>()];
    const signals: AbortSignal[] = [];
    const asked: unknown[] = [];
    const { connection, clock, peer, settle } = playedConnection({
      authenticate: ({ signal }) => answers[signals.push(signal) - 1]?.promise,
      url: ({ credential }) => {
        asked.push(credential);
        return 'ws://peer.test/';
      },
      connectTimeoutMs: 3_000,
    });
    connection.connect();
    await clock.advanceAsync(2_999);
    expect(connection.state).toBe('connecting');
    await clock.advanceAsync(1);
    expect(connection.explain()).toContain('because the connection was not open within 3 s');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);

    await clock.advanceAsync(1_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    answers[0]?.resolve('stale');
    await settle();
    expect([asked, peer.sockets.length]).toEqual([[], 0]);
    answers[1]?.resolve('fresh');
    await settle();

    expect([asked, peer.sockets.length]).toEqual([['fresh'], 1]);
    peer.accept();
    expect(connection.state).toBe('open');
  });

  test('is never mixed up with that of another attempt, also where its address comes late', async () => {
    const late = withResolvers<string>();
    const { authenticate } = provider();
    const greeted: unknown[] = [];
    const { connection, clock, peer, settle } = playedConnection({
      authenticate,
      url: ({ attempt }) => (attempt === 0 ? late.promise : 'ws://peer.test/second'),
      greet: ({ credential }) => void greeted.push(credential),
      connectTimeoutMs: 3_000,
    });
    connection.connect();
    await clock.advanceAsync(3_000);
    await clock.advanceAsync(1_000);
    late.resolve('ws://peer.test/first');
    await settle();
    peer.accept();

    expect([connection.state, peer.socket.url, greeted]).toEqual(['open', 'ws://peer.test/second', ['token 2']]);
  });

  test('late is no unhandled rejection', async () => {
    const { promise, reject } = withResolvers();
    const { connection, settle } = playedConnection({ authenticate: () => promise });
    connection.connect();
    connection.disconnect();
    reject(wrong);
    await settle();
    expect(connection.state).toBe('closed');
  });
});

describe('its signal', () => {
  test.each(['disconnect', 'reconnect', 'dispose'] as const)(
    'is aborted by %s(), and its late answer leads nowhere',
    async (leave) => {
      const { promise, resolve } = withResolvers<string>();
      const signals: AbortSignal[] = [];
      const urls: unknown[] = [];
      const { connection, peer, settle } = playedConnection({
        authenticate: ({ signal }) => (signals.push(signal) === 1 ? promise : 'second'),
        url: ({ credential }) => {
          urls.push(credential);
          return 'ws://peer.test/';
        },
      });
      connection.connect();
      expect(signals[0]?.aborted).toBe(false);

      connection[leave]();
      expect(signals[0]?.aborted).toBe(true);
      resolve('late');
      await settle();

      const isBack = leave === 'reconnect';
      expect(urls).toEqual(isBack ? ['second'] : []);
      expect(peer.sockets).toHaveLength(isBack ? 1 : 0);
      expect(signals.slice(1).map(({ aborted }) => aborted)).toEqual(isBack ? [false] : []);
    },
  );

  test.each(['disconnect', 'dispose'] as const)(
    'is aborted by a %s() that authenticate itself calls',
    async (leave) => {
      const signals: AbortSignal[] = [];
      const { connection, clock, peer } = playedConnection({
        authenticate: ({ signal }) => {
          signals.push(signal);
          connection[leave]();
          return 'token';
        },
      });
      connection.connect();
      await clock.advanceAsync(60_000);
      expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
      expect(peer.sockets).toEqual([]);
      expect(connection.send('late')).toBe('rejected');
    },
  );

  test.each<[string, (peer: FakePeer<FakeNodeSocket>) => void]>([
    ['the handshake fails', (peer) => peer.close(1006)],
    ['the upgrade is refused', (peer) => peer.refuse(500)],
  ])('is aborted where %s', async (_, end) => {
    const { asked, authenticate } = provider();
    const { connection, peer, settle } = playedConnection({ authenticate });
    connection.connect();
    await settle();
    expect(asked[0]?.signal.aborted).toBe(false);
    end(peer);
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  test('is left alone once the connection is open, whatever becomes of it later', async () => {
    const { asked, authenticate } = provider();
    const { connection, peer, settle, returns } = playedConnection({ authenticate, heartbeat: false });
    connection.connect();
    await settle();
    peer.accept();
    peer.close(1012);
    await returns();
    connection.disconnect();
    peer.close(1000);

    expect(asked.map(({ signal }) => signal.aborted)).toEqual([false, false]);
  });
});

describe('a credential that is refused', () => {
  test("with 4401 is asked for again with the reason 'unauthorized'; a second refusal before stableAfterMs is the end", async () => {
    const { authenticate, reasons } = provider();
    const { connection, peer, settle, returns } = playedConnection({ authenticate, heartbeat: false });
    const failed = eventsOf(connection, 'failed');
    connection.send('kept');
    connection.connect();
    await settle();
    peer.accept();
    peer.close(4401, 'token expired');
    expect(connection.explain()).toBe(
      'attempt 1 of 30, next in 1 s, because the peer closed with 4401 "token expired"',
    );
    await returns();
    peer.close(4401, 'no such user');

    expect(reasons()).toEqual(['0 first', '1 unauthorized']);
    expect(failed).toHaveLength(1);
    expect(failed[0]?.error).toMatchObject({
      code: 'unauthorized',
      cause: { code: 4401, reason: 'no such user', wasClean: true },
    });
    expect(connection.explain()).toContain('the credentials were refused (the peer closed with 4401 "no such user")');
    connection.connect();
    await settle();
    expect(reasons().at(-1)).toBe('0 first');
  });

  test('after stableAfterMs in open may be refreshed again', async () => {
    const { authenticate, reasons } = provider();
    const { connection, clock, peer, settle, returns } = playedConnection({ authenticate, heartbeat: false });
    connection.connect();
    await settle();
    peer.accept();
    peer.close(4401);
    await returns();
    await clock.advanceAsync(5_000);
    peer.close(4401);
    expect(connection.state).toBe('backoff');
    await returns();
    await clock.advanceAsync(4_999);
    peer.close(4401);

    expect(connection.state).toBe('failed');
    expect(reasons()).toEqual(['0 first', '1 unauthorized', '1 unauthorized']);
  });

  test("stays 'unauthorized' until a socket has opened with a fresh one", async () => {
    const reasons: string[] = [];
    const { connection, clock, peer, settle } = playedConnection({
      authenticate: ({ reason }) => {
        reasons.push(reason);
        if (reasons.length === 2) throw new Error('the login server is away');
        return 'token';
      },
    });
    connection.connect();
    await settle();
    peer.accept();
    peer.close(4401);
    await clock.advanceAsync(1_000);
    await clock.advanceAsync(1_000);

    expect(reasons).toEqual(['first', 'unauthorized', 'unauthorized']);
  });

  test('in transport mode is a loss like any other', async () => {
    const { authenticate, reasons } = provider();
    const { connection, peer, settle } = playedConnection({ authenticate, reconnect: false });
    const failed = eventsOf(connection, 'failed');
    connection.connect();
    await settle();
    peer.accept();
    peer.close(4401);
    expect(failed[0]?.error).toMatchObject({ code: 'closed', cause: { code: 4401 } });
    expect(reasons()).toEqual(['0 first']);
  });
});

test('the credential is in no context, event, record, snapshot, sentence, error or inspection event', async () => {
  const inspected: InspectionEvent[] = [];
  const { connection, peer, settle, returns } = playedConnection({
    authenticate: () => ({ token: 'hunter2' }),
    url: () => 'ws://peer.test/?token=hunter2',
    protocols: () => ['chat.v1', 'token.hunter2'],
    greet: async ({ send, receive, credential }) => {
      send({ login: (credential as { token: string }).token });
      await receive();
    },
    inspect: (event) => inspected.push(event),
  });
  const texts = new Set<string>();
  const names = 'state opened lost retrying closed failed outcome dropped outbox heartbeat warned'.split(' ');
  for (const name of names) connection.on(name as keyof ConnectionEvents, (event) => collectTexts(event, texts));
  const look = () => {
    collectTexts(JSON.parse(JSON.stringify(connection.actor.getPersistedSnapshot())), texts);
    collectTexts([connection.history(), connection.explain(), connection.stats()], texts);
  };

  connection.connect();
  await settle();
  peer.accept('chat.v1');
  look();
  peer.send('"welcome"');
  await settle();
  look();
  expect(connection.state).toBe('open');
  peer.close(4401);
  look();
  await returns();
  peer.close(4401);
  await settle();
  look();

  expect(connection.state).toBe('failed');
  expect(peer.received).toContain('{"login":"hunter2"}');
  const happened = connection.history().map(({ event }) => event);
  expect(happened).toContain('socket.greeted');
  expect(inspectedEvents(inspected)).toEqual(expect.arrayContaining(happened));
  for (const event of inspected) collectTexts(event, texts);
  expect([...texts].filter((text) => text.includes('hunter2'))).toEqual([]);
});

describe('over `ws`', () => {
  test('a stale token in a header is refused with 401 before the upgrade, and a fresh one opens', async () => {
    const authorized = 'Bearer token 2';
    const server = await startServer(undefined, {
      verifyClient: ({ req }, done) => done(req.headers.authorization === authorized, 401),
    });
    const { authenticate, reasons } = provider();
    const connection = connectionOver({
      url: server.url,
      authenticate,
      createSocket: (url, protocols, { credential }) =>
        new WebSocket(url, protocols ?? [], { headers: { Authorization: `Bearer ${String(credential)}` } }),
    });
    connection.send('held');

    await connection.connect().opened();

    const peer = await server.nextPeer();
    expect(peer.request.headers.authorization).toBe(authorized);
    expect(await peer.nextText()).toBe('held');
    expect(reasons()).toEqual(['0 first', '1 unauthorized']);
  });

  test("HTTP 401 twice is 'unauthorized': the credential is asked for twice, and no more", async () => {
    const { url, asked } = await startRefusingServer(401);
    const { authenticate, reasons } = provider();
    const connection = connectionOver({ url, authenticate });
    const failed = nextEvent(connection, 'failed');
    connection.connect();

    expect((await failed).error).toMatchObject({ code: 'unauthorized', cause: { code: 4401, reason: 'HTTP 401' } });
    expect(reasons()).toEqual(['0 first', '1 unauthorized']);
    expect(asked.count).toBe(2);
  });

  test('HTTP 403 is the end: no other credential is asked for', async () => {
    const { url, asked } = await startRefusingServer(403);
    const { authenticate, reasons } = provider();
    const connection = connectionOver({ url, authenticate });
    const failed = nextEvent(connection, 'failed');
    connection.connect();

    expect((await failed).error).toMatchObject({ code: 'fatal-close', cause: { code: 4403, reason: 'HTTP 403' } });
    expect(reasons()).toEqual(['0 first']);
    expect(asked.count).toBe(1);
  });

  test.each([429, 503])(
    'HTTP %i is no refusal of the credential: it is asked for after Retry-After, as for any retry',
    async (status) => {
      const busy = await startRefusingServer(status, { 'Retry-After': '7' });
      const server = await startServer();
      const { authenticate, reasons } = provider();
      const { connection, clock } = playedConnection({
        WebSocket,
        authenticate,
        url: ({ attempt }: Attempt) => (attempt === 0 ? busy.url : server.url),
      });
      const planned = nextEvent(connection, 'retrying');
      connection.connect();
      expect((await planned).delayMs).toBe(7_000);
      clock.advance(6_999);
      expect(reasons()).toEqual(['0 first']);
      clock.advance(1);
      await connection.opened();

      expect(reasons()).toEqual(['0 first', '1 retry']);
    },
  );

  test('a browser sees no status: a refused upgrade asks for no fresh credential', async () => {
    const { authenticate, reasons } = provider();
    const { connection, peer, settle, returns } = playedConnection({ authenticate });
    connection.connect();
    await settle();
    peer.fail(new Error('401'));
    await returns();
    expect(reasons()).toEqual(['0 first', '1 retry']);
  });
});
