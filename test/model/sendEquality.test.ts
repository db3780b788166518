import { describe, expect, it } from 'vitest';
import { createConnection, type Connection } from '../../src/index.ts';
import { FakePeer } from './fakePeer.ts';
import { ModelClock } from './modelClock.ts';

/** How to bring a connection into each of the leaf states. */
const ways: Readonly<Record<string, (connection: Connection, peer: FakePeer) => void>> = {
  idle: () => undefined,
  'connecting.closing': (connection, peer) => {
    connection.connect();
    peer.open();
    connection.reconnect();
  },
  'connecting.resolving': (connection) => connection.connect(),
  'connecting.handshaking': (connection) => connection.connect(),
  'connecting.greeting': (connection) => {
    connection.connect();
    connection.actor.send({ type: 'socket.opened', protocol: '', greets: true, heartbeat: false });
  },
  'connecting.proving': (connection, peer) => {
    connection.connect();
    peer.open();
    peer.pong();
    peer.close(1006);
    connection.connect();
    peer.open();
  },
  'open.quiet': (connection, peer) => {
    connection.connect();
    peer.open();
    peer.pong();
  },
  'open.probing': (connection, peer) => {
    connection.connect();
    peer.open();
  },
  'open.closing': (connection, peer) => {
    connection.connect();
    peer.open();
    connection.actor.send({ type: 'socket.closing' });
  },
  'backoff.waiting': (connection, peer) => {
    connection.connect();
    peer.close(1006);
  },
  'backoff.offline': (connection, peer) => {
    connection.connect();
    peer.close(1006);
    connection.actor.send({ type: 'network.offline' });
  },
  'backoff.suspended': (connection) => {
    connection.connect();
    connection.actor.send({ type: 'page.left' });
  },
  'closed.closing': (connection, peer) => {
    connection.connect();
    peer.open();
    connection.disconnect();
  },
  'closed.done': (connection) => connection.disconnect(),
  failed: (connection, peer) => {
    connection.connect();
    peer.open();
    peer.close(1008);
  },
};

interface Trace {
  readonly isThere: boolean;
  readonly received: readonly string[];
  readonly outcomes: readonly string[];
  readonly held: number;
}

/** What becomes of three messages, then of all that is held when the connection opens or is disposed of. */
function trace(leaf: string, send: (connection: Connection, message: number) => void): Trace {
  const peer = new FakePeer();
  const connection = createConnection({
    url: leaf === 'connecting.resolving' ? () => new Promise<string>(() => undefined) : 'ws://peer.test',
    createSocket: () => peer.createSocket({ canPing: true, isRefused: false }),
    clock: new ModelClock(),
    outbox: { maxMessages: 2 },
  });
  const outcomes: string[] = [];
  connection.on('outcome', ({ outcome, reason, message }) => outcomes.push(`${message} ${outcome} ${reason ?? ''}`));
  ways[leaf]?.(connection, peer);
  const [state, inner] = leaf.split('.');
  const { value } = connection.getSnapshot();
  const isThere = JSON.stringify(value) === JSON.stringify(inner === undefined ? state : { [state ?? '']: inner });
  for (const message of [1, 2, 3]) send(connection, message);
  const held = connection.stats().outbox.messages;
  connection.dispose();
  return { isThere, received: peer.received, outcomes, held };
}

describe('the fast send and client.send', () => {
  it.each(Object.keys(ways))('give the same outcome and order in %s', (leaf) => {
    const fast = trace(leaf, (connection, message) => void connection.send(message));
    const charted = trace(leaf, ({ actor }, message) => actor.send({ type: 'client.send', message }));
    expect(fast.isThere, `${leaf} was reached`).toBe(true);
    expect(charted).toEqual(fast);
    expect(fast.received.length + fast.outcomes.length, 'every message has an outcome').toBe(3);
  });
});
