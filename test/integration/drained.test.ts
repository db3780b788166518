import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createConnection,
  isConnectionError,
  type Connection,
  type ConnectionOptions,
  type DrainedOptions,
} from '../../src/index.ts';
import { createFakePeer, SimulatedClock } from '../../src/testing/index.ts';
import { recorded, StagedNodeSocket } from '../fixtures/stagedSocket.ts';

interface Staged {
  readonly connection: Connection<unknown, unknown>;
  readonly clock: SimulatedClock;
  readonly sockets: readonly StagedNodeSocket[];
  readonly socket: () => StagedNodeSocket;
  /** What became of `drained()`, as far as is known: `waits`, `resolved`, or the code of its error. */
  readonly drains: (options?: DrainedOptions) => () => Promise<unknown>;
}

function staged(options: Partial<ConnectionOptions<unknown, unknown>> = {}): Staged {
  const clock = new SimulatedClock();
  const { WebSocket, sockets } = recorded(StagedNodeSocket);
  const connection = createConnection<unknown, unknown>('ws://fake.test/', {
    WebSocket,
    clock,
    codec: 'raw',
    heartbeat: false,
    random: () => 0.5,
    retry: { baseMs: 100, capMs: 100, jitter: 'none' },
    ...options,
  });
  onTestFinished(() => connection.dispose());
  return {
    connection,
    clock,
    sockets,
    socket: () => sockets.at(-1) as StagedNodeSocket,
    drains: (wish) => {
      let came: unknown = 'waits';
      connection.drained(wish).then(
        () => (came = 'resolved'),
        (error: unknown) => (came = isConnectionError(error) ? error.code : error),
      );
      return async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return came;
      };
    },
  };
}

const kilobyte = 'x'.repeat(1_000);

describe('drained()', () => {
  test('resolves at once where nothing waits, in idle and in open', async () => {
    const { connection, clock, socket } = staged();
    await connection.drained();
    connection.connect();
    await connection.drained();
    socket().opens();
    connection.send(kilobyte);
    const { pending } = clock;
    await connection.drained();
    expect(clock.pending).toBe(pending);
  });

  test('waits for the outbox, through a loss and the wait for the next attempt', async () => {
    const { connection, clock, socket, drains } = staged();
    connection.send(kilobyte);
    const now = drains();
    connection.connect();
    clock.advance(50);
    socket().ends();
    expect(connection.state).toBe('backoff');
    clock.advance(100);
    expect(await now()).toBe('waits');
    socket().opens();
    expect(await now()).toBe('resolved');
  });

  test('hears of a message that has outlived its ttl before there was a connection', async () => {
    const { connection, clock, drains } = staged();
    connection.send('x', { ttlMs: 1_000 });
    const came = drains();
    clock.advance(999);
    expect(await came()).toBe('waits');
    clock.advance(1);
    expect(await came()).toBe('resolved');
  });

  test('waits for messages that are empty, too', async () => {
    const { connection, drains } = staged();
    connection.send('');
    expect(await drains()()).toBe('waits');
    expect(await drains({ belowBytes: 1 })()).toBe('resolved');
  });

  test.each([[Number.NaN], [-5_000], ['much'], [null], [{}]])(
    'takes a bufferedAmount of %s for none',
    async (amount) => {
      const { connection, socket, drains } = staged();
      connection.connect();
      socket().opens();
      Object.defineProperty(socket(), 'bufferedAmount', { value: amount });
      expect(await drains()()).toBe('resolved');
    },
  );

  test("waits for the socket's own buffer, and looks at it every 20 ms while it is open", async () => {
    const { connection, clock, socket, drains } = staged();
    connection.connect();
    socket().opens();
    connection.send(kilobyte);
    socket().bufferedAmount = 1_000;
    const now = drains();
    clock.advance(1_000);
    expect(await now()).toBe('waits');
    socket().bufferedAmount = 0;
    expect(await now()).toBe('waits');
    clock.advance(20);
    expect(await now()).toBe('resolved');
  });

  test('resolves at belowBytes, of outbox and buffer together', async () => {
    const { connection, clock, socket, drains } = staged({ maxBufferedBytes: 500 });
    connection.connect();
    socket().opens();
    socket().bufferedAmount = 2_000;
    // The first look at the buffer comes after 64 messages.
    for (let n = 0; n < 65; n++) connection.send(kilobyte);
    expect(connection.stats().outbox.bytes).toBe(1_000);
    const tight = drains({ belowBytes: 2_999 });
    const wide = drains({ belowBytes: 3_000 });
    const all = drains({ belowBytes: Infinity });
    expect([await tight(), await wide(), await all()]).toEqual(['waits', 'resolved', 'resolved']);
    socket().bufferedAmount = 1_999;
    clock.advance(20);
    expect(await tight()).toBe('resolved');
  });

  test('with confirm it waits for the pong that covers the last message', async () => {
    const { connection, clock, socket, drains } = staged({ confirm: 'ping', heartbeat: 'auto' });
    connection.connect();
    socket().opens();
    socket().pongs();
    connection.send(kilobyte);
    const now = drains();
    clock.advance(250);
    expect(await now()).toBe('waits');
    socket().pongs();
    clock.advance(20);
    expect(await now()).toBe('resolved');
  });

  test('all that wait share one timer; there is none while it is not open, and none when nobody waits', () => {
    const { connection, clock, socket } = staged({ outbox: { ttlMs: Infinity } });
    connection.connect();
    socket().opens();
    clock.advance(10_000);
    socket().bufferedAmount = 1;
    const idle = clock.pending;
    const controller = new AbortController();
    for (let n = 0; n < 3; n++) void connection.drained({ signal: controller.signal }).catch(() => undefined);
    expect(clock.pending).toBe(idle + 1);
    clock.advance(500);
    expect(clock.pending).toBe(idle + 1);
    controller.abort();
    expect(clock.pending).toBe(idle);

    void connection.drained().catch(() => undefined);
    connection.send(kilobyte);
    socket().ends();
    connection.send(kilobyte);
    void connection.drained().catch(() => undefined);
    clock.advance(50);
    // That of the retry.
    expect(clock.pending).toBe(1);
    connection.disconnect();
    expect(clock.pending).toBe(0);
  });

  test.each<[string, (staged: Staged) => void, string]>([
    ['disconnect()', ({ connection }) => connection.disconnect(), 'closed'],
    ['failed', ({ socket }) => socket().ends(), 'attempts-exhausted'],
    ['dispose()', ({ connection }) => connection.dispose(), 'disposed'],
  ])('rejects at %s and after it', async (_, end, code) => {
    const stage = staged({ retry: { maxAttempts: 0 } });
    stage.connection.send(kilobyte);
    stage.connection.connect();
    const before = stage.drains();
    expect(await before()).toBe('waits');
    end(stage);
    const after = stage.drains();
    expect([await before(), await after()]).toEqual([code, code]);
  });

  test('rejects at abort, with its reason as cause', async () => {
    const { connection } = staged();
    connection.send(kilobyte);
    const controller = new AbortController();
    const waiting = connection.drained({ signal: controller.signal });
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    await expect(waiting).rejects.toMatchObject({ name: 'ConnectionError', code: 'closed', cause: reason });
    await expect(connection.drained({ signal: controller.signal })).rejects.toMatchObject({ cause: reason });
  });

  test.each([-1, Number.NaN, '0', null])('throws for a belowBytes that is none: %s', (belowBytes) => {
    const { connection } = staged();
    expect(() => connection.drained({ belowBytes: belowBytes as number })).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringMatching(/^belowBytes: /u) as string }),
    );
  });

  test('a loop that waits for room gets 40 × 1 MB through an outbox of 1 MiB, where one that does not loses most', async () => {
    const large = 'x'.repeat(1_000_000);
    const send = async (isWaiting: boolean): Promise<number> => {
      const { connection, clock, socket } = staged();
      connection.connect();
      socket().opens();
      let sent = 0;
      Object.defineProperty(socket(), 'bufferedAmount', { get: () => sent });
      const take = socket().send.bind(socket());
      socket().send = (data) => {
        sent += 1_000_000;
        take(data);
      };
      // A line of 10 MB a second.
      const drain = (): void => {
        sent = Math.max(0, sent - 200_000);
        if (connection.state === 'open') clock.setTimeout(drain, 20);
      };
      drain();
      for (let n = 0; n < 40; n++) {
        connection.send(large);
        if (!isWaiting) continue;
        const waiting = connection.drained({ belowBytes: 1_000_000 });
        await clock.advanceAsync(1_000);
        await waiting;
      }
      await clock.advanceAsync(60_000);
      return socket().sent.length;
    };
    expect(await send(true)).toBe(40);
    expect(await send(false)).toBe(18);
  });
});

test('drained() of a connection over fake peers waits for the rate', async () => {
  const clock = new SimulatedClock();
  const peer = createFakePeer();
  const connection = createConnection<unknown, unknown>('ws://fake.test/', {
    WebSocket: peer.WebSocket,
    clock,
    codec: 'raw',
    outbox: { rate: { messages: 5, perMs: 1_000 } },
  });
  onTestFinished(() => connection.dispose());
  connection.connect();
  peer.accept();
  for (let n = 0; n < 12; n++) connection.send('x');
  let at: number | undefined;
  void connection.drained().then(() => (at = clock.now()));
  await clock.advanceAsync(5_000);
  expect(at).toBe(2_000);
});
