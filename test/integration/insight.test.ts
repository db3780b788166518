import { describe, expect, test } from 'vitest';
import { SimulatedClock, type InspectionEvent } from 'xstate';
import { createConnection, type Environment } from '../../src/index.ts';
import { eventsOf, pathOf } from '../fixtures/events.ts';
import { fakeConnection, StagedNodeSocket, StagedSocket, recorded, type Fake } from '../fixtures/stagedSocket.ts';
import { collectTexts, inspectedEvents } from '../fixtures/texts.ts';

type Report = Parameters<Environment['start']>[0];

/** An environment that the test speaks for. */
function spokenFor(): { environment: Environment; report: Report } {
  const reports = new Set<Report>();
  return {
    environment: {
      start(report) {
        reports.add(report);
        return () => reports.delete(report);
      },
    },
    report: (event) => reports.forEach((report) => report(event)),
  };
}

interface Case {
  readonly lead: (fake: Fake<StagedNodeSocket>, report: Report) => void;
  readonly words: string;
}

const open = (fake: Fake<StagedNodeSocket>): StagedNodeSocket => {
  fake.connection.connect();
  fake.socket.opens();
  fake.socket.pongs();
  return fake.socket;
};

/** Every state, and what is said there. */
const sentences: Record<string, Case> = {
  idle: { lead: () => undefined, words: 'connect() has not been called yet' },
  'connecting.handshaking': { lead: ({ connection }) => void connection.connect(), words: 'connect() was called' },
  'connecting.proving': {
    lead: (fake) => {
      open(fake).ends({ code: 1012, reason: 'restart', wasClean: true });
      fake.clock.increment(1_000);
      fake.socket.opens();
    },
    words: 'attempt 1 of 30, because the peer closed with 1012 "restart"; the new socket has to answer a ping first',
  },
  'open.probing': {
    lead: (fake) => {
      fake.connection.connect();
      fake.socket.opens();
    },
    words: 'the peer accepted the connection',
  },
  'open.quiet': { lead: (fake) => void open(fake), words: 'the peer accepted the connection' },
  'open.closing': {
    lead: (fake) => {
      open(fake);
      fake.connection.actor.send({ type: 'socket.closing' });
    },
    words: 'the socket is closing; sends are held until its end is known',
  },
  'open.quiet, draining': {
    lead: (fake) => {
      open(fake);
      fake.connection.actor.send({ type: 'hub.draining', retryAfterMs: 5_000 });
    },
    words: 'the server is about to close and said when to come back',
  },
  'backoff.waiting': {
    lead: (fake) => open(fake).ends(),
    words: 'attempt 1 of 30, next in 1 s, because the line broke without a close frame (1006)',
  },
  'backoff.offline': {
    lead: (fake, report) => {
      open(fake).ends();
      report({ type: 'network.offline' });
    },
    words: 'the network is offline; a try follows within 30 s all the same',
  },
  'backoff.suspended': {
    lead: (fake, report) => {
      open(fake);
      report({ type: 'page.left' });
    },
    words: 'the page has been left; it goes on when the page comes back',
  },
  'closed.closing': {
    lead: (fake) => {
      open(fake);
      fake.connection.disconnect();
    },
    words: 'disconnect() was called; the closing handshake runs',
  },
  'closed.done': { lead: ({ connection }) => connection.disconnect(), words: 'disconnect() was called' },
  failed: {
    lead: (fake) => open(fake).ends({ code: 4403, reason: '', wasClean: true }),
    words: 'gave up: a retry would end the same way, because the peer closed with 4403; connect() starts anew',
  },
};

describe.each(Object.entries(sentences))('in %s', (place, { lead, words }) => {
  const [path = ''] = place.split(', ');
  test(`explain() says "${words}", and so do the event and the record`, () => {
    const { environment, report } = spokenFor();
    const fake = fakeConnection({ heartbeat: 'auto', environment }, StagedNodeSocket);
    const { connection } = fake;
    const states = eventsOf(connection, 'state');

    lead(fake, report);

    expect(pathOf(connection.getSnapshot().value)).toBe(path);
    expect(connection.explain()).toBe(words);
    if (path === 'idle') return;
    expect(connection.history().at(-1)).toMatchObject({ state: path, because: words });
    expect(states.at(-1)).toMatchObject({ state: connection.state, since: connection.stats().since });
    expect(states.every(({ because }) => because.length > 0)).toBe(true);
  });
});

test('the sentence of a wait tells what is left of it', () => {
  const fake = fakeConnection();
  fake.connection.connect();
  fake.socket.ends();

  fake.clock.increment(400);

  expect(fake.connection.explain()).toContain('next in 600 ms');
});

test('history() keeps the last 64 events of the chart, oldest first', () => {
  const fake = fakeConnection();
  const { connection } = fake;
  for (let n = 0; n < 40; n++) {
    connection.connect();
    connection.disconnect();
  }
  connection.reconnect();

  const history = connection.history();

  expect(history).toHaveLength(64);
  expect(history.slice(-2).map(({ event, state }) => `${event} ${state}`)).toEqual([
    'client.reconnect connecting.resolving',
    'transport.resolved connecting.handshaking',
  ]);
  expect(history.map(({ at }) => at)).toEqual(history.map(({ at }) => at).sort((a, b) => a - b));
});

test('a stretch of messages does not wash history() out', () => {
  const fake = fakeConnection();
  fake.connection.connect();
  for (let n = 0; n < 200; n++) fake.connection.actor.send({ type: 'client.send', message: n });
  fake.socket.opens();

  expect(fake.connection.history().map(({ event }) => event)).toContain('client.connect');
});

test('stats() counts what was sent, received, made and walked through', () => {
  const fake = fakeConnection();
  const { connection, clock } = fake;
  connection.connect();
  fake.socket.opens();
  connection.send('four');
  fake.socket.receives('"seven"');
  clock.increment(250);
  fake.socket.ends();
  connection.send('held');
  clock.increment(1_000);

  expect(connection.stats()).toMatchObject({
    state: 'connecting',
    since: 1_250,
    attempt: 1,
    sent: { messages: 1, bytes: 4 },
    received: { messages: 1, bytes: 7 },
    outbox: { messages: 1, bytes: 4, uncovered: 0 },
    sockets: 2,
    reconnects: 0,
  });
  fake.socket.opens();
  expect(connection.stats()).toMatchObject({ reconnects: 1, sent: { messages: 2 } });
  expect(connection.stats().transitions).toMatchObject({
    'idle client.connect connecting.resolving': 1,
    'connecting.handshaking socket.opened open.quiet': 2,
    'open.quiet socket.closed backoff.waiting': 1,
  });
});

test('inspectors and history() see the life of a connection, and nothing of URL, protocols, pings and messages', () => {
  const secrets = ['hunter2', 'secret-path', 'bearer.token', 'private message', 'greeting of the peer'];
  const events: InspectionEvent[] = [];
  const clock = new SimulatedClock();
  const { WebSocket, sockets } = recorded(StagedSocket);
  const connection = createConnection<unknown, unknown>({
    url: 'wss://user:hunter2@fake.test/secret-path?token=hunter2',
    protocols: ['chat.v1', 'bearer.token'],
    WebSocket,
    clock,
    inspect: (event) => events.push(event),
    retry: { baseMs: 1_000, jitter: 'none', maxAttempts: 2 },
    heartbeat: { ping: 'hunter2' },
  });

  connection.send('private message 1');
  connection.connect();
  sockets.at(-1)?.opens('chat.v1');
  connection.send({ text: 'private message 2' });
  sockets.at(-1)?.receives('"greeting of the peer"');
  sockets.at(-1)?.ends();
  connection.send('private message 3', { key: 'hunter2' });
  clock.increment(1_000);
  sockets.at(-1)?.errs(new Error('wss://hunter2'));
  clock.increment(2_000);
  sockets.at(-1)?.errs(new Error('wss://hunter2'));

  expect(connection.state).toBe('failed');
  expect(sockets[0]?.sent).toContain('{"text":"private message 2"}');
  const kinds = new Set(events.map(({ type }) => type));
  expect([...kinds]).toEqual(expect.arrayContaining(['@xstate.actor', '@xstate.event', '@xstate.snapshot']));
  const happened = connection.history().map(({ event }) => event);
  expect(happened).toContain('socket.opened');
  expect(inspectedEvents(events)).toEqual(expect.arrayContaining(happened));
  const texts = new Set<string>();
  for (const event of events) collectTexts(event, texts);
  collectTexts(connection.history(), texts);
  collectTexts(connection.explain(), texts);
  expect([...texts].filter((text) => secrets.some((secret) => text.includes(secret)))).toEqual([]);
  connection.dispose();
});
