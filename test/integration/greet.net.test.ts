import { describe, expect, test } from 'vitest';
import { connectionOver } from '../fixtures/connections.ts';
import { eventsOf, nextEvent, reached } from '../fixtures/events.ts';
import { greeted, handLed, leafOf, login, turn, unheardRejections, type Greet } from '../fixtures/greeting.ts';
import { playedConnection } from '../fixtures/played.ts';
import { startServer } from '../fixtures/server.ts';

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

    expect(failed[0]?.error).toMatchObject({ code: 'greet-failed', cause: { code: 'slow-consumer' } });
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
