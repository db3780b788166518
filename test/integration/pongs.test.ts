/** Sockets differ in whether a ping does anything, and in what they report of its pong. */
import { describe, expect, test } from 'vitest';
import { eventsOf, nextEvent } from '../fixtures/events.ts';
import { fakeConnection, StagedNodeSocket, StagedSocket } from '../fixtures/stagedSocket.ts';

type PongListener = (event: { readonly data: unknown }) => void;

/** As of Bun: a browser's, with `ping()` and `terminate()`, that reports pongs as events. */
class BunSocket extends StagedSocket {
  readonly pings: string[] = [];
  readonly #listeners: PongListener[] = [];

  addEventListener(name: string, listener: PongListener): void {
    if (name === 'pong') this.#listeners.push(listener);
  }

  ping(payload = ''): void {
    this.pings.push(payload);
  }

  terminate(): void {
    this.readyState = 2;
  }

  pongs(data: unknown): void {
    for (const listener of this.#listeners) listener({ data });
  }
}

/** As of React Native: it has `ping()`, and nothing ever reports a pong. */
class NativeSocket extends StagedSocket {
  readonly pings: string[] = [];

  addEventListener(): void {
    // There is no event 'pong'.
  }

  ping(payload = ''): void {
    this.pings.push(payload);
  }
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

describe('the pong of a socket that reports its payload as', () => {
  test.each([
    ['text', (token: string) => token],
    ['an ArrayBuffer', (token: string) => bytesOf(token).buffer],
    ['an Uint8Array', bytesOf],
    ['a part of a larger buffer', (token: string) => bytesOf(`..${token}..`).subarray(2, 2 + token.length)],
    ['a Blob', (token: string) => new Blob([token])],
  ])('%s confirms what was sent before its ping', async (_, payloadOf) => {
    const fake = fakeConnection({ heartbeat: 'auto', confirm: 'ping' }, BunSocket);
    const { connection, clock } = fake;
    const answered = nextEvent(connection, 'heartbeat');
    connection.connect();
    const { socket } = fake;
    socket.opens();
    socket.pongs(payloadOf(socket.pings.at(-1) ?? ''));
    await answered;
    const delivery = connection.deliver('an order');
    clock.increment(250);
    expect(socket.pings).toHaveLength(2);

    socket.pongs(payloadOf(socket.pings.at(-1) ?? ''));

    expect(await delivery).toMatchObject({ outcome: 'confirmed' });
    expect(connection.stats().heartbeat).toBe('answered');
  });

  test.each([
    ['a Blob that cannot be read', Object.assign(new Blob(['?']), { text: () => Promise.reject(new Error('gone')) })],
    ['something else', { payload: 1 }],
  ])('%s is a sign of life and confirms nothing', async (_, payload) => {
    const fake = fakeConnection({ heartbeat: 'auto', confirm: 'ping' }, BunSocket);
    const { connection } = fake;
    const outcomes = eventsOf(connection, 'outcome');
    connection.connect();
    const { socket } = fake;
    socket.opens();
    connection.send('an order');

    socket.pongs(payload);
    await Promise.resolve();

    expect(connection.getSnapshot().value).toEqual({ open: 'quiet' });
    expect(outcomes).toEqual([]);
  });
});

test('a socket that can ping and never reports a pong is not pinged, and not taken for dead', () => {
  const fake = fakeConnection({ heartbeat: 'auto' }, NativeSocket);
  const { connection, clock } = fake;
  const warned = eventsOf(connection, 'warned');
  connection.connect();
  const { socket } = fake;
  socket.opens();
  socket.receives('"hello"');

  clock.increment(120_000);

  expect(connection.state).toBe('open');
  expect(socket.pings).toEqual([]);
  expect(connection.stats().heartbeat).toBe('off');
  expect(warned.map(({ code }) => code)).toEqual(['heartbeat-off']);
});

test('a socket like those of ws is pinged', () => {
  const fake = fakeConnection({ heartbeat: 'auto' }, StagedNodeSocket);
  fake.connection.connect();
  fake.socket.opens();
  expect(fake.socket.pings).toHaveLength(1);
  fake.socket.pongs();
  expect(fake.connection.stats().heartbeat).toBe('answered');
});
