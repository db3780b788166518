import { describe, expect, test } from 'vitest';
import { answered, INTERVAL_MS, PONG, pongTo, stage, tokens, WAKE_TIMEOUT_MS } from './trustStage.ts';

describe('a pong', () => {
  test.each([
    ['of an unknown token', '{"type":"pong","t":"of another"}'],
    ['of a token that was answered before', undefined],
  ])('%s is life, and neither a round trip nor a proof', (_, given) => {
    const { breakOff, clock, connection, facts, heartbeats, messages, peer, reopen, where } = answered(tokens);
    const odd = given ?? pongTo(peer.received[0]);
    heartbeats.length = 0;
    clock.advance(INTERVAL_MS);

    peer.send(odd);

    expect(where()).toEqual({ open: 'probing' });
    expect(facts()).toMatchObject({ isHeard: true, heartbeat: 'answered' });
    expect(heartbeats).toEqual([]);
    expect(messages).toEqual([JSON.parse(odd)]);
    breakOff();
    reopen();
    peer.send(odd);
    expect(where()).toEqual({ connecting: 'proving' });
    clock.advance(WAKE_TIMEOUT_MS);
    expect(connection.state).toBe('backoff');
    expect(facts().silentProofs).toBe(1);
  });

  test('to a ping of the socket before proves nothing of this one', () => {
    const { breakOff, clock, connection, peer, reopen, where } = answered(tokens);
    clock.advance(INTERVAL_MS);
    const old = pongTo(peer.received.at(-1));
    breakOff();
    reopen();
    peer.send(old);
    expect(where()).toEqual({ connecting: 'proving' });
    clock.advance(WAKE_TIMEOUT_MS);
    expect(connection.state).toBe('backoff');
  });

  test('of the protocol that nobody asked for is life, and neither a round trip nor a proof', () => {
    const { breakOff, clock, connection, facts, heartbeats, reopen, unasked, where } = answered({}, true);
    heartbeats.length = 0;
    clock.advance(INTERVAL_MS);

    unasked();

    expect(where()).toEqual({ open: 'probing' });
    expect(facts()).toMatchObject({ isHeard: true, heartbeat: 'answered' });
    expect(heartbeats).toEqual([]);
    breakOff();
    reopen();
    unasked('of another');
    expect(where()).toEqual({ connecting: 'proving' });
    clock.advance(WAKE_TIMEOUT_MS);
    expect(connection.state).toBe('backoff');
  });

  test('of the protocol that nobody asked for makes a peer answered, not provable', () => {
    const { breakOff, facts, peer, reopen, unasked, where } = stage({}, true);
    peer.accept();
    unasked();
    expect(facts()).toMatchObject({ heartbeat: 'answered', isProvable: false });
    breakOff();
    reopen();
    expect(where()).toEqual({ open: 'probing' });
  });

  test('without a token answers the oldest ping that is out', () => {
    const { clock, heartbeats, page, peer } = answered();
    heartbeats.length = 0;
    page.report({ type: 'page.resumed' });
    clock.advance(300);
    page.report({ type: 'page.resumed' });
    clock.advance(100);

    peer.send(PONG);
    clock.advance(50);
    peer.send(PONG);

    expect(heartbeats).toEqual([{ roundTripMs: 400 }, { roundTripMs: 150 }]);
  });

  test.each([
    [128, true],
    [129, false],
  ])('of %i characters is one: %s', (length, isPong) => {
    const { heartbeats, messages, peer } = stage();
    peer.accept();
    const text = JSON.stringify({ type: 'pong', pad: '' });
    const frame = JSON.stringify({ type: 'pong', pad: 'x'.repeat(length - text.length) });
    expect(frame).toHaveLength(length);

    peer.send(frame);

    expect(heartbeats).toHaveLength(isPong ? 1 : 0);
    expect(messages).toHaveLength(isPong ? 0 : 1);
  });

  test.each(['{"type":"PONG"}', '"pong"', 'pong', '["pong"]', 'null', '{"pong":true}'])(
    'is an object of that type: %s is a message',
    (frame) => {
      const { heartbeats, messages, peer } = stage({ heartbeat: {}, codec: 'raw' });
      peer.accept();
      peer.send(frame);
      expect(heartbeats).toEqual([]);
      expect(messages).toEqual([frame]);
    },
  );

  test('is not looked for while no ping is out: isPong is not asked', () => {
    const asked: unknown[] = [];
    const isPong = (data: unknown): boolean => {
      asked.push(data);
      return data === PONG;
    };
    const { clock, messages, peer } = stage({ heartbeat: { isPong }, codec: 'raw' });
    peer.accept();
    peer.send('news');
    peer.send(PONG);
    expect(asked).toEqual(['news', PONG]);

    peer.send('more news');
    peer.send(PONG);
    expect(asked).toHaveLength(2);
    expect(messages).toEqual(['news', 'more news', PONG]);

    clock.advance(INTERVAL_MS);
    peer.send(PONG);
    expect(asked).toHaveLength(3);
  });
});
