import { describe, expect, test, vi } from 'vitest';
import { createActor } from 'xstate';
import { connectionFrom, createConnection, provideConnection } from '../../src/index.ts';
import { fakeConnection, StagedNodeSocket, StagedSocket } from '../fixtures/stagedSocket.ts';

const outcomesOf = (fake: ReturnType<typeof fakeConnection>): string[] => {
  const outcomes: string[] = [];
  fake.connection.on('outcome', ({ outcome, reason, message }) =>
    outcomes.push(`${String(message)} ${outcome} ${reason ?? ''}`.trim()),
  );
  return outcomes;
};

describe('an option that is undefined', () => {
  const nothing = { maxMessages: undefined, maxBytes: undefined, ttlMs: undefined, overflow: undefined };

  test.each(Object.keys(nothing))('leaves the default of outbox.%s as it is', (name) => {
    const fake = fakeConnection({ outbox: { [name]: undefined } });
    const outcomes = outcomesOf(fake);
    for (let n = 0; n < 1_025; n++) fake.connection.send(n);
    fake.clock.increment(60_000);
    expect(fake.connection.stats().outbox.messages).toBe(1_024);
    expect(outcomes).toEqual(['0 dropped overflow']);
  });

  test('in the input does not hide what is bound', () => {
    const machine = provideConnection({ url: 'ws://peer.test', connectTimeoutMs: 1_234 });
    const input = { connectTimeoutMs: undefined } as never;
    expect(createActor(machine, { input }).getSnapshot().context.settings.connectTimeoutMs).toBe(1_234);
  });

  test('is not taken up when the options are changed later', () => {
    const options = { url: 'ws://peer.test', connectTimeoutMs: 1_000, WebSocket: StagedSocket };
    const connection = createConnection(options);
    Object.assign(options, { url: 'nonsense' });
    expect(connection.connect().state).toBe('connecting');
    connection.dispose();
  });
});

describe('a message whose time is over', () => {
  test('is not sent, however late the timer that should have noticed', () => {
    let now = 0;
    const fake = fakeConnection({
      outbox: { ttlMs: 1_000 },
      clock: { setTimeout: () => 1, clearTimeout: () => undefined, now: () => now },
    });
    const outcomes = outcomesOf(fake);
    fake.connection.send('old');
    fake.connection.connect();
    now = 60_000;
    fake.socket.opens();
    expect(fake.socket.sent).toEqual([]);
    expect(outcomes).toEqual(['old expired ttl']);
  });
});

describe('a message that an open socket refuses again and again', () => {
  class PickySocket extends StagedSocket {
    override send(data: unknown): void {
      if (data === 'poison') throw new TypeError('not this one');
      super.send(data);
    }
  }

  test('is rejected, and what waits behind it goes out', () => {
    const fake = fakeConnection({ codec: 'raw' }, PickySocket);
    const outcomes = outcomesOf(fake);
    fake.connection.connect();
    fake.socket.opens();
    fake.connection.send('poison');
    fake.connection.send('good');
    fake.clock.increment(1_000);
    expect(fake.socket.sent).toEqual(['good']);
    expect(outcomes).toEqual(['poison rejected unsendable', 'good sent']);
  });

  test('shared memory is copied when it is held', () => {
    const fake = fakeConnection({ codec: 'raw' });
    const shared = new SharedArrayBuffer(2);
    fake.connection.send(shared);
    new Uint8Array(shared)[0] = 9;
    fake.connection.connect();
    fake.socket.opens();
    const [sent] = fake.socket.sent as [ArrayBuffer];
    expect(sent).toBeInstanceOf(ArrayBuffer);
    expect([...new Uint8Array(sent)]).toEqual([0, 0]);
  });
});

describe('an outbox for no message', () => {
  test.each([
    ['drop-oldest', 'dropped'],
    ['drop-newest', 'dropped'],
    ['reject', 'rejected'],
  ] as const)('is full from the beginning: %s', (overflow, outcome) => {
    const fake = fakeConnection({ outbox: { maxMessages: 0, overflow } });
    const outcomes = outcomesOf(fake);
    expect(fake.connection.send(1)).toBe(outcome);
    expect(outcomes).toEqual([`1 ${outcome} overflow`]);
  });
});

describe('pings', () => {
  test('of a peer that answers all of them late are known, and no pong more', () => {
    const fake = fakeConnection({ heartbeat: { intervalMs: 10, timeoutMs: 10 } });
    fake.connection.connect();
    fake.socket.opens();
    for (let n = 0; n < 500; n++) fake.clock.increment(10);
    const pings = fake.socket.sent.length;
    const pongs = Array.from({ length: pings + 12 }, () => '{"type":"pong"}');
    const messages: unknown[] = [];
    fake.connection.onMessage((message) => messages.push(message));
    for (const pong of pongs) fake.socket.receives(pong);
    expect(messages).toHaveLength(12);
  });

  test('that the application cannot make are reported, and change nothing else', () => {
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
    const error = new Error('no ping today');
    const ping = (): never => {
      throw error;
    };
    const fake = fakeConnection({ heartbeat: { ping } });
    fake.connection.connect();
    fake.socket.opens();
    expect(fake.connection.state).toBe('open');
    expect(reported).toEqual([error]);
    vi.unstubAllGlobals();
  });

  test('of the protocol carry a token, and any pong of ours is the round trip', () => {
    const fake = fakeConnection({ heartbeat: 'auto' }, StagedNodeSocket);
    const trips: unknown[] = [];
    fake.connection.on('heartbeat', (event) => trips.push(event));
    fake.connection.connect();
    fake.socket.opens();
    fake.clock.increment(40);
    fake.socket.pongs();
    expect(trips).toEqual([{ roundTripMs: 40 }]);
  });
});

test('a face that was disposed of does not come back with its actor', () => {
  const actor = createActor(provideConnection({ url: 'ws://peer.test', WebSocket: StagedSocket })).start();
  const face = connectionFrom(actor);
  face.dispose();
  expect(face.send(1)).toBe('rejected');
  expect(() => face.connect()).toThrow(expect.objectContaining({ code: 'disposed' }));
});
