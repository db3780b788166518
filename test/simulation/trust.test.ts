import { describe, expect, test } from 'vitest';
import { answered, INTERVAL_MS, PONG, stage, TIMEOUT_MS, WAKE_TIMEOUT_MS } from './trustStage.ts';

describe('a peer that answered and answers no more', () => {
  test.each([false, true])("is 'unanswered' after two fresh sockets that proved nothing: ws %s", (hasPing) => {
    const staged = answered(hasPing ? {} : { heartbeat: {} }, hasPing);
    const { breakOff, clock, connection, facts, heartbeats, peer, reopen, warned, where } = staged;
    breakOff();
    connection.send('held');

    reopen();
    expect(where()).toEqual({ connecting: 'proving' });
    clock.advance(WAKE_TIMEOUT_MS - 1);
    expect(where()).toEqual({ connecting: 'proving' });
    clock.advance(1);
    expect(connection.state).toBe('backoff');
    reopen();
    expect(where()).toEqual({ connecting: 'proving' });
    expect(peer.received).not.toContain('held');
    clock.advance(WAKE_TIMEOUT_MS);

    expect(where()).toEqual({ open: 'probing' });
    expect(facts()).toMatchObject({ heartbeat: 'unanswered', isProvable: false });
    expect(peer.received).toContain('held');
    expect(heartbeats.at(-1)).toEqual({ answered: false });
    expect(warned).toEqual([expect.stringContaining('ping-unanswered')]);
    clock.advance(20 * (INTERVAL_MS + TIMEOUT_MS));
    expect(connection.stats()).toMatchObject({ state: 'open', sockets: 3, heartbeat: 'unanswered' });
  });

  test('need not prove itself from then on, and its silence ends nothing', () => {
    const { breakOff, clock, reopen, where } = answered();
    breakOff();
    for (let socket = 0; socket < 2; socket++) {
      reopen();
      clock.advance(WAKE_TIMEOUT_MS);
    }

    breakOff();
    reopen();

    expect(where()).toEqual({ open: 'probing' });
    clock.advance(TIMEOUT_MS);
    expect(where()).toEqual({ open: 'quiet' });
  });

  test('is trusted again with its next answer: it has to prove itself after a loss, and its silence is death', () => {
    const { breakOff, clock, connection, facts, peer, reopen, where } = stage();
    peer.accept();
    clock.advance(TIMEOUT_MS);
    expect(facts().heartbeat).toBe('unanswered');

    clock.advance(INTERVAL_MS);
    peer.send(PONG);

    expect(facts().heartbeat).toBe('answered');
    breakOff();
    reopen();
    expect(where()).toEqual({ connecting: 'proving' });
    peer.send(PONG);
    peer.send(PONG);
    clock.advance(INTERVAL_MS + TIMEOUT_MS);
    expect(connection.state).toBe('backoff');
  });

  test("brings 'ping-unanswered' once in the life of the connection, and it names all three ways out", () => {
    const { breakOff, clock, heartbeats, peer, reopen, warned } = stage();
    peer.accept();
    clock.advance(TIMEOUT_MS + INTERVAL_MS);
    peer.send(PONG);
    breakOff();
    for (let socket = 0; socket < 2; socket++) {
      reopen();
      clock.advance(WAKE_TIMEOUT_MS);
    }

    expect(heartbeats.filter((event) => 'answered' in (event as object))).toHaveLength(2);
    expect(warned).toHaveLength(1);
    expect(warned[0]).toMatch(/^ping-unanswered: .*heartbeat\.isPong.*heartbeat\.required: true.*heartbeat: false/u);
  });

  test('is left again and again where an answer is required', () => {
    const { breakOff, clock, connection, peer, reopen, warned } = answered({ heartbeat: { required: true } });
    breakOff();
    for (let socket = 0; socket < 6; socket++) {
      reopen();
      clock.advance(WAKE_TIMEOUT_MS);
      expect(connection.state).toBe('backoff');
    }
    expect(peer.sockets).toHaveLength(7);
    expect(warned).toEqual([]);
  });
});

describe('a socket that has to prove itself', () => {
  test('is proved by its pong, whatever the peer has said of its own accord before that', () => {
    const { breakOff, connection, peer, reopen, where } = answered();
    breakOff();
    reopen();
    peer.send('{"welcome":true}');
    expect(where()).toEqual({ connecting: 'proving' });
    peer.send(PONG);
    expect(connection.state).toBe('open');
  });
});

test('a proof ends before its attempt: a slow handshake is no way to be dialled for ever', () => {
  const { breakOff, clock, connection, peer } = answered();
  breakOff();
  for (let socket = 0; socket < 2; socket++) {
    clock.advance(1_000);
    clock.advance(8_000);
    expect(connection.state).toBe('connecting');
    peer.accept();
    expect(connection.state).toBe('connecting');
    clock.advance(1_999);
  }
  expect(connection.state).toBe('open');
  expect(connection.getSnapshot().context.heartbeat).toBe('unanswered');
});

describe('a peer that sends frames and never a pong', () => {
  test('is dead when it goes silent, once: a fresh socket that stays silent says that it just has nothing to say', () => {
    const { clock, connection, peer, reopen, warned, where } = stage();
    peer.accept();
    peer.send('"a frame"');
    clock.advance(INTERVAL_MS + TIMEOUT_MS);
    expect(connection.state).toBe('backoff');
    reopen();
    clock.advance(TIMEOUT_MS);
    expect(where()).toEqual({ open: 'quiet' });
    expect(warned).toEqual([expect.stringMatching(/^ping-unanswered/u)]);
    clock.advance(10 * (INTERVAL_MS + TIMEOUT_MS));
    expect(connection.state).toBe('open');
  });

  test('and says something after a ping now and then, by chance, is left twice at most', () => {
    const { clock, peer, connection, reopen } = stage();
    peer.accept();
    for (let round = 0; round < 20; round++) {
      peer.send('"by chance"');
      clock.advance(INTERVAL_MS + TIMEOUT_MS);
      if (connection.state === 'backoff') reopen();
    }
    expect(connection.state).toBe('open');
    expect(peer.sockets).toHaveLength(3);
  });
});

describe('a timer of ours that is late', () => {
  /** A page in which every timer fires so much too late, by the clock that it goes by. */
  const LATE_MS = 60_000;

  test('has the peer asked again, twice in a row at most; then silence counts', () => {
    const { clock, connection, page, peer } = answered();
    page.throttle(LATE_MS);
    const before = peer.received.length;

    clock.advance(LATE_MS);
    expect(peer.received).toHaveLength(before + 1);
    clock.advance(2 * LATE_MS);
    expect(peer.received).toHaveLength(before + 3);
    expect(connection.state).toBe('open');
    clock.advance(LATE_MS);

    expect(connection.state).toBe('backoff');
    expect(peer.received).toHaveLength(before + 3);
  });

  test('leaves nobody whose answer waits behind it, however often that happens', () => {
    const { clock, connection, page, peer } = answered();
    for (let round = 0; round < 10; round++) {
      clock.advance(INTERVAL_MS);
      expect(connection.getSnapshot().value).toEqual({ open: 'probing' });
      page.freeze('timers');
      page.task(() => peer.send(PONG));
      clock.advance(LATE_MS);
      page.thaw();
      expect(connection.getSnapshot().value).toEqual({ open: 'quiet' });
    }
    expect(peer.sockets).toHaveLength(1);
  });

  test('leaves nobody either while a socket is proved', () => {
    const { breakOff, clock, connection, page, peer, reopen, where } = answered();
    breakOff();
    reopen();
    expect(where()).toEqual({ connecting: 'proving' });
    page.freeze('timers');
    page.task(() => peer.send(PONG));
    clock.advance(WAKE_TIMEOUT_MS + 2_000);

    page.thaw();

    expect(connection.stats()).toMatchObject({ state: 'open', sockets: 2 });
  });
});

describe('a wake-up', () => {
  const wakings = ['network.online', 'page.resumed'] as const;

  test.each(wakings)('%s asks at once, and waits for wakeTimeoutMs only', (type) => {
    const { clock, connection, page, peer } = answered();
    clock.advance(1_000);
    const before = peer.received.length;

    page.report({ type });

    expect(peer.received).toHaveLength(before + 1);
    clock.advance(WAKE_TIMEOUT_MS - 1);
    expect(connection.state).toBe('open');
    clock.advance(1);
    expect(connection.state).toBe('backoff');
  });

  test.each(wakings)('%s while a ping is out shortens its wait', (type) => {
    const { clock, connection, page } = answered();
    clock.advance(INTERVAL_MS + 1_000);
    page.report({ type });
    clock.advance(WAKE_TIMEOUT_MS);
    expect(connection.state).toBe('backoff');
  });

  test('is also a jump of the clock, seen at the next event: the peer has wakeTimeoutMs from there', () => {
    const { clock, connection, page } = answered();
    // Past stableAfterMs: the next event is that of the next ping.
    clock.advance(10_000);
    page.jump(20 * 60_000);
    clock.advance(INTERVAL_MS - 10_000 + WAKE_TIMEOUT_MS - 1);
    expect(connection.state).toBe('open');
    clock.advance(1);
    expect(connection.state).toBe('backoff');
  });

  test('after the other does not keep a dead peer: the first deadline stands', () => {
    const { clock, connection, page } = answered();
    for (let ms = 0; ms < 60_000 && connection.state === 'open'; ms += 1_000) {
      page.report({ type: 'page.resumed' });
      expect(ms).toBeLessThanOrEqual(WAKE_TIMEOUT_MS);
      clock.advance(1_000);
    }
    expect(connection.state).toBe('backoff');
  });

  test('by a jump of the clock, forth or back, leaves nobody who answers', () => {
    const { clock, connection, page, peer } = answered();
    for (const byMs of [20 * 60_000, -20 * 60_000]) {
      clock.advance(10_000);
      page.jump(byMs);
      clock.advance(INTERVAL_MS - 10_000);
      expect(connection.getSnapshot().value).toEqual({ open: 'probing' });
      peer.send(PONG);
    }
    clock.advance(INTERVAL_MS);
    expect(connection.stats()).toMatchObject({ state: 'open', sockets: 1 });
  });

  test('is over with the answer: the next silence has timeoutMs again', () => {
    const { clock, connection, page, peer } = answered();
    page.report({ type: 'page.resumed' });
    peer.send(PONG);
    clock.advance(INTERVAL_MS + TIMEOUT_MS - 1);
    expect(connection.state).toBe('open');
    clock.advance(1);
    expect(connection.state).toBe('backoff');
  });

  test('ends nothing where the peer has never answered', () => {
    const { clock, connection, page, peer } = stage();
    peer.accept();
    page.report({ type: 'network.online' });
    clock.advance(WAKE_TIMEOUT_MS);
    expect(connection.getSnapshot().value).toEqual({ open: 'quiet' });
    expect(connection.stats()).toMatchObject({ heartbeat: 'unanswered', sockets: 1 });
  });

  test('without a heartbeat asks nothing', () => {
    const { clock, connection, page, peer } = stage({ heartbeat: false });
    peer.accept();
    for (const type of wakings) page.report({ type });
    clock.advance(60_000);
    expect(peer.received).toEqual([]);
    expect(connection.state).toBe('open');
  });
});
