import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build, type Rolldown } from 'vite';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { SimulatedClock } from 'xstate';
import type * as socketchart from '../../src/index.ts';
import { pathOf, withResolvers } from '../fixtures/events.ts';
import { StagedSocket, recorded } from '../fixtures/stagedSocket.ts';

/** All that the client needs beyond ECMAScript. The last is asked only to report what a listener threw. */
const given = ['setTimeout', 'clearTimeout', 'URL', 'AbortController', 'queueMicrotask'] as const;

/** Some of what browsers and Node have, and other engines lack. */
const absent = [
  'addEventListener',
  'Blob',
  'CloseEvent',
  'document',
  'DOMException',
  'Event',
  'EventTarget',
  'navigator',
  'performance',
  'process',
  'reportError',
  'structuredClone',
  'TextEncoder',
  'WebSocket',
  'window',
];

const entry = join(import.meta.dirname, '..', '..', 'src', 'index.ts');
let script: string;
beforeAll(async () => {
  const bundled = (await build({
    configFile: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { write: false, minify: false, lib: { entry, formats: ['iife'], name: 'socketchart' } },
  })) as Rolldown.RolldownOutput[];
  script = bundled[0]?.output[0].code ?? '';
});

/** The client in a context that has nothing but ECMAScript and what is given; its time is simulated. */
function bareClient() {
  const clock = new SimulatedClock();
  const thrown: unknown[] = [];
  const globals: Record<(typeof given)[number], unknown> = {
    setTimeout: (fn: () => void, ms: number) => clock.setTimeout(fn, ms),
    clearTimeout: (id: number) => clock.clearTimeout(id),
    URL,
    AbortController,
    queueMicrotask: (fn: () => void) => {
      try {
        fn();
      } catch (error) {
        thrown.push(error);
      }
    },
  };
  const context = createContext({ ...globals });
  runInContext(withoutDispose, context);
  const client = runInContext(`${script}; socketchart`, context) as typeof socketchart;
  const lookFor = (name: string): unknown => runInContext(`typeof ${name}`, context);
  return { client, clock, thrown, lookFor };
}

/** Newer engines cannot be rid of `Symbol.dispose`; another `Symbol` can do without it. */
const withoutDispose = `
  if ('dispose' in Symbol) {
    const { dispose, asyncDispose, ...others } = Object.getOwnPropertyDescriptors(Symbol);
    const create = Symbol;
    globalThis.Symbol = Object.defineProperties((description) => create(description), others);
  }
`;

function bareConnection(options: Partial<socketchart.ConnectionOptions<unknown, unknown>> = {}) {
  const { client, clock, thrown } = bareClient();
  const { WebSocket, sockets } = recorded(StagedSocket);
  const connection = client.createConnection<unknown, unknown>({
    url: 'https://fake.test/live',
    WebSocket,
    random: () => 0.5,
    ...options,
  });
  onTestFinished(() => connection.dispose());
  const socketAt = (index: number): StagedSocket => {
    const socket = sockets.at(index);
    if (socket === undefined) throw new Error('that socket has not been made');
    return socket;
  };
  return { client, connection, clock, thrown, socketAt, path: () => pathOf(connection.getSnapshot().value) };
}

test('the context has what is given and nothing else', () => {
  const { lookFor } = bareClient();
  expect(given.map(lookFor)).toEqual(given.map(() => 'function'));
  expect([...absent, 'Symbol.dispose'].map((name) => `${name}: ${String(lookFor(name))}`)).toEqual(
    [...absent, 'Symbol.dispose'].map((name) => `${name}: undefined`),
  );
});

describe('in a context of bare ECMAScript', () => {
  test('a connection holds, connects, sends, receives, loses its socket, dials again and hangs up', async () => {
    const { connection, clock, socketAt, path } = bareConnection({ heartbeat: false });
    const heard: unknown[] = [];
    connection.onMessage((message) => heard.push(message));
    const opened = connection.opened();
    const delivery = connection.deliver({ held: 'ü' });

    connection.connect();
    socketAt(0).opens();
    await opened;
    expect(await delivery).toEqual({ outcome: 'sent' });
    expect(connection.send(new Uint8Array([1, 2]))).toBe('sent');
    socketAt(0).receives('{"news":1}');
    expect(socketAt(0).url).toBe('wss://fake.test/live');
    expect(socketAt(0).sent).toEqual(['{"held":"ü"}', new Uint8Array([1, 2])]);
    expect(heard).toEqual([{ news: 1 }]);

    socketAt(0).ends({ code: 1006 });
    expect(path()).toBe('backoff.waiting');
    expect(connection.send('meanwhile')).toBe('queued');
    clock.increment(1_000);
    socketAt(1).opens();
    expect(socketAt(1).sent).toEqual(['meanwhile']);

    connection.disconnect(4000, 'enough');
    expect(path()).toBe('closed.closing');
    clock.increment(10_000);
    expect(path()).toBe('closed.done');
    expect(connection.explain()).toBe('disconnect() was called');
    expect(connection.history().length).toBeGreaterThan(5);
  });

  test('messages() gives what arrives, until dispose()', async () => {
    const { connection, socketAt } = bareConnection({ heartbeat: false });
    connection.connect();
    socketAt(0).opens();
    const messages = connection.messages();
    socketAt(0).receives('1');
    socketAt(0).receives('2');
    expect([(await messages.next()).value, (await messages.next()).value]).toEqual([1, 2]);
    const last = messages.next();
    connection.dispose();
    expect((await last).done).toBe(true);
    expect(() => connection.connect()).toThrow('this connection has been disposed of');
    expect(Reflect.ownKeys(connection).every((key) => typeof key === 'string' && key !== 'undefined')).toBe(true);
  });

  test('a peer that goes silent is found dead, and a new socket has to prove itself', () => {
    const { connection, clock, socketAt, path } = bareConnection({ heartbeat: {} });
    connection.connect();
    socketAt(0).opens();
    expect(socketAt(0).sent).toEqual(['{"type":"ping"}']);
    socketAt(0).receives('{"type":"pong"}');
    expect(path()).toBe('open.quiet');
    clock.increment(25_000);
    clock.increment(10_000);
    expect(path()).toBe('backoff.waiting');
    expect(connection.explain()).toContain('nothing answered a ping for 10 s');
    clock.increment(1_000);
    socketAt(1).opens();
    expect(path()).toBe('connecting.proving');
    socketAt(1).receives('{"type":"pong"}');
    expect(path()).toBe('open.quiet');
  });

  test('credentials are asked for, the peer is greeted, and messages are confirmed', async () => {
    const { connection, clock, socketAt } = bareConnection({
      heartbeat: {},
      confirm: 'ping',
      authenticate: () => Promise.resolve('ticket'),
      greet: async ({ send, receive, credential }) => {
        send({ login: credential });
        await receive();
      },
    });
    connection.connect();
    await vi.waitFor(() => expect(connection.stats().sockets).toBe(1));
    const socket = socketAt(0);
    socket.opens();
    await vi.waitFor(() => expect(socket.sent).toEqual(['{"login":"ticket"}']));
    socket.receives('{"welcome":true}');
    await connection.opened();
    socket.receives('{"type":"pong"}');
    const delivery = connection.deliver('to be confirmed');
    clock.increment(250);
    socket.receives('{"type":"pong"}');
    expect(await delivery).toEqual({ outcome: 'confirmed' });
  });

  test('a provider is told when its attempt is over', () => {
    const { promise } = withResolvers<string>();
    const signals: AbortSignal[] = [];
    const { connection } = bareConnection({
      url: ({ signal }) => {
        signals.push(signal);
        return promise;
      },
    });
    connection.connect();
    connection.disconnect();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('what a listener throws is reported, and stops nothing', () => {
    const { connection, thrown, socketAt, path } = bareConnection({ heartbeat: false });
    connection.on('opened', () => {
      throw new Error('of the application');
    });
    connection.connect();
    socketAt(0).opens();
    expect(path()).toBe('open.quiet');
    expect(thrown.map(String)).toEqual(['Error: of the application']);
  });

  test('without a WebSocket of its own it says what to install, and a wrong option what is accepted', () => {
    const { client } = bareClient();
    const connection = client.createConnection('wss://fake.test/');
    expect(() => connection.connect()).toThrow('this platform has no WebSocket of its own');
    expect(() => client.createConnection('nonsense')).toThrow(/^url: ws:, wss:, http: or https:/u);
  });
});
