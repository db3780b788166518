import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ConnectionOptions, Environment } from '../../src/index.ts';
import { connectionOver } from '../fixtures/connections.ts';
import { eventsOf, nextEvent, pathOf, reached, withResolvers } from '../fixtures/events.ts';
import { playedConnection, type Played } from '../fixtures/played.ts';
import { startServer } from '../fixtures/server.ts';
import { stopForRevival } from '../fixtures/strictMode.ts';

type Greet = NonNullable<ConnectionOptions<unknown, unknown>['greet']>;
type Greeting = Parameters<Greet>[0];

/** Says hello, and waits for one message. */
const login: Greet = async ({ send, receive }) => {
  send('hello');
  await receive();
};

/** Greetings that the test leads by hand: the newest, or the nth from 0. One is over when it is left or refused. */
function handLed() {
  const greetings: Greeting[] = [];
  const ends: ReturnType<typeof withResolvers<void>>[] = [];
  const greet: Greet = (greeting) => {
    greetings.push(greeting);
    const end = withResolvers();
    ends.push(end);
    return end.promise;
  };
  return {
    greet,
    greetings,
    greeting: () => greetings.at(-1) as Greeting,
    leave: (index = -1) => ends.at(index)?.resolve(),
    refuse: (reason: unknown) => ends.at(-1)?.reject(reason),
  };
}

/** Dialled, accepted by the peer, and by default in greeting. */
function greeted(options: Partial<ConnectionOptions<unknown, unknown>>): Played {
  const played = playedConnection(options);
  played.connection.connect();
  played.peer.accept();
  return played;
}

const leafOf = ({ connection }: Pick<Played, 'connection'>): string => pathOf(connection.getSnapshot().value);

/** Promises that were rejected and that nobody heard. */
function unheardRejections(): unknown[] {
  const seen: unknown[] = [];
  const hear = (reason: unknown) => void seen.push(reason);
  process.on('unhandledRejection', hear);
  onTestFinished(() => void process.off('unhandledRejection', hear));
  return seen;
}
/** Node tells of unheard rejections after a turn of the event loop. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the frames of greet go first', () => {
  test('before the ping and what waits; then the ping, then the outbox in its order', async () => {
    const played = playedConnection({ greet: login });
    const { connection, peer, wire, settle } = played;
    connection.send('one');
    connection.send('two');
    connection.connect();
    peer.accept();
    expect(leafOf(played)).toBe('connecting.greeting');
    expect(wire).toEqual(['0 hello']);
    connection.send('three');
    await settle();
    expect(wire).toEqual(['0 hello']);
    expect(connection.stats().outbox.messages).toBe(3);

    peer.send('"welcome"');
    await settle();

    expect(leafOf(played)).toBe('open.probing');
    expect(wire.filter((entry) => entry !== '0 ping')).toEqual(['0 hello', '0 one', '0 two', '0 three']);
    expect(wire).toContain('0 ping');
  });

  test.each<[string, Greet]>([
    ['returns nothing', ({ send }) => send('hello')],
    ['is async and waits for nothing', async ({ send }) => Promise.resolve(send('hello'))],
    [
      'returns a thenable',
      ({ send }) => ({ then: (done: () => void) => (send('hello'), done()) }) as unknown as Promise<void>,
    ],
  ])('also where greet %s', async (_, greet) => {
    const played = playedConnection({ greet, heartbeat: false });
    played.connection.send('held');
    played.connection.connect();
    played.peer.accept();
    await played.settle();
    expect(played.wire).toEqual(['0 hello', '0 held']);
    expect(leafOf(played)).toBe('open.quiet');
  });

  test('a greet that waits for nothing opens at once, without a turn of the event loop', () => {
    const { connection } = greeted({ greet: ({ send }) => send('hello') });
    expect(connection.state).toBe('open');
  });

  test('on every new socket; after a loss the proof comes behind the greeting, and the outbox behind the proof', async () => {
    const played = greeted({ greet: login });
    const { connection, clock, peer, wire, settle } = played;
    peer.send('"welcome"');
    await settle();
    peer.pong();
    expect(leafOf(played)).toBe('open.quiet');
    peer.close(1012);
    connection.send('held');

    clock.advance(1_000);
    peer.accept();
    expect(leafOf(played)).toBe('connecting.greeting');
    expect(wire).toEqual(['0 hello', '0 ping', '1 hello']);
    peer.send('"welcome"');
    await settle();
    expect(leafOf(played)).toBe('connecting.proving');
    expect(wire).toEqual(['0 hello', '0 ping', '1 hello', '1 ping']);
    peer.pong();

    expect(connection.state).toBe('open');
    expect(wire.slice(4)).toContain('1 held');
    expect(wire.filter((entry) => entry === '1 hello')).toHaveLength(1);
  });

  test('what the codec makes of them', () => {
    const { wire } = greeted({ greet: ({ send }) => send({ type: 'subscribe', to: ['tea'] }) });
    expect(wire[0]).toBe('0 {"type":"subscribe","to":["tea"]}');
  });

  test('what the application sends meanwhile is held, also by greet itself, and comes after them', async () => {
    const { connection, peer, wire, settle } = playedConnection({
      greet: async ({ send, receive }) => {
        expect(connection.send('by the application, 1')).toBe('queued');
        send('hello');
        await receive();
        expect(connection.send('by the application, 2')).toBe('queued');
        send('subscribe');
      },
      heartbeat: false,
    });
    connection.connect();
    peer.accept();
    peer.send('"welcome"');
    await settle();
    expect(wire).toEqual(['0 hello', '0 subscribe', '0 by the application, 1', '0 by the application, 2']);
  });

  test('they are no messages: they have no outcome, and no confirmation repeats them', async () => {
    const { connection, clock, peer, wire, settle } = greeted({ greet: login, confirm: 'ping' });
    const outcomes = eventsOf(connection, 'outcome');
    connection.send('kept');
    peer.send('"welcome"');
    await settle();
    peer.close(1012);
    clock.advance(1_000);
    peer.accept();
    peer.send('"welcome"');
    await settle();
    expect(connection.stats().outbox).toMatchObject({ messages: 1, uncovered: 1 });
    while (peer.pong());
    await clock.advanceAsync(1_000);

    const frames = wire.filter((entry) => !entry.endsWith('ping'));
    expect(frames).toEqual(['0 hello', '0 kept', '1 hello', '1 kept']);
    expect(outcomes.map(({ message, outcome }) => [message, outcome])).toEqual([['kept', 'confirmed']]);
  });
});

describe('receive()', () => {
  test('gives the decoded messages of the peer in order, however they come, and no listener sees them', async () => {
    const received: unknown[] = [];
    const { connection, peer, settle } = playedConnection({
      greet: async ({ receive }) => {
        received.push(await receive());
        const [second, third] = [receive(), receive()];
        received.push(await third, await second);
        received.push(await receive());
      },
    });
    const heard = eventsOf(connection, 'message');
    const parent: unknown[] = [];
    connection.actor.on('message', (event) => parent.push(event));
    connection.connect();
    peer.accept();
    peer.send('{"n":1}');
    await settle();
    for (const n of [2, 3, 4]) peer.send(`{"n":${n}}`);
    await settle();

    expect(received).toEqual([{ n: 1 }, { n: 3 }, { n: 2 }, { n: 4 }]);
    expect(connection.state).toBe('open');
    expect([heard, parent]).toEqual([[], []]);
    expect(connection.stats().received.messages).toBe(4);
  });

  test('leaves the rest to the listeners: after the greeting, in order, none twice, before what comes next', async () => {
    const { connection, peer, settle } = playedConnection({ greet: login });
    const heard: unknown[] = [];
    connection.on('state', ({ state }) => heard.push(state));
    connection.onMessage((message, event) => heard.push([message, (event as { data: unknown }).data]));
    connection.connect();
    peer.accept();
    for (const n of [1, 2, 3]) peer.send(String(n));
    await settle();
    peer.send('4');

    const messages = [2, 3, 4].map((n) => [n, String(n)]);
    expect(heard).toEqual(['connecting', 'open', ...messages]);
    expect(connection.stats().received.messages).toBe(4);
  });

  test('leaves it to the listeners also where a proof is still to come', async () => {
    const played = greeted({ greet: login });
    const { connection, clock, peer, settle } = played;
    peer.send('"welcome"');
    await settle();
    peer.pong();
    peer.close(1012);
    const heard = eventsOf(connection, 'message');
    clock.advance(1_000);
    peer.accept();
    peer.send('"welcome"');
    peer.send('"news"');
    await settle();
    expect(leafOf(played)).toBe('connecting.proving');
    expect(heard).toEqual([{ message: 'news' }]);
  });

  test.each(['disconnect', 'reconnect', 'dispose'] as const)(
    'leaves nothing to listeners that call %s()',
    async (leave) => {
      for (const name of ['opened', 'message'] as const) {
        const { connection, peer, settle } = playedConnection({ greet: login });
        const heard: unknown[] = [];
        connection.onMessage((message) => heard.push(message));
        connection.on(name, () => connection[leave]());
        connection.connect();
        peer.accept();
        for (const n of [1, 2, 3]) peer.send(String(n));
        await settle();
        expect([name, heard]).toEqual([name, name === 'opened' ? [] : [2]]);
      }
    },
  );

  test('never sees a frame that is no message: that goes to `invalid`, once', async () => {
    const { greet, greeting, leave } = handLed();
    const { connection, peer, settle } = playedConnection({ greet });
    const invalid = eventsOf(connection, 'invalid');
    const warned = eventsOf(connection, 'warned');
    connection.connect();
    peer.accept();
    const received = greeting().receive();
    peer.send('no JSON');
    peer.send('"a message"');
    peer.send('no JSON either');
    expect(await received).toBe('a message');
    leave();
    await settle();

    expect(connection.state).toBe('open');
    expect(invalid.map(({ data }) => data)).toEqual(['no JSON', 'no JSON either']);
    expect(warned.map(({ code }) => code)).toContain('not-json');
  });

  test("rejects with 'closed' where the socket closes, and where it was not awaited nothing is unhandled", async () => {
    const unheard = unheardRejections();
    const { greet, greeting } = handLed();
    const { connection, peer, settle } = greeted({ greet });
    const pending = [greeting().receive(), greeting().receive()];
    void greeting().receive();

    peer.close(1012);

    for (const promise of pending) await expect(promise).rejects.toMatchObject({ code: 'closed' });
    await expect(greeting().receive()).rejects.toMatchObject({ code: 'closed' });
    void greeting().receive();
    await settle();
    await turn();
    expect(unheard).toEqual([]);
    expect(connection.explain()).toContain('because the peer closed with 1012');
  });

  test('more than 1,024 messages that nobody receives are a failed greeting', async () => {
    const { greet, greeting } = handLed();
    const { connection, peer } = greeted({ greet, reconnect: false });
    const failed = eventsOf(connection, 'failed');
    for (let n = 0; n < 1_024; n++) peer.send(String(n));
    expect(await greeting().receive()).toBe(0);
    peer.send('1024');
    expect(connection.state).toBe('connecting');
    peer.send('1025');

    expect(failed[0]?.error).toMatchObject({
      code: 'greet-failed',
      cause: { code: 'greet-failed', cause: { code: 'slow-consumer' } },
    });
    await expect(greeting().receive()).rejects.toMatchObject({ code: 'closed' });
  });

  test('up to 1,024 of them reach the listeners', async () => {
    const { greet, leave } = handLed();
    const { connection, peer, settle } = greeted({ greet });
    const heard = eventsOf(connection, 'message');
    for (let n = 0; n < 1_024; n++) peer.send(String(n));
    leave();
    await settle();
    expect(heard.map(({ message }) => message)).toEqual(Array.from({ length: 1_024 }, (_, n) => n));
  });
});

describe('a greeting that fails', () => {
  const wrong = new Error('wrong password');

  test.each<[string, Greet, unknown]>([
    ['rejects', () => Promise.reject(wrong), wrong],
    [
      'throws',
      () => {
        throw wrong;
      },
      wrong,
    ],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what is not an error happens, too
    ['rejects with nothing', () => Promise.reject(), undefined],
    [
      'throws nothing',
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what is not an error happens, too
        throw undefined;
      },
      undefined,
    ],
  ])(
    'because greet %s is a failed attempt, its socket is left, and the next one may open',
    async (_, failing, cause) => {
      let count = 0;
      const played = playedConnection({
        greet: (greeting) => (count++ < 2 ? failing(greeting) : undefined),
        retry: { baseMs: 1_000, jitter: 'none', maxAttempts: 1 },
        heartbeat: false,
      });
      const { connection, peer, wire, settle, returns } = played;
      const failed = eventsOf(connection, 'failed');
      const lost = eventsOf(connection, 'lost');
      connection.send('held');
      connection.connect();
      peer.accept();
      await settle();
      expect(connection.explain()).toBe('attempt 1 of 1, next in 1 s, because the greeting was refused');
      expect(peer.live).toBe(0);
      await returns();
      expect(failed[0]?.error).toMatchObject({ code: 'attempts-exhausted', cause: { code: 'greet-failed' } });
      expect((failed[0]?.error.cause as Error).cause).toBe(cause);

      connection.connect();
      peer.accept();
      expect(connection.state).toBe('open');
      expect(wire).toEqual(['2 held']);
      expect(lost).toEqual([]);
    },
  );

  test("in transport mode is 'greet-failed'", async () => {
    const { connection, settle } = greeted({ greet: () => Promise.reject(wrong), reconnect: false });
    const failed = eventsOf(connection, 'failed');
    await settle();
    expect(failed[0]?.error).toMatchObject({ code: 'greet-failed', cause: { cause: wrong } });
    expect(failed[0]?.error.message).toContain('the greeting was refused');
  });

  test('leaves nothing that was not received to the listeners: there was no connection', async () => {
    const { greet, refuse } = handLed();
    const { connection, peer, settle } = greeted({ greet });
    const heard = eventsOf(connection, 'message');
    peer.send('"unread"');
    refuse(wrong);
    await settle();
    expect([connection.state, heard]).toEqual(['backoff', []]);
  });

  test('by a message that the codec refuses has that as its cause, and nothing leaves', () => {
    const played = playedConnection({ greet: ({ send }) => send(1n), reconnect: false });
    const failed = eventsOf(played.connection, 'failed');
    played.connection.connect();
    played.peer.accept();
    expect(failed[0]?.error).toMatchObject({
      code: 'greet-failed',
      cause: { cause: { code: 'invalid-option', cause: expect.any(TypeError) as Error } },
    });
    expect(played.wire).toEqual([]);
  });

  test('by never ending: connectTimeoutMs is for it, too', async () => {
    const { greet, greeting } = handLed();
    const played = greeted({ greet, connectTimeoutMs: 3_000 });
    const { connection, clock, peer } = played;
    const pending = greeting().receive();
    await clock.advanceAsync(2_999);
    expect(leafOf(played)).toBe('connecting.greeting');
    expect(greeting().signal.aborted).toBe(false);
    await clock.advanceAsync(1);

    expect(connection.explain()).toContain('because nothing opened within 3 s');
    expect(greeting().signal.aborted).toBe(true);
    expect(peer.live).toBe(0);
    await expect(pending).rejects.toMatchObject({ code: 'closed' });
  });

  test('late changes nothing: not the next attempt, and not a connection that is open', async () => {
    const first = withResolvers();
    let count = 0;
    const played = greeted({
      greet: () => (count++ === 0 ? first.promise : undefined),
      connectTimeoutMs: 3_000,
      heartbeat: false,
    });
    const unheard = unheardRejections();
    await played.clock.advanceAsync(3_000);
    await played.returns();
    expect(played.connection.state).toBe('open');
    first.reject(wrong);
    await played.settle();
    await turn();
    expect([played.connection.state, played.peer.sockets.length, unheard]).toEqual(['open', 2, []]);
  });

  test('late success does not open the attempt that came after it', async () => {
    const hand = handLed();
    const played = greeted({ greet: hand.greet, connectTimeoutMs: 3_000 });
    const { clock, peer, settle } = played;
    clock.advance(3_000);
    clock.advance(1_000);
    peer.accept();
    hand.leave(0);
    await settle();
    expect(leafOf(played)).toBe('connecting.greeting');
    hand.leave();
    await settle();
    expect(leafOf(played)).toBe('open.probing');
  });
});

describe('a peer that closes in greeting', () => {
  test('with 4401 asks for a fresh credential, once', async () => {
    const asked: string[] = [];
    const greetedWith: unknown[] = [];
    const played = playedConnection({
      authenticate: ({ attempt, reason }) => `token ${asked.push(`${attempt} ${reason}`)}`,
      greet: async ({ send, receive, credential }) => {
        greetedWith.push(credential);
        send({ login: credential });
        await receive();
      },
    });
    const { connection, peer, settle, returns } = played;
    const failed = eventsOf(connection, 'failed');
    connection.connect();
    await settle();
    peer.accept();
    await settle();
    peer.close(4401, 'expired');
    await settle();
    expect(connection.explain()).toContain('because the peer closed with 4401 "expired"');
    await returns();
    expect(greetedWith).toEqual(['token 1', 'token 2']);
    expect(asked).toEqual(['0 first', '1 unauthorized']);
    peer.close(4401, 'expired');
    await settle();

    expect(failed.map(({ error }) => error)).toMatchObject([{ code: 'unauthorized', cause: { code: 4401 } }]);
    expect(connection.stats().sockets).toBe(2);
  });

  test("with 4401, and nobody provides credentials, is 'unauthorized' at once", () => {
    const { connection, peer } = playedConnection({ greet: login });
    const failed = eventsOf(connection, 'failed');
    connection.connect();
    peer.accept();
    peer.close(4401);
    expect(failed[0]?.error).toMatchObject({ code: 'unauthorized', cause: { code: 4401 } });
  });

  test('with 1008 has said its last word', () => {
    const { connection, peer } = playedConnection({ greet: login });
    const failed = eventsOf(connection, 'failed');
    connection.connect();
    peer.accept();
    peer.close(1008, 'no such room');
    expect(failed[0]?.error).toMatchObject({ code: 'fatal-close', cause: { code: 1008, reason: 'no such room' } });
  });

  test('with a hint is dialled again when it asked for it; the close counts, not what receive() made of it', async () => {
    const { connection, peer, settle } = playedConnection({ greet: login });
    const retrying = eventsOf(connection, 'retrying');
    connection.connect();
    peer.accept();
    peer.close(1013, 'retry-after=7000');
    await settle();
    expect(retrying).toMatchObject([{ attempt: 1, delayMs: 7_000 }]);
    expect(connection.getSnapshot().context.trouble).toBe('closed');
  });

  test('right behind its answer, in one turn: the loss counts, and what greet sends after it throws', async () => {
    const thrown = vi.fn();
    const { connection, peer, settle } = greeted({
      greet: async ({ send, receive }) => {
        await receive();
        try {
          send('too late');
        } catch (error) {
          thrown(error);
        }
      },
    });
    peer.send('"welcome"');
    peer.close(1012);
    await settle();
    expect(connection.state).toBe('backoff');
    expect(thrown).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'closed' }));
  });
});

describe('the end of a greeting', () => {
  test("send() and receive() of one that is over throw and reject with 'closed', and nothing leaves", async () => {
    const { greet, greeting, leave } = handLed();
    const { connection, peer, wire, settle } = greeted({ greet, heartbeat: false });
    const pending = greeting().receive();
    leave();
    await settle();

    expect(connection.state).toBe('open');
    expect(() => greeting().send('late')).toThrow(expect.objectContaining({ code: 'closed' }));
    await expect(pending).rejects.toMatchObject({ code: 'closed' });
    await expect(greeting().receive()).rejects.toMatchObject({ code: 'closed' });
    const heard = eventsOf(connection, 'message');
    peer.send('"for the listeners"');
    expect(heard).toEqual([{ message: 'for the listeners' }]);
    expect(wire).toEqual([]);
  });

  test.each(['disconnect', 'dispose', 'reconnect'] as const)(
    '%s() ends it: the signal is aborted, receive() rejects, the socket is gone, and only reconnect() dials again',
    async (leave) => {
      const hand = handLed();
      const played = greeted({ greet: hand.greet });
      const { connection, clock, peer } = played;
      const [greeting] = hand.greetings;
      const pending = greeting?.receive();

      connection[leave]();

      await expect(pending).rejects.toMatchObject({ code: 'closed' });
      expect(greeting?.signal.aborted).toBe(true);
      expect(() => greeting?.send('late')).toThrow(expect.objectContaining({ code: 'closed' }));
      hand.leave();
      const isBack = leave === 'reconnect';
      expect(peer.live).toBe(isBack ? 1 : 0);
      await clock.advanceAsync(isBack ? 0 : 60_000);
      expect(peer.sockets).toHaveLength(isBack ? 2 : 1);
      expect(connection.isConnected).toBe(false);
      expect(played.wire).toEqual([]);
    },
  );

  test.each(['disconnect', 'dispose'] as const)(
    'so does a %s() that greet itself calls, at once or later',
    async (leave) => {
      for (const isLater of [false, true]) {
        const { connection, clock, peer, wire } = playedConnection({
          greet: async ({ send }) => {
            if (isLater) await Promise.resolve();
            connection[leave]();
            send('perhaps');
          },
        });
        connection.send('held');
        const outcomes = eventsOf(connection, 'outcome');
        connection.connect();
        peer.accept();
        await clock.advanceAsync(60_000);
        expect([peer.live, peer.sockets.length, connection.isConnected]).toEqual([0, 1, false]);
        expect(wire).not.toContain('0 held');
        expect(outcomes).toMatchObject([{ outcome: 'dropped', message: 'held' }]);
        expect(connection.send('late')).toBe('rejected');
      }
    },
  );

  test('page.left ends it; when the page is back, the next socket is greeted anew', async () => {
    let report: Parameters<Environment['start']>[0] = () => undefined;
    const environment: Environment = {
      start: (told) => {
        report = told;
        return () => undefined;
      },
    };
    const hand = handLed();
    const played = greeted({ greet: hand.greet, environment });
    const pending = hand.greeting().receive();
    report({ type: 'page.left' });

    expect(leafOf(played)).toBe('backoff.suspended');
    await expect(pending).rejects.toMatchObject({ code: 'closed' });
    expect(played.peer.live).toBe(0);
    report({ type: 'page.resumed' });
    played.peer.accept();
    expect(leafOf(played)).toBe('connecting.greeting');
    expect(hand.greetings.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  test('an actor that is stopped and started again in greeting, as StrictMode does, greets on a new socket', async () => {
    const hand = handLed();
    const played = greeted({ greet: hand.greet, heartbeat: false });
    const { connection, peer, wire, settle } = played;
    connection.send('held');
    const pending = hand.greeting().receive();

    stopForRevival(connection.actor);
    await expect(pending).rejects.toMatchObject({ code: 'closed' });
    connection.actor.start();
    expect(hand.greetings[0]?.signal.aborted).toBe(true);
    hand.leave(0);
    await settle();
    expect(leafOf(played)).toBe('connecting.handshaking');
    peer.accept();
    hand.greeting().send('hello again');
    hand.leave();
    await settle();

    expect(leafOf(played)).toBe('open.quiet');
    expect([wire, peer.live]).toEqual([['1 hello again', '1 held'], 1]);
  });

  test('its signal is left alone where it ends well, also by a loss after it', async () => {
    const { greet, greeting, leave } = handLed();
    const { peer, settle } = greeted({ greet, heartbeat: false });
    leave();
    await settle();
    peer.close(1012);
    expect(greeting().signal.aborted).toBe(false);
  });
});

test('greet has to be a function', () => {
  expect(() => playedConnection({ greet: 'hello' as never })).toThrow(
    expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining('greet') as string }),
  );
});

test('over `ws`: a server that wants a login first gets it first, on each of its sockets', async () => {
  const server = await startServer(({ socket }) => {
    socket.once('message', (data: Buffer) => {
      if (data.toString() !== '{"login":"fresh"}') return socket.close(4401, 'expired');
      // One chunk on the wire: the answer, and what is for the listeners.
      socket.send('{"welcome":true}');
      for (const n of [1, 2, 3]) socket.send(String(n));
    });
  });
  const connection = connectionOver({
    url: server.url,
    authenticate: ({ reason }) => (reason === 'first' ? 'stale' : 'fresh'),
    greet: async ({ send, receive, credential }) => {
      send({ login: credential });
      expect(await receive()).toEqual({ welcome: true });
    },
    confirm: 'ping',
  });
  const heard = eventsOf(connection, 'message');
  const confirmed = nextEvent(connection, 'outcome');
  connection.send('held');
  await connection.connect().opened();
  await confirmed;

  const refused = await server.nextPeer();
  expect(await refused.nextTexts(1)).toEqual(['{"login":"stale"}']);
  expect(await refused.end()).toEqual({ code: 4401, reason: 'expired' });
  const peer = await server.nextPeer();
  expect(await peer.nextTexts(2)).toEqual(['{"login":"fresh"}', 'held']);
  expect(heard).toEqual([1, 2, 3].map((message) => ({ message })));

  const lost = nextEvent(connection, 'lost');
  peer.socket.terminate();
  await lost;
  connection.send('later');
  await reached(connection, 'open');
  const next = await server.nextPeer();
  expect(await next.nextTexts(2)).toEqual(['{"login":"fresh"}', 'later']);
  expect([refused, peer, next].flatMap(({ unreadTexts }) => unreadTexts)).toEqual([]);
});
