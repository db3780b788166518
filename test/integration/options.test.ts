import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createActor } from 'xstate';
import {
  connectionFrom,
  connectionMachine,
  createConnection,
  provideConnection,
  type ConnectionOptions,
} from '../../src/index.ts';
import { fakeConnection } from '../fixtures/stagedSocket.ts';

const url = 'ws://fake.test/';

/** The name that the message has to begin with, and options that are wrong there. */
const wrong: [name: string, options: object][] = [
  ['url', {}],
  ['url', { url: undefined }],
  ['url', { url: 7 }],
  ['url', { url: '' }],
  ['url', { url: 'no address' }],
  ['url', { url: 'relative' }],
  ['url', { url: 'ftp://fake.test' }],
  ['url', { url: 'ws://fake.test/#part' }],
  ['protocols', { protocols: 7 }],
  ['protocols', { protocols: '' }],
  ['protocols', { protocols: ['chat', 'chat'] }],
  ['protocols', { protocols: ['two words'] }],
  ['WebSocket', { WebSocket: 'ws' }],
  ['createSocket', { createSocket: {} }],
  ['binaryType', { binaryType: 'nodebuffer' }],
  ['codec', { codec: 'xml' }],
  ['codec', { codec: { encode: () => '' } }],
  ['codec', { codec: { decode: () => '' } }],
  ['schema', { schema: {} }],
  ['schema', { schema: () => true }],
  ['connectTimeoutMs', { connectTimeoutMs: 0 }],
  ['connectTimeoutMs', { connectTimeoutMs: Number.NaN }],
  ['connectTimeoutMs', { connectTimeoutMs: Infinity }],
  ['connectTimeoutMs', { connectTimeoutMs: '10' }],
  ['outbox.rate', { outbox: { rate: { messages: 1, perMs: 30_000 } } }],
  ['closeTimeoutMs', { closeTimeoutMs: -1 }],
  ['stableAfterMs', { stableAfterMs: 2 ** 31 }],
  ['maxBufferedBytes', { maxBufferedBytes: 0 }],
  ['heartbeat', { heartbeat: true }],
  ['heartbeat', { heartbeat: 'on' }],
  ['heartbeat.intervalMs', { heartbeat: { intervalMs: 0 } }],
  ['heartbeat.timeoutMs', { heartbeat: { timeoutMs: 'long' } }],
  ['heartbeat.wakeTimeoutMs', { heartbeat: { wakeTimeoutMs: -5 } }],
  ['heartbeat.ping', { heartbeat: { ping: 7 } }],
  ['heartbeat.isPong', { heartbeat: { isPong: 'pong' } }],
  ['heartbeat.pongToken', { heartbeat: { pongToken: 'id' } }],
  ['heartbeat.required', { heartbeat: { required: 'yes' } }],
  ['heartbeat.interval', { heartbeat: { interval: 5 } }],
  ['retry', { retry: 3 }],
  ['retry.baseMs', { retry: { baseMs: 0 } }],
  ['retry.capMs', { retry: { capMs: 500, baseMs: 1_000 } }],
  ['retry.hintCapMs', { retry: { hintCapMs: 0 } }],
  ['retry.maxAttempts', { retry: { maxAttempts: 1.5 } }],
  ['retry.maxAttempts', { retry: { maxAttempts: -1 } }],
  ['retry.jitter', { retry: { jitter: 'some' } }],
  ['retry.attempts', { retry: { attempts: 3 } }],
  ['reconnect', { reconnect: 'yes' }],
  ['outbox', { outbox: 10 }],
  ['outbox.maxMessages', { outbox: { maxMessages: 0.5 } }],
  ['outbox.maxBytes', { outbox: { maxBytes: -1 } }],
  ['outbox.ttlMs', { outbox: { ttlMs: 0 } }],
  ['outbox.overflow', { outbox: { overflow: 'drop' } }],
  ['outbox.keyOf', { outbox: { keyOf: 'id' } }],
  ['outbox.rate', { outbox: { rate: 5 } }],
  ['outbox.rate', { outbox: { rate: null } }],
  ['outbox.rate.messages', { outbox: { rate: { perMs: 1_000 } } }],
  ['outbox.rate.messages', { outbox: { rate: { messages: 0, perMs: 1_000 } } }],
  ['outbox.rate.messages', { outbox: { rate: { messages: 1.5, perMs: 1_000 } } }],
  ['outbox.rate.messages', { outbox: { rate: { messages: 1_000_001, perMs: 1_000 } } }],
  ['outbox.rate.messages', { outbox: { rate: { messages: Infinity, perMs: 1_000 } } }],
  ['outbox.rate.perMs', { outbox: { rate: { messages: 5 } } }],
  ['outbox.rate.perMs', { outbox: { rate: { messages: 5, perMs: 0 } } }],
  ['outbox.rate.perMs', { outbox: { rate: { messages: 5, perMs: 2 ** 31 } } }],
  ['outbox.rate.per', { outbox: { rate: { messages: 5, perMs: 1_000, per: 's' } } }],
  ['verdict', { verdict: 'retry' }],
  ['environment', { environment: {} }],
  ['parentRef', { parentRef: 'parent' }],
  ['random', { random: 0.5 }],
  ['clock', { clock: { now: () => 0 } }],
  ['id', { id: 7 }],
  ['reconnectInterval', { reconnectInterval: 3_000 }],
  ['constructor', { constructor: 1 }],
];

describe.each(wrong)("a wrong option throws 'invalid-option' that begins with its name: %s", (name, options) => {
  const given = (name === 'url' ? options : { url, ...options }) as ConnectionOptions;
  const refused = expect.objectContaining({
    name: 'ConnectionError',
    code: 'invalid-option',
    message: expect.stringMatching(new RegExp(`^${name.replaceAll('.', '\\.')}: `, 'u')) as string,
  }) as Error;

  test(JSON.stringify(options), () => {
    expect(() => createConnection(given)).toThrow(refused);
    expect(() => provideConnection(given)).toThrow(refused);
  });
});

test('an unknown option is told what there is', () => {
  expect(() => createConnection(url, { retry: { attempts: 3 } } as never)).toThrow(
    /there is no such option; there are baseMs, capMs, hintCapMs, maxAttempts, jitter/u,
  );
});

test.each([{ url: 'ws://user:hunter2@/' }, { url: 'ws://fake.test/#hunter2' }, { url, protocols: ['hunter 2'] }])(
  'an error shows no address and no credential, however it is printed: %#',
  (options) => {
    let error: unknown;
    try {
      createConnection(options);
    } catch (thrown) {
      error = thrown;
    }

    expect(error).toMatchObject({ code: 'invalid-option' });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hunter');
  },
);

test('an option that is undefined counts as left out', () => {
  const { connection } = fakeConnection({ codec: undefined, retry: { baseMs: undefined } });

  connection.connect();

  expect(connection.state).toBe('connecting');
});

test.each<ConnectionOptions>([
  { url: new URL(url) },
  { url: () => url, protocols: () => undefined },
  { url: 'https://fake.test' },
  { url, protocols: [], heartbeat: 'auto' },
  { url, retry: { maxAttempts: Infinity, jitter: 'equal' }, outbox: { maxMessages: Infinity, maxBytes: Infinity } },
  { url, outbox: { rate: { messages: 1_000_000, perMs: 2 ** 31 - 1 } } },
  { url, heartbeat: { ping: new Uint8Array(2), required: true }, reconnect: false, WebSocket },
])('right ones are accepted: %#', (options) => {
  expect(createConnection(options).state).toBe('idle');
});

test('an address of the page is accepted where a server renders, and refused where it would be dialled without a page', () => {
  const connection = createConnection({ url: '/live', WebSocket });

  for (const dial of [connection.connect, connection.reconnect]) {
    expect(dial).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringMatching(/^url: /u) as string }),
    );
  }
  expect(connection.state).toBe('idle');
});

test('a machine of an application that is given an address of a page, and no page, fails its attempts and says why', () => {
  const actor = createActor(connectionMachine, {
    input: { url: '/live', WebSocket, retry: { maxAttempts: 0 } },
  }).start();

  actor.send({ type: 'client.connect' });

  expect(connectionFrom(actor).explain()).toContain('url');
  expect(actor.getSnapshot().value).toBe('failed');
});

describe('disconnect()', () => {
  test.each([0, 999, 1001, 1006, 2999, 5000, 3000.5, Number.NaN, '1000'])('refuses the code %s', (code) => {
    const { connection } = fakeConnection();
    connection.connect();

    expect(() => connection.disconnect(code as number)).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringMatching(/^code: /u) as string }),
    );
    expect(connection.state).toBe('connecting');
  });

  test.each([1000, 3000, 4999, undefined])('accepts the code %s', (code) => {
    const fake = fakeConnection();
    fake.connection.connect();
    fake.socket.opens();

    fake.connection.disconnect(code);

    expect(fake.socket.closes[0]?.code).toBe(code ?? 1000);
  });

  test('accepts a reason of 123 bytes of UTF-8 and no more', () => {
    const { connection } = fakeConnection();
    const longest = `${'ä'.repeat(61)}x`;

    expect(() => connection.disconnect(1000, `${longest}x`)).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringMatching(/^reason: /u) as string }),
    );
    expect(() => connection.disconnect(1000, 7 as never)).toThrow(/^reason: /u);
    connection.disconnect(1000, longest);

    expect(connection.state).toBe('closed');
  });
});
