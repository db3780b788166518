import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/index.ts';
import { fakeConnection, StagedSocket } from '../fixtures/stagedSocket.ts';

/** A socket whose peer answers while `send` still runs, once. */
class AnsweringSocket extends StagedSocket {
  static answer: (() => void) | undefined = undefined;

  override send(data: unknown): void {
    super.send(data);
    const { answer } = AnsweringSocket;
    AnsweringSocket.answer = undefined;
    answer?.();
  }
}

interface Result {
  readonly received: readonly unknown[];
  readonly outcomes: Readonly<Record<string, readonly string[]>>;
}

/** Three messages wait, the socket opens, and while it takes the first one `answer` runs. */
function flushed(answer: (connection: Connection<unknown, unknown>) => void, options: object = {}): Result {
  const fake = fakeConnection({ codec: 'raw', ...options }, AnsweringSocket);
  const { connection } = fake;
  const outcomes: Record<string, string[]> = {};
  connection.on('outcome', ({ outcome, message }) => (outcomes[String(message)] ??= []).push(outcome));
  connection.send('a', { key: 'k' });
  connection.send('b');
  connection.connect();
  AnsweringSocket.answer = () => answer(connection);
  fake.socket.opens();
  const { sent } = fake.socket;
  connection.dispose();
  return { received: sent, outcomes };
}

describe('a socket that calls back while it takes a message', () => {
  test('loses none and gives none two outcomes when a newer message of the same key comes', () => {
    const { received, outcomes } = flushed((connection) => connection.send('a2', { key: 'k' }));
    expect(received).toEqual(['a', 'b', 'a2']);
    expect(outcomes).toEqual({ a: ['sent'], b: ['sent'], a2: ['sent'] });
  });

  test('loses none when the outbox overflows meanwhile', () => {
    const answer = (connection: Connection<unknown, unknown>) => ['c', 'd'].forEach((one) => connection.send(one));
    const { received, outcomes } = flushed(answer, { outbox: { maxMessages: 2 } });
    expect(received).toEqual(['a', 'c', 'd']);
    expect(outcomes).toEqual({ a: ['sent'], b: ['dropped'], c: ['sent'], d: ['sent'] });
  });

  test.each(['disconnect', 'dispose'] as const)('gives one outcome to each when it answers with %s()', (way) => {
    const { received, outcomes } = flushed((connection) => connection[way]());
    expect(received[0]).toBe('a');
    expect(outcomes['a']).toEqual(['sent']);
    expect(outcomes['b']).toHaveLength(1);
  });
});

describe('a listener that gives a command', () => {
  test('connect() and then send(): the message waits for the new connection', () => {
    const fake = fakeConnection();
    const { connection } = fake;
    const answers: unknown[] = [];
    connection.on('closed', () => answers.push(connection.connect().send('hello')));
    connection.connect();
    connection.disconnect();
    fake.socket.opens();

    expect(answers).toEqual(['queued']);
    expect(fake.socket.sent).toEqual(['hello']);
  });

  test('connect() and then opened(): the promise is about the new connection', async () => {
    const fake = fakeConnection();
    const { connection } = fake;
    const waits: Promise<void>[] = [];
    connection.on('closed', () => waits.push(connection.connect().opened()));
    connection.connect();
    connection.disconnect();
    fake.socket.opens();

    await expect(waits[0]).resolves.toBeUndefined();
  });

  test('disconnect() and then send(): nothing goes out after the logout', () => {
    const fake = fakeConnection();
    const { connection } = fake;
    const outcomes: string[] = [];
    connection.on('outcome', ({ outcome, reason }) => outcomes.push(`${outcome} ${reason ?? ''}`));
    connection.on('opened', () => {
      connection.disconnect();
      connection.send('after logout');
    });
    connection.connect();
    fake.socket.opens();

    expect(fake.socket.sent).toEqual([]);
    expect(outcomes).toEqual(['rejected closed']);
  });

  test('reconnect() and then opened(): an open connection that is being left is not the answer', async () => {
    const fake = fakeConnection();
    const { connection } = fake;
    const waits: Promise<void>[] = [];
    const stop = connection.on('opened', () => {
      stop();
      waits.push(connection.reconnect().opened());
    });
    connection.connect();
    fake.socket.opens();
    expect(connection.state).toBe('connecting');
    let isOpen = false;
    void waits[0]?.then(() => (isOpen = true));
    await Promise.resolve();
    expect(isOpen).toBe(false);

    fake.socket.ends();
    fake.socket.opens();
    await waits[0];
  });

  test('what is sent behind it keeps its place, also before what later listeners send', () => {
    const fake = fakeConnection();
    const { connection } = fake;
    connection.on('closed', () => {
      connection.connect();
      for (const message of [1, 2]) connection.send(message);
    });
    connection.on('state', ({ state }) => {
      if (state === 'connecting' && connection.stats().sockets > 0) connection.send(3);
    });
    connection.connect();
    fake.socket.opens();
    connection.disconnect();
    fake.socket.ends({ code: 1000 });
    fake.socket.opens();

    expect(fake.socket.sent).toEqual(['1', '2', '3']);
  });

  test('deliver() behind it tells the outcome', async () => {
    const fake = fakeConnection();
    const { connection } = fake;
    const deliveries: Promise<unknown>[] = [];
    connection.on('opened', () => {
      connection.disconnect();
      deliveries.push(connection.deliver('late'));
    });
    connection.connect();
    fake.socket.opens();

    expect(await deliveries[0]).toMatchObject({ outcome: 'rejected', reason: 'closed' });
  });
});
