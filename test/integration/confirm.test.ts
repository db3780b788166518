import { describe, expect, test } from 'vitest';
import { createFakePeer, SimulatedClock, type FakePeer } from '../../src/testing/index.ts';
import { createConnection } from '../../src/index.ts';
import { confirming } from '../fixtures/confirming.ts';

describe('a message is confirmed', () => {
  test('by the pong to a ping that was sent after it, and not before', async () => {
    const { connection, peer, clock, outcomes } = confirming();
    const delivered = connection.deliver('a');
    expect(connection.send('b')).toBe('queued');
    expect(peer.received).toEqual(['a', 'b']);
    expect(connection.stats().outbox).toMatchObject({ messages: 2, uncovered: 2 });
    expect(outcomes).toEqual([]);

    clock.advance(250);
    expect(peer.pings).toHaveLength(1);
    peer.pong();

    expect(outcomes).toEqual(['a confirmed', 'b confirmed']);
    await expect(delivered).resolves.toEqual({ outcome: 'confirmed' });
    expect(connection.stats()).toMatchObject({
      outbox: { messages: 0, bytes: 0, uncovered: 0 },
      outcomes: { confirmed: 2, sent: 0 },
    });
  });

  test('not by the pong to a ping that was out before it', () => {
    const { connection, peer, clock, outcomes } = confirming();
    connection.send('a');
    clock.advance(250);
    connection.send('b');
    peer.pong();
    expect(outcomes).toEqual(['a confirmed']);

    clock.advance(250);
    peer.pong();
    expect(outcomes).toEqual(['a confirmed', 'b confirmed']);
  });

  test('by the pong to a later ping where an earlier one was never answered', () => {
    const { connection, peer, clock, outcomes } = confirming();
    connection.send('a');
    clock.advance(250);
    connection.send('b');
    clock.advance(250);
    const [, later = ''] = peer.pings;
    (peer.socket as unknown as { pongs(payload: string): void }).pongs(later);
    expect(outcomes).toEqual(['a confirmed', 'b confirmed']);
  });

  test('the same when it was sent through the chart', () => {
    const { connection, peer, clock, outcomes } = confirming();
    connection.actor.send({ type: 'client.send', message: 'a' });
    expect(peer.received).toEqual(['a']);
    expect(outcomes).toEqual([]);
    clock.advance(250);
    peer.pong();
    expect(outcomes).toEqual(['a confirmed']);
  });

  test('and what must not wait is not kept: it is sent, once', () => {
    const { connection, takeReceived, comeBack, outcomes } = confirming();
    expect(connection.send('now or never', { queue: false })).toBe('sent');
    connection.send('kept');
    expect(takeReceived()).toEqual(['now or never', 'kept']);
    comeBack();
    expect(takeReceived()).toEqual(['kept']);
    expect(connection.stats().outcomes.sent).toBe(1);
    expect(outcomes).toEqual([]);
  });
});

describe('after a loss', () => {
  test('what no pong covers goes out again, in order, before what is newer', () => {
    const { connection, peer, clock, outcomes, takeReceived } = confirming();
    for (const message of ['a', 'b', 'c']) connection.send(message);
    clock.advance(250);
    takeReceived();
    peer.close(1006);
    connection.send('d');
    clock.advance(100);
    peer.accept();
    expect(takeReceived()).toEqual([]);
    peer.pong();
    expect(takeReceived()).toEqual(['a', 'b', 'c', 'd']);

    peer.pong();
    expect(outcomes).toEqual(['a confirmed', 'b confirmed', 'c confirmed', 'd confirmed']);
  });

  test('a pong on the new socket covers nothing that was sent on the old one only', () => {
    const { connection, peer, clock, outcomes } = confirming();
    connection.send('a');
    peer.close(1006);
    clock.advance(100);
    peer.accept();
    peer.pong();
    expect(outcomes).toEqual([]);
    peer.close(1006);
    expect(connection.stats().outbox).toMatchObject({ messages: 1, uncovered: 1 });
  });

  test('nothing is repeated that was confirmed', () => {
    const { connection, clock, pongAll, comeBack, takeReceived } = confirming();
    connection.send('a');
    clock.advance(250);
    pongAll();
    connection.send('b');
    takeReceived();
    comeBack();
    expect(takeReceived()).toEqual(['b']);
  });

  test('binary messages go out again as they were when they were sent', () => {
    const { connection, peer, comeBack } = confirming();
    const bytes = Uint8Array.of(1, 2, 3);
    connection.send(bytes);
    bytes.fill(9);
    comeBack();
    const texts = peer.received.map((data) => [...new Uint8Array(data as ArrayBuffer)].join());
    expect(texts).toEqual(['1,2,3', '1,2,3']);
  });

  test('attempts exhausted: they are kept, and go out when connect() is called', () => {
    const { connection, peer, clock, outcomes, takeReceived } = confirming({ retry: { maxAttempts: 0 } });
    connection.send('a');
    takeReceived();
    peer.close(1006);
    expect(connection.state).toBe('failed');
    expect(outcomes).toEqual([]);
    connection.connect();
    peer.accept();
    expect(takeReceived()).toEqual(['a']);
    peer.pong();
    clock.advance(250);
    expect(outcomes).toEqual(['a confirmed']);
  });
});

describe('a poison message', () => {
  test('that was alone in flight when the peer closed with 1009 is uncertain, and the next ones live', () => {
    const { connection, comeBack, outcomes, takeReceived } = confirming();
    connection.send('poison');
    comeBack(1009);
    expect(outcomes).toEqual(['poison uncertain too-large']);
    takeReceived();
    connection.send('next');
    expect(takeReceived()).toEqual(['next']);
  });

  test('among others is found: after a 1009 each of them goes alone', () => {
    const { connection, peer, clock, outcomes, takeReceived } = confirming();
    for (const message of ['a', 'poison', 'b']) connection.send(message);
    takeReceived();
    const handed: unknown[] = [];
    const isPoisoned = (): boolean => {
      const received = takeReceived();
      handed.push(...received);
      return received.includes('poison');
    };
    peer.close(1009);
    for (let turn = 0; turn < 20 && outcomes.length < 3; turn++) {
      clock.advance(100);
      peer.accept();
      peer.pong();
      while (!isPoisoned() && peer.pong());
      if (handed.at(-1) === 'poison' && !outcomes.some((line) => line.startsWith('poison'))) peer.close(1009);
    }
    expect(outcomes).toEqual(['a confirmed', 'poison uncertain too-large', 'b confirmed']);
    expect(handed).toEqual(['a', 'poison', 'b']);
  });

  test('is waited for: what is sent meanwhile does not overtake, and nothing polls', () => {
    const { connection, peer, clock, outcomes, pongAll, takeReceived } = confirming();
    for (const message of ['a', 'b']) connection.send(message);
    peer.close(1009);
    clock.advance(100);
    peer.accept();
    peer.pong();
    expect(connection.send('now or never', { queue: false })).toBe('dropped');
    connection.send('c');
    takeReceived();
    const { transitions } = connection.stats();
    clock.advance(200);
    expect(connection.stats().transitions).toEqual(transitions);
    pongAll();
    expect(takeReceived()).toEqual(['b', 'c']);
    expect(outcomes[0]).toBe('now or never dropped not-open');
  });

  test('that makes the peer break off is given up after five times, and takes no other with it', () => {
    const { connection, peer, clock, outcomes, takeReceived } = confirming();
    for (const message of ['a', 'poison', 'b']) connection.send(message);
    let handed = 0;
    for (let turn = 0; turn < 20 && outcomes.length < 4; turn++) {
      if (turn === 3) connection.send('fresh');
      // The peer breaks off at once when it reads the poison, and answers pings before that.
      for (;;) {
        const received = takeReceived();
        handed += received.filter((message) => message === 'poison').length;
        if (received.includes('poison')) peer.fail();
        else if (!peer.pong()) break;
      }
      clock.advance(250);
      if (connection.state === 'connecting') peer.accept();
    }
    expect(handed).toBe(5);
    expect(outcomes).toEqual(['a confirmed', 'poison uncertain unconfirmed', 'b confirmed', 'fresh confirmed']);
  });
});

describe('a socket that refuses a message', () => {
  test('while it is repeated: it stays the oldest, and goes out when the socket takes it', () => {
    const { connection, peer, clock, takeReceived } = confirming();
    for (const message of ['a', 'b']) connection.send(message);
    peer.close(1006);
    connection.send('c');
    clock.advance(100);
    peer.accept();
    takeReceived();
    const { socket } = peer;
    const send = socket.send.bind(socket);
    let refusals = 2;
    socket.send = (data) => {
      if (data === 'b' && refusals-- > 0) throw new Error('not now');
      send(data);
    };
    peer.pong();
    expect(takeReceived()).toEqual(['a']);
    clock.advance(100);
    expect(takeReceived()).toEqual(['b', 'c']);
  });

  test('and is closed by it at the same time: one outcome', () => {
    const { connection, peer, outcomes } = confirming();
    peer.socket.send = () => {
      connection.disconnect();
      throw new Error('no');
    };
    connection.send('a');
    expect(outcomes).toEqual(['a uncertain disconnected']);
    expect(connection.stats().outbox).toEqual({ messages: 0, bytes: 0, uncovered: 0 });
  });

  test('and dies in the middle of a repetition: the order holds', () => {
    const { connection, peer, clock, takeReceived, comeBack } = confirming();
    for (const message of ['a', 'b', 'c']) connection.send(message);
    peer.close(1006);
    clock.advance(100);
    peer.accept();
    takeReceived();
    const { socket } = peer;
    const send = socket.send.bind(socket);
    socket.send = (data) => {
      if (data !== 'a') throw new Error('no more');
      send(data);
    };
    peer.pong();
    expect(takeReceived()).toEqual(['a']);
    comeBack();
    expect(takeReceived()).toEqual(['a', 'b', 'c']);
  });
});

describe('what is uncovered', () => {
  const full = { maxMessages: 2 } as const;

  test('is not pushed out by overflow: where it fills the outbox, the new message is refused', async () => {
    const { connection, peer, clock, outcomes } = confirming({ outbox: full });
    connection.send('a');
    connection.send('b');
    expect(connection.send('c')).toBe('rejected');
    await expect(connection.deliver('d')).resolves.toMatchObject({ outcome: 'rejected', error: { code: 'overflow' } });
    expect(outcomes).toEqual(['c rejected overflow', 'd rejected overflow']);
    clock.advance(250);
    peer.pong();
    expect(connection.send('e')).toBe('queued');
  });

  test.each([
    ['drop-newest', 'dropped'],
    ['reject', 'rejected'],
  ] as const)('%s: the new message is %s', (overflow, disposition) => {
    const { connection } = confirming({ outbox: { ...full, overflow } });
    connection.send('a');
    connection.send('b');
    expect(connection.send('c')).toBe(disposition);
  });

  test('counts in bytes, too', () => {
    const { connection } = confirming({ outbox: { maxBytes: 4 } });
    expect(connection.send('abc')).toBe('queued');
    expect(connection.send('de')).toBe('rejected');
    expect(connection.send('d')).toBe('queued');
    expect(connection.send('larger than all')).toBe('rejected');
    expect(connection.stats().outbox).toEqual({ messages: 2, bytes: 4, uncovered: 2 });
  });

  test('of those that wait behind it the oldest gives way', () => {
    const { connection, peer, outcomes } = confirming({ outbox: { maxMessages: 3 } });
    connection.send('uncovered');
    peer.close(1006);
    for (const message of ['x', 'y', 'z']) connection.send(message);
    expect(outcomes).toEqual(['x dropped overflow']);
  });

  test('is not replaced by a newer message of the same key, and goes out before it', () => {
    const { connection, peer, comeBack, outcomes, takeReceived } = confirming({
      outbox: { keyOf: (message) => String(message)[0] },
    });
    connection.send('k1');
    takeReceived();
    peer.close(1006);
    connection.send('k2');
    connection.send('k3');
    expect(outcomes).toEqual(['k2 dropped replaced']);
    comeBack();
    expect(takeReceived()).toEqual(['k1', 'k3']);
  });

  test('is uncertain when its ttl passes in flight, and is not sent again', async () => {
    const { connection, clock, comeBack, outcomes, takeReceived } = confirming();
    const delivered = connection.deliver('a', { ttlMs: 1_000 });
    connection.send('b');
    clock.advance(999);
    expect(outcomes).toEqual([]);
    clock.advance(1);
    expect(outcomes).toEqual(['a uncertain ttl']);
    await expect(delivered).resolves.toMatchObject({
      outcome: 'uncertain',
      reason: 'ttl',
      error: { code: 'uncertain', message: expect.stringContaining('may or may not') as string },
    });
    takeReceived();
    comeBack();
    expect(takeReceived()).toEqual(['b']);
  });

  test('is uncertain when its ttl passes after the loss; what was never handed over is expired', () => {
    const { connection, peer, clock, outcomes } = confirming({ retry: { baseMs: 10_000, jitter: 'none' } });
    connection.send('in flight', { ttlMs: 1_000 });
    peer.close(1006);
    connection.send('waiting', { ttlMs: 1_000 });
    clock.advance(1_000);
    expect(outcomes).toEqual(['in flight uncertain ttl', 'waiting expired ttl']);
  });

  test('is uncertain after disconnect(), while what waits is dropped; both are told before the next login', () => {
    const { connection, peer, outcomes } = confirming();
    connection.send('in flight');
    peer.socket.bufferedAmount = 0;
    peer.close(1006);
    connection.send('waiting');
    connection.disconnect();
    expect(outcomes).toEqual(['in flight uncertain disconnected', 'waiting dropped disconnected']);
    connection.connect();
    peer.accept();
    expect(peer.received).toEqual(['in flight']);
  });

  test('is uncertain after disconnect() while open, and after dispose()', () => {
    const first = confirming();
    first.connection.send('a');
    first.connection.disconnect();
    expect(first.outcomes).toEqual(['a uncertain disconnected']);

    const second = confirming();
    second.connection.send('a');
    second.connection.dispose();
    expect(second.outcomes).toEqual(['a uncertain disposed']);
  });
});

describe('a peer that cannot confirm', () => {
  test('no way to ping: warned at once, and messages are sent as they would be without', async () => {
    const warnings: string[] = [];
    const clock = new SimulatedClock();
    const peer = createFakePeer();
    const connection = createConnection('ws://fake.test/', { WebSocket: peer.WebSocket, clock, confirm: 'ping' });
    connection.on('warned', ({ code }) => warnings.push(code));
    connection.connect();
    peer.accept();
    expect(warnings).toContain('unconfirmable');
    await expect(connection.deliver('a')).resolves.toEqual({ outcome: 'sent' });
    connection.dispose();
  });

  test('frames come and no pong does: after timeoutMs messages settle as sent, and none is repeated', () => {
    const { connection, peer, clock, outcomes, comeBack, takeReceived } = confirming({
      heartbeat: { timeoutMs: 2_000, ping: 'ping', isPong: (data) => data === 'pong' },
    });
    const warnings: string[] = [];
    connection.on('warned', ({ code, message }) => warnings.push(`${code} ${message}`));
    connection.send('a');
    for (let second = 0; second < 3; second++) {
      clock.advance(1_000);
      peer.send('a frame of the application');
    }
    clock.advance(250);
    expect(outcomes).toEqual(['a sent']);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^unconfirmable .*heartbeat.*isPong/u);

    expect(connection.send('b')).toBe('queued');
    expect(outcomes).toEqual(['a sent', 'b sent']);
    takeReceived();
    comeBack();
    expect(takeReceived().filter((frame) => frame !== 'ping')).toEqual([]);
  });

  test('a pong brings confirmation back', () => {
    const { connection, peer, clock, outcomes, pongAll } = confirming({}, { isProved: false });
    connection.send('a');
    for (let second = 0; second < 12; second++) {
      clock.advance(1_000);
      peer.send('a frame');
    }
    expect(outcomes).toEqual(['a sent']);
    pongAll();
    connection.send('b');
    expect(outcomes).toEqual(['a sent']);
    clock.advance(250);
    pongAll();
    expect(outcomes).toEqual(['a sent', 'b confirmed']);
  });

  test('one whose pongs fail to come, after it has given some, is late: what it did not confirm is kept', () => {
    const { connection, peer, clock, outcomes, pongAll, comeBack, takeReceived } = confirming();
    const warnings: string[] = [];
    connection.on('warned', ({ code }) => warnings.push(code));
    connection.send('a');
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000);
      peer.send('frames come all the time');
    }
    expect(outcomes).toEqual([]);
    expect(warnings).toEqual([]);
    takeReceived();
    comeBack();
    expect(takeReceived()).toEqual(['a']);
    pongAll();
    expect(outcomes).toEqual(['a confirmed']);
  });

  test('and once such messages fill the outbox they are uncertain, and make room', () => {
    const { connection, peer, clock, outcomes } = confirming({ outbox: { maxMessages: 2 } });
    connection.send('a');
    connection.send('b');
    for (let second = 0; second < 12; second++) {
      clock.advance(1_000);
      peer.send('frames come all the time');
    }
    expect(outcomes).toEqual(['a uncertain unconfirmed', 'b uncertain unconfirmed']);
    expect(connection.send('c')).toBe('queued');
    expect(connection.stats().outbox.uncovered).toBe(1);
  });

  test('one that answers no ping at all is asked once, not four times a second', () => {
    const { connection, peer, clock, outcomes } = confirming(
      { heartbeat: { timeoutMs: 10_000, ping: 'ping', isPong: (data) => data === 'pong' } },
      { isProved: false },
    );
    for (let n = 0; n < 20; n++) {
      connection.send(`message ${n}`);
      clock.advance(250);
    }
    expect(peer.received.filter((frame) => frame === 'ping')).toHaveLength(1);
    clock.advance(10_000);
    expect(outcomes).toHaveLength(20);
    expect(new Set(outcomes.map((line) => line.split(' ').at(-1)))).toEqual(new Set(['sent']));
  });
});

test('a peer that confirmed and goes silent is dead, not unable: nothing settles until it is back', () => {
  const { connection, clock, outcomes, comeBack, pongAll } = confirming({
    heartbeat: 'auto',
    retry: { baseMs: 60_000, jitter: 'none' },
  });
  connection.send('a');
  clock.advance(36_000);
  expect(connection.state).toBe('backoff');
  expect(outcomes).toEqual([]);
  clock.advance(60_000);
  comeBack();
  clock.advance(60_000);
  pongAll();
  expect(connection.stats().outcomes).toMatchObject({ sent: 0, uncertain: 0 });
});

describe('pongs that prove nothing', () => {
  test('of the protocol, unsolicited or of another token, confirm nothing', () => {
    const { connection, peer, clock, outcomes } = confirming();
    connection.send('a');
    clock.advance(250);
    const socket = peer.socket as unknown as { pongs(payload: string): void };
    socket.pongs('');
    socket.pongs('somebody-0');
    expect(outcomes).toEqual([]);
    peer.pong();
    expect(outcomes).toEqual(['a confirmed']);
  });

  test('of the application, while no ping is out, confirm nothing and go to the listeners', () => {
    const { connection, peer, clock, outcomes } = confirming({ heartbeat: {} }, { hasPing: false });
    peer.send('{"type":"pong"}');
    const messages: unknown[] = [];
    connection.onMessage((message) => messages.push(message));
    connection.send('a');
    peer.send('{"type":"pong"}');
    expect(messages).toEqual(['{"type":"pong"}']);
    expect(outcomes).toEqual([]);
    clock.advance(250);
    peer.send('{"type":"pong"}');
    expect(outcomes).toEqual(['a confirmed']);
    expect(messages).toHaveLength(1);
  });

  test('without a token the oldest ping is answered, not the newest', () => {
    const { connection, peer, clock, outcomes } = confirming({ heartbeat: {} }, { hasPing: false });
    peer.send('{"type":"pong"}');
    connection.send('a');
    clock.advance(250);
    connection.send('b');
    clock.advance(250);
    peer.send('{"type":"pong"}');
    expect(outcomes).toEqual(['a confirmed']);
    peer.send('{"type":"pong"}');
    expect(outcomes).toEqual(['a confirmed', 'b confirmed']);
  });

  test('with a token of ours exactly that ping is answered, with another none', () => {
    const ping = (t: string): string => JSON.stringify({ type: 'ping', t });
    const { connection, peer, clock, outcomes } = confirming({ heartbeat: { ping } }, { hasPing: false });
    const pings = (): { t: string }[] => {
      const frames = peer.received.filter((frame) => typeof frame === 'string' && frame.includes('ping'));
      return frames.map((frame) => JSON.parse(frame as string) as { t: string });
    };
    const pong = (t: string | undefined): void => peer.send(JSON.stringify({ type: 'pong', t }));
    pong(pings()[0]?.t);
    connection.send('a');
    clock.advance(250);
    connection.send('b');
    clock.advance(250);
    pong('unknown');
    expect(outcomes).toEqual([]);
    pong(pings()[2]?.t);
    expect(outcomes).toEqual(['a confirmed', 'b confirmed']);
  });
});

describe('a peer without tokens', () => {
  const plain = { hasPing: false };
  const pongs = (peer: FakePeer, count: number): void => {
    for (let n = 0; n < count; n++) peer.send('{"type":"pong"}');
  };
  const pingsOf = ({ received }: FakePeer): number => received.filter((frame) => frame === '{"type":"ping"}').length;

  test('that pauses and then answers every ping confirms all of it again', () => {
    const { connection, peer, clock, outcomes } = confirming({ heartbeat: {} }, plain);
    pongs(peer, 1);
    for (let ms = 0; ms < 24_000; ms += 200) {
      connection.send(`message ${ms}`);
      clock.advance(200);
    }
    const sent = 120;
    for (let round = 0, answered = 1; round < 8; round++) {
      pongs(peer, pingsOf(peer) - answered);
      answered = pingsOf(peer);
      clock.advance(250);
    }
    expect(outcomes.filter((line) => line.endsWith(' confirmed'))).toHaveLength(sent);
  });

  test('that left one ping unanswered confirms a beat later, not minutes later', () => {
    const { connection, peer, clock, outcomes } = confirming({ heartbeat: {} }, plain);
    pongs(peer, 1);
    connection.send('unanswered');
    clock.advance(250);
    let answered = 2;
    const answerAll = (): void => {
      pongs(peer, pingsOf(peer) - answered);
      answered = pingsOf(peer);
    };
    for (let n = 0; n < 10; n++) {
      connection.send(`message ${n}`);
      clock.advance(250);
      answerAll();
      clock.advance(250);
      answerAll();
      clock.advance(250);
      answerAll();
    }
    expect(outcomes).toHaveLength(11);
    expect(connection.stats().outcomes.confirmed).toBe(11);
  });

  test('and a socket that refuses a ping is asked again', () => {
    const { connection, peer, clock, outcomes } = confirming({ heartbeat: {} }, plain);
    pongs(peer, 1);
    connection.send('a');
    const { socket } = peer;
    const send = socket.send.bind(socket);
    socket.send = () => {
      throw new Error('not now');
    };
    clock.advance(250);
    socket.send = send;
    connection.send('b');
    clock.advance(250);
    pongs(peer, 1);
    expect(outcomes).toEqual(['a confirmed', 'b confirmed']);
  });
});

test('a pong that comes every time, though late, is no reason to give up what fills the outbox', () => {
  const heartbeat = { timeoutMs: 4_000, isPong: (data: unknown) => data === 'pong' };
  const { connection, clock, peer } = confirming({ heartbeat, outbox: { maxMessages: 18 } }, { hasPing: false });
  peer.send('pong');
  const late: (() => void)[] = [];
  for (let ms = 0; ms < 60_000; ms += 250) {
    connection.send(`message ${ms}`);
    clock.advance(250);
    peer.send('a frame');
    late.push(() => peer.send('pong'));
    // From 3 s to 5 s late: never is there no pong for long.
    if (late.length > 12 + ms / 7_500) late.shift()?.();
  }
  const { confirmed, rejected, uncertain } = connection.stats().outcomes;
  expect(uncertain).toBe(0);
  expect(confirmed).toBeGreaterThan(100);
  expect(rejected).toBeGreaterThan(0);
});

test('a beat that was held up itself judges nobody: the pong may be waiting behind it', () => {
  const timers = new SimulatedClock();
  let heldUpMs = 0;
  const { setTimeout, clearTimeout } = timers;
  const clock = { setTimeout, clearTimeout, now: () => timers.now() + heldUpMs };
  const { connection, peer, outcomes, pongAll } = confirming({ clock }, { isProved: false });
  connection.send('a');
  timers.advance(250);
  peer.send('a frame');
  heldUpMs = 60_000;
  timers.advance(250);
  expect(outcomes).toEqual([]);
  pongAll();
  timers.advance(250);
  pongAll();
  expect(outcomes).toEqual(['a confirmed']);
});

test('a peer that confirmed, and stays silent on two fresh sockets, may be out of reach: nothing is called sent', () => {
  const { connection, clock, peer, outcomes } = confirming({ heartbeat: 'auto', connectTimeoutMs: 5_000 });
  connection.send('a');
  for (let socket = 0; socket < 3; socket++) {
    if (connection.state === 'open') peer.close(1006);
    clock.advance(100);
    peer.accept();
    clock.advance(2_500);
  }
  expect(connection.getSnapshot().context.heartbeat).toBe('unanswered');
  connection.send('b');
  clock.advance(30_000);
  expect(outcomes).toEqual(['a uncertain unconfirmed', 'b uncertain unconfirmed']);
});

describe('the pace', () => {
  const countEvents = ({ connection }: ReturnType<typeof confirming>): number =>
    Object.values(connection.stats().transitions).reduce((sum, count) => sum + count, 0);

  test('a stream of messages costs the chart four events a second, not one a message', () => {
    const staged = confirming({ stableAfterMs: 1 });
    staged.clock.advance(10);
    staged.connection.send('first');
    const before = countEvents(staged);
    for (let n = 0; n < 10_000; n++) {
      staged.connection.send(`message ${n}`);
      staged.clock.advance(1);
      staged.pongAll();
    }
    expect(countEvents(staged) - before).toBeLessThanOrEqual(4 * 10 + 2);
    expect(staged.outcomes.length).toBeGreaterThan(9_500);
  });

  test.each([
    ['near the bound of the outbox', { outbox: { maxMessages: 60 } }, 12],
    ['with an outbox of one', { outbox: { maxMessages: 1 } }, 12],
    ['with a ttl shorter than the way to the peer and back', { outbox: { ttlMs: 50 } }, 2 * 50 + 12],
  ] as const)('%s it is bounded, too', (_, options, perSecond) => {
    const staged = confirming(options);
    const before = countEvents(staged);
    const late: (() => void)[] = [];
    for (let ms = 0; ms < 5_000; ms++) {
      staged.connection.send(`message ${ms}`);
      staged.clock.advance(1);
      late.push(staged.pongAll);
      if (late.length > 100) late.shift()?.();
    }
    expect(countEvents(staged) - before).toBeLessThanOrEqual(5 * perSecond);
  });

  test('a burst is asked for after everyMessages, without waiting', () => {
    const { connection, peer, outcomes } = confirming({ confirm: { everyMessages: 10, everyMs: 60_000 } });
    for (let n = 0; n < 25; n++) connection.send(`message ${n}`);
    expect(peer.pings).toHaveLength(2);
    peer.pong();
    expect(outcomes).toHaveLength(10);
    peer.pong();
    expect(outcomes).toHaveLength(20);
  });

  test('its timer runs only while something is uncovered', () => {
    const { connection, clock, pongAll } = confirming({ heartbeat: 'auto', stableAfterMs: 1 });
    clock.advance(10);
    const quiet = clock.pending;
    connection.send('a');
    expect(clock.pending).toBe(quiet + 1);
    clock.advance(250);
    pongAll();
    clock.advance(250);
    expect(clock.pending).toBe(quiet);
    expect(connection.getSnapshot().context.outbox).toBe('empty');
  });

  test('it ends with the socket', () => {
    const { connection, clock, peer } = confirming({ retry: { baseMs: 10_000, jitter: 'none' } });
    connection.send('a');
    peer.close(1006);
    expect(connection.state).toBe('backoff');
    expect(clock.pending).toBe(1);
  });

  test('nothing is asked twice: a ping that is out covers what it covers', () => {
    const { connection, clock, peer } = confirming();
    connection.send('a');
    clock.advance(1_000);
    expect(peer.pings).toHaveLength(1);
  });
});

test.each([
  [{ confirm: 'yes' }, /^confirm: .*'none', 'ping' or an object/u],
  [{ confirm: { everyMs: 0 } }, /^confirm\.everyMs: /u],
  [{ confirm: { everyMessages: 1.5 } }, /^confirm\.everyMessages: /u],
  [{ confirm: 'ping', heartbeat: false }, /^confirm: needs pings/u],
  [{ confirm: 'ping', outbox: { maxMessages: 0 } }, /^outbox\.maxMessages: cannot be 0 with confirm/u],
  [{ confirm: 'ping', outbox: { maxBytes: 0 } }, /^outbox\.maxBytes: cannot be 0 with confirm/u],
])('%o is refused early', (options, message) => {
  expect(() => createConnection('ws://fake.test/', options as object)).toThrow(message);
});
