import { describe, expect, test, vi } from 'vitest';
import type { Environment } from '../../src/index.ts';
import { eventsOf, withResolvers } from '../fixtures/events.ts';
import { greeted, handLed, leafOf, login, turn, unheardRejections, type Greet } from '../fixtures/greeting.ts';
import { playedConnection } from '../fixtures/played.ts';
import { stopForRevival } from '../fixtures/strictMode.ts';

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
    expect(failed[0]?.error).toMatchObject({ code: 'greet-failed', cause: wrong });
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
      cause: { code: 'invalid-option', cause: expect.any(TypeError) as Error },
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

    expect(connection.explain()).toContain('because the connection was not open within 3 s');
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
