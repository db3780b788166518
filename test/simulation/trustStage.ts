import { expect, onTestFinished } from 'vitest';
import { createConnection, type ConnectionOptions } from '../../src/index.ts';
import { createFakePeer, FakeNodeSocket, seededRandom, SimulatedClock } from '../../src/testing/index.ts';
import { Page } from './page.ts';

/** Of an application; it does not say which ping it answers. */
export const PONG = '{"type":"pong"}';
/** Defaults of the heartbeat. */
export const INTERVAL_MS = 25_000;
export const TIMEOUT_MS = 10_000;
export const WAKE_TIMEOUT_MS = 2_500;
/** How long a retry is waited for here. */
export const RETRY_MS = 1_000;

/** Pings that carry their token, and pongs that give it back. */
export const tokens = { heartbeat: { ping: (t: string) => JSON.stringify({ type: 'ping', t }) } };
/** The pong that gives the token of a ping back. */
export const pongTo = (ping: unknown): string => String(ping).replace('ping', 'pong');

/** A connection that has dialled, a peer that the test plays, and all that is told of the heartbeat. */
export function stage(options: Partial<ConnectionOptions> = { heartbeat: {} }, hasPing = false) {
  const clock = new SimulatedClock();
  const page = new Page(clock, () => undefined);
  const peer = createFakePeer({ hasPing });
  const connection = createConnection({
    url: 'ws://peer.test',
    WebSocket: peer.WebSocket,
    clock: page.clock,
    environment: page.environment,
    retry: { baseMs: RETRY_MS, capMs: RETRY_MS, jitter: 'none' },
    random: seededRandom(1),
    ...options,
  });
  onTestFinished(() => connection.dispose());
  const heartbeats: unknown[] = [];
  const warned: string[] = [];
  const messages: unknown[] = [];
  connection.on('heartbeat', (event) => heartbeats.push(event));
  connection.on('warned', ({ code, message }) => warned.push(`${code}: ${message}`));
  connection.onMessage((message) => messages.push(message));
  connection.connect();
  return {
    clock,
    page,
    peer,
    connection,
    heartbeats,
    warned,
    messages,
    where: () => connection.getSnapshot().value,
    facts: () => connection.getSnapshot().context,
    /** A pong of the protocol that answers nothing. */
    unasked: (payload = '') => {
      expect(peer.socket).toBeInstanceOf(FakeNodeSocket);
      if (peer.socket instanceof FakeNodeSocket) peer.socket.pongs(payload);
    },
    /** The retry is waited for, and the next handshake completed. */
    reopen: () => {
      clock.advance(RETRY_MS);
      peer.accept();
    },
    /** The link breaks, not so soon that the first ping could be why. */
    breakOff: () => {
      clock.advance(5_000);
      peer.fail();
    },
  };
}

/** The same, open, with the first ping answered. */
export function answered(...given: Parameters<typeof stage>) {
  const staged = stage(...given);
  staged.peer.accept();
  if (given[1] === true) staged.peer.pong();
  else staged.peer.send(pongTo(staged.peer.received.at(-1)));
  expect(staged.facts()).toMatchObject({ heartbeat: 'answered', isProvable: true });
  return staged;
}
