import { StrictMode, type ReactNode } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ConnectionError } from '../../src/index.ts';
import { useWebSocket, type UseWebSocketOptions, type UseWebSocketResult } from '../../src/react/index.ts';
import { Inbox } from '../fixtures/events.ts';
import { drawn, fakeOptions, frames, mountHook, thrownBy, turn, until, type MountedHook } from '../fixtures/react.tsx';
import { startServer } from '../fixtures/server.ts';

type Options = Omit<UseWebSocketOptions<unknown, unknown>, 'url'>;
type Hook = MountedHook<UseWebSocketResult<unknown, unknown>>;
type Told = readonly [name: 'message' | 'open' | 'close' | 'error', what: unknown, ...data: unknown[]];

/** Handlers that write down what they are told. */
function record() {
  const told: Told[] = [];
  const handlers = {
    onMessage: (message: unknown) => told.push(['message', message]),
    onOpen: (opened: unknown) => told.push(['open', opened]),
    onClose: (close: unknown) => told.push(['close', close]),
    onError: (error: Error, data?: unknown) => told.push(['error', error, ...(data === undefined ? [] : [data])]),
  };
  const of = (name: Told[0]): Told[] => told.filter(([other]) => other === name);
  return { told, handlers, of };
}

/** A hook over fake sockets on a simulated clock: no heartbeat, no chance. */
function fakeHook(options: Options = {}, url: UseWebSocketOptions['url'] = 'ws://fake.test/') {
  const fake = fakeOptions();
  const { WebSocket, clock } = fake.options;
  const recorded = record();
  const all = { WebSocket, clock, heartbeat: false, random: () => 0.999_999_999, ...recorded.handlers } as const;
  const using = (url: UseWebSocketOptions['url'], options: Options) => () =>
    useWebSocket<unknown, unknown>(url, { ...all, ...options });
  const hook: Hook = mountHook(using(url, options));
  return {
    hook,
    clock,
    ...recorded,
    sockets: fake.sockets,
    get socket() {
      return fake.socket;
    },
    opens: () => drawn(() => fake.socket.opens()),
    update: (url: UseWebSocketOptions['url'], options: Options = {}) => hook.update(using(url, options)),
  };
}

const codes = (told: readonly Told[]): unknown[] => told.map(([, error]) => (error as { code?: unknown }).code);

describe('useWebSocket', () => {
  it('dials when it is mounted, and says how it is', () => {
    const stage = fakeHook();
    expect(stage.hook.current).toMatchObject({
      isConnected: false,
      state: 'connecting',
      lastMessage: null,
      lastError: null,
    });
    stage.opens();
    expect(stage.hook.current).toMatchObject({ isConnected: true, state: 'open' });
    drawn(() => stage.socket.ends());
    expect(stage.hook.current).toMatchObject({ isConnected: false, state: 'backoff' });
  });

  it('takes the address by itself, or among the options', () => {
    const { options, sockets } = fakeOptions();
    const { url, ...rest } = options;
    mountHook(() => useWebSocket(url, rest));
    mountHook(() => useWebSocket(options));
    mountHook(() => useWebSocket(new URL(url), rest));
    mountHook(() => useWebSocket(() => url, rest));
    mountHook(() => useWebSocket({ ...options, url: new URL(url) }));
    return until('the address that had to be asked for', () => sockets.length === 5);
  });

  it('talks with a real server', async () => {
    const server = await startServer();
    const messages = new Inbox<unknown>('message at the hook');
    const hook = mountHook(() =>
      useWebSocket(server.url, { WebSocket, onMessage: (message) => messages.put(message) }),
    );
    hook.current.send({ hello: 'server' });
    const peer = await server.nextPeer();
    await expect(peer.nextText()).resolves.toBe('{"hello":"server"}');
    peer.socket.send('{"hello":"hook"}');
    await expect(messages.next()).resolves.toEqual({ hello: 'hook' });
    await until('the message to be drawn', () => hook.current.lastMessage !== null);
    expect(hook.current.lastMessage).toEqual({ hello: 'hook' });
    hook.unmount();
    await expect(peer.end()).resolves.toMatchObject({ code: 1000 });
  });

  it('in StrictMode makes one socket, and sends what the first mount sent once', async () => {
    let sockets = 0;
    const server = await startServer(() => sockets++);
    const { handlers, of } = record();
    const hook = mountHook(
      () => useWebSocket(server.url, { WebSocket, ...handlers }),
      (children) => <StrictMode>{children}</StrictMode>,
    );
    hook.current.send('only');
    const peer = await server.nextPeer();
    await expect(peer.nextText()).resolves.toBe('only');
    peer.socket.send('1');
    await until('the message', () => of('message').length > 0);
    hook.unmount();
    await peer.end();
    expect(peer.unreadTexts).toEqual([]);
    expect(sockets).toBe(1);
    expect(of('open')).toHaveLength(1);
    expect(of('message')).toHaveLength(1);
  });

  it('keeps its socket and its functions through fifty renders with inline closures and equal options', () => {
    const inline = (n: number): Options => ({
      onMessage: () => n,
      verdict: () => undefined,
      outbox: { maxMessages: 10, keyOf: () => String(n) },
      protocols: ['a'],
    });
    const stage = fakeHook(inline(0));
    const { send, reconnect, disconnect } = stage.hook.current;
    for (let n = 1; n <= 50; n++) stage.update('ws://fake.test/', inline(n));
    expect(stage.hook.current.send).toBe(send);
    expect(stage.hook.current.reconnect).toBe(reconnect);
    expect(stage.hook.current.disconnect).toBe(disconnect);
    expect(stage.sockets).toHaveLength(1);
  });
});

describe('the handlers', () => {
  it('are told what happens, once and in order', () => {
    const stage = fakeHook();
    stage.opens();
    stage.socket.receives('{"n":1}');
    stage.socket.receives('{"n":2}');
    drawn(() => stage.socket.ends({ code: 1012, reason: 'restart', wasClean: true }));
    expect(stage.told).toEqual([
      ['open', { attempt: 0, protocol: '' }],
      ['message', { n: 1 }],
      ['message', { n: 2 }],
      ['close', { code: 1012, reason: 'restart', wasClean: true }],
    ]);
  });

  it('are always those of the newest render', () => {
    const stage = fakeHook();
    const { told, handlers } = record();
    stage.update('ws://fake.test/', handlers);
    stage.opens();
    stage.socket.receives('1');
    drawn(() => stage.socket.ends());
    expect(told.map(([name]) => name)).toEqual(['open', 'message', 'close']);
    expect(stage.told).toEqual([]);
  });

  it('draw nothing beyond what the hook gives', () => {
    frames();
    const stage = fakeHook();
    stage.opens();
    const { renders } = stage.hook;
    for (let n = 0; n < 100; n++) drawn(() => stage.socket.receives(String(n)));
    expect(stage.of('message')).toHaveLength(100);
    expect(stage.hook.renders).toBe(renders);
  });

  it('need not be there', () => {
    const { options, socket } = ((fake) => ({ options: fake.options, socket: () => fake.socket }))(fakeOptions());
    const hook = mountHook(() => useWebSocket(options));
    drawn(() => socket().opens());
    drawn(() => socket().receives('no json'));
    drawn(() => socket().ends());
    expect(hook.current.state).toBe('backoff');
  });

  it('that throw stop neither the connection nor what is drawn', () => {
    const screen = frames();
    const reported = vi.fn();
    vi.stubGlobal('reportError', reported);
    const broken = (): never => {
      throw new Error('broken');
    };
    const stage = fakeHook({ onMessage: broken, onOpen: broken, onClose: broken, onError: broken });
    stage.opens();
    drawn(() => stage.socket.receives('1'));
    screen.draw();
    expect(stage.hook.current).toMatchObject({ isConnected: true, lastMessage: 1 });
    drawn(() => stage.socket.receives('no json'));
    screen.draw();
    expect(stage.hook.current.lastError).toBeInstanceOf(Error);
    drawn(() => stage.socket.ends());
    drawn(() => stage.clock.increment(3_000));
    expect(stage.sockets).toHaveLength(2);
    expect(reported).toHaveBeenCalledTimes(4);
  });
});

describe('onClose', () => {
  it('is told once for each onOpen: after a loss, after disconnect(), and when the handshake is not completed', () => {
    const stage = fakeHook();
    stage.opens();
    drawn(() => stage.socket.ends({ code: 1006 }));
    drawn(() => stage.clock.increment(3_000));
    stage.opens();
    drawn(() => stage.hook.current.disconnect());
    drawn(() => stage.socket.ends({ code: 1000, reason: 'bye', wasClean: true }));
    drawn(() => stage.hook.current.reconnect());
    stage.opens();
    drawn(() => stage.hook.current.disconnect());
    drawn(() => stage.clock.increment(10_000));
    expect(stage.of('open')).toHaveLength(3);
    expect(stage.of('close').map(([, close]) => close)).toEqual([
      { code: 1006, reason: '', wasClean: false },
      { code: 1000, reason: 'bye', wasClean: true },
      { code: 1006, reason: '', wasClean: false },
    ]);
  });

  it('is told once when the close is one that ends all attempts', () => {
    const stage = fakeHook();
    stage.opens();
    drawn(() => stage.socket.ends({ code: 1008, reason: 'policy' }));
    expect(stage.hook.current.state).toBe('failed');
    expect(stage.of('close')).toHaveLength(1);
    expect(codes(stage.of('error'))).toEqual(['fatal-close']);
  });

  it('is not told again when a lost connection is given up by disconnect()', () => {
    const stage = fakeHook();
    stage.opens();
    drawn(() => stage.socket.ends());
    drawn(() => stage.hook.current.disconnect());
    expect(stage.of('close')).toHaveLength(1);
  });

  it('is not told of attempts that never opened', () => {
    const stage = fakeHook();
    drawn(() => stage.socket.ends());
    drawn(() => stage.hook.current.disconnect());
    expect(stage.of('close')).toEqual([]);
  });

  it('is told of the old socket when the address changes', async () => {
    const stage = fakeHook();
    stage.opens();
    stage.update('ws://fake.test/other');
    await turn();
    drawn(() => stage.socket.ends({ code: 1000, wasClean: true }));
    await until('the second socket', () => stage.sockets.length === 2);
    stage.opens();
    expect(stage.told.map(([name]) => name)).toEqual(['open', 'close', 'open']);
  });

  it('is told when the hook is disabled', async () => {
    const stage = fakeHook();
    stage.opens();
    stage.update('ws://fake.test/', { enabled: false });
    await turn();
    drawn(() => stage.socket.ends({ code: 1000, wasClean: true }));
    expect(stage.of('close')).toEqual([['close', { code: 1000, reason: '', wasClean: true }]]);
  });

  it('is told when the component is unmounted', async () => {
    const stage = fakeHook();
    stage.opens();
    stage.hook.unmount();
    await turn();
    stage.socket.ends({ code: 1000, wasClean: true });
    await turn();
    expect(stage.of('close')).toEqual([['close', { code: 1000, reason: '', wasClean: true }]]);
  });
});

describe('onError and lastError', () => {
  it('tell of each attempt that failed, and once of the end of all', () => {
    const stage = fakeHook({ reconnectAttempts: 2 });
    drawn(() => stage.socket.ends());
    drawn(() => stage.clock.increment(3_000));
    drawn(() => stage.socket.ends());
    drawn(() => stage.clock.increment(6_000));
    expect(codes(stage.of('error'))).toEqual(['closed', 'closed']);
    drawn(() => stage.socket.ends());
    expect(stage.hook.current.state).toBe('failed');
    expect(codes(stage.of('error')).at(-1)).toBe('attempts-exhausted');
    expect(new Set(stage.of('error').map(([, error]) => error)).size).toBe(stage.of('error').length);
    expect(stage.of('error')).toHaveLength(3);
  });

  it('tell of a malformed frame, with its data; the connection lives', () => {
    const screen = frames();
    const stage = fakeHook();
    stage.opens();
    drawn(() => stage.socket.receives('{"half":'));
    screen.draw();
    expect(stage.of('error')).toEqual([['error', expect.any(SyntaxError), '{"half":']]);
    expect(stage.hook.current.lastError).toBeInstanceOf(SyntaxError);
    expect(stage.hook.current.isConnected).toBe(true);
    stage.socket.receives('{"whole":1}');
    expect(stage.of('message')).toEqual([['message', { whole: 1 }]]);
  });

  it('tell of what a codec throws, also where that is no Error', () => {
    const stage = fakeHook({
      codec: {
        encode: String,
        decode: () => {
          // eslint-disable-next-line @typescript-eslint/only-throw-error -- Codecs of others do.
          throw 'odd';
        },
      },
    });
    stage.opens();
    stage.socket.receives('x');
    expect(stage.of('error')).toEqual([['error', expect.objectContaining({ message: 'odd', cause: 'odd' }), 'x']]);
  });

  it('tell of nothing when the application disconnects, whatever goes on', () => {
    const stage = fakeHook();
    drawn(() => stage.hook.current.disconnect());
    drawn(() => stage.hook.current.reconnect());
    stage.opens();
    drawn(() => stage.hook.current.disconnect());
    expect(stage.of('error')).toEqual([]);
  });

  it('tell of nothing for a loss that is mended', () => {
    const stage = fakeHook();
    stage.opens();
    drawn(() => stage.socket.ends());
    drawn(() => stage.clock.increment(3_000));
    stage.opens();
    expect(stage.of('error')).toEqual([]);
  });

  it('lastError is what onError was told last, and null again when the connection opens', () => {
    const screen = frames();
    const stage = fakeHook();
    drawn(() => stage.socket.ends());
    screen.draw();
    expect(stage.hook.current.lastError).toBe(stage.of('error').at(-1)?.[1]);
    expect(stage.hook.current.lastError).toBeInstanceOf(ConnectionError);
    drawn(() => stage.clock.increment(3_000));
    stage.opens();
    screen.draw();
    expect(stage.hook.current.lastError).toBeNull();
  });
});

describe('retries', () => {
  it('wait 3 s and twice as long each time, up to 30 s; after five of them all is given up', () => {
    const stage = fakeHook();
    const waits: number[] = [];
    for (let n = 0; stage.hook.current.state !== 'failed' && n < 20; n++) {
      const made = stage.sockets.length;
      drawn(() => stage.socket.ends());
      let waited = 0;
      while (stage.hook.current.state === 'backoff' && stage.sockets.length === made) {
        drawn(() => stage.clock.increment(250));
        waited += 250;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([3_000, 6_000, 12_000, 24_000, 30_000, 0]);
    expect(stage.sockets).toHaveLength(6);
  });

  it('leave to chance no more than the second half of a wait', () => {
    const stage = fakeHook({ random: () => 0 });
    drawn(() => stage.socket.ends());
    drawn(() => stage.clock.increment(1_499));
    expect(stage.sockets).toHaveLength(1);
    drawn(() => stage.clock.increment(1));
    expect(stage.sockets).toHaveLength(2);
  });

  it('reconnectInterval is the first wait, also above 30 s', () => {
    const stage = fakeHook({ reconnectInterval: 60_000 });
    drawn(() => stage.socket.ends());
    drawn(() => stage.clock.increment(59_999));
    expect(stage.sockets).toHaveLength(1);
    drawn(() => stage.clock.increment(1));
    expect(stage.sockets).toHaveLength(2);
  });

  it('reconnectAttempts 0: the first loss is the end', () => {
    const stage = fakeHook({ reconnectAttempts: 0 });
    stage.opens();
    drawn(() => stage.socket.ends());
    expect(stage.hook.current.state).toBe('failed');
  });

  it('retry says the same, and what it leaves out keeps its default', () => {
    const stage = fakeHook({ retry: { baseMs: 100, capMs: 150 } });
    drawn(() => stage.socket.ends());
    drawn(() => stage.clock.increment(100));
    drawn(() => stage.socket.ends());
    drawn(() => stage.clock.increment(150));
    expect(stage.sockets).toHaveLength(3);
    for (let n = 0; n < 10; n++) {
      drawn(() => stage.socket.ends());
      drawn(() => stage.clock.increment(150));
    }
    expect(stage.sockets).toHaveLength(6);
  });

  it('an undefined member of retry keeps its default, too', () => {
    const stage = fakeHook({
      random: () => 0,
      reconnectInterval: 60_000,
      retry: { jitter: undefined, capMs: undefined },
    });
    drawn(() => stage.socket.ends());
    drawn(() => stage.clock.increment(29_999));
    expect(stage.sockets).toHaveLength(1);
    drawn(() => stage.clock.increment(1));
    expect(stage.sockets).toHaveLength(2);
  });

  it('are made no more after unmounting', async () => {
    const stage = fakeHook();
    drawn(() => stage.socket.ends());
    stage.hook.unmount();
    await turn();
    stage.clock.increment(3_600_000);
    expect(stage.sockets).toHaveLength(1);
  });
});

describe('send', () => {
  it('holds what is sent while down, and sends it in order before anything newer', () => {
    const stage = fakeHook();
    expect(stage.hook.current.send('first')).toBe('queued');
    expect(stage.hook.current.send('second')).toBe('queued');
    stage.opens();
    expect(stage.hook.current.send('third')).toBe('sent');
    drawn(() => stage.socket.ends());
    stage.hook.current.send('fourth');
    drawn(() => stage.clock.increment(3_000));
    stage.opens();
    expect(stage.sockets.map(({ sent }) => sent)).toEqual([['first', 'second', 'third'], ['fourth']]);
  });

  it('holds no more than `outbox` allows, and tells onError what gave way', () => {
    const stage = fakeHook({ outbox: { maxMessages: 2 } });
    for (const message of ['a', 'b', 'c']) stage.hook.current.send(message);
    expect(stage.of('error')).toEqual([['error', expect.objectContaining({ code: 'overflow' }), 'a']]);
    stage.opens();
    expect(stage.socket.sent).toEqual(['b', 'c']);
  });

  it('tells onError once what gave way, also in StrictMode', () => {
    const { options } = fakeOptions();
    const { handlers, of } = record();
    const hook = mountHook(
      () => useWebSocket({ ...options, ...handlers, outbox: { maxMessages: 1 } }),
      (children) => <StrictMode>{children}</StrictMode>,
    );
    hook.current.send('a');
    hook.current.send('b');
    expect(of('error')).toHaveLength(1);
  });

  it('tells nothing where a newer message of the same key took the place', () => {
    const stage = fakeHook();
    stage.hook.current.send('old', { key: 'k' });
    stage.hook.current.send('new', { key: 'k' });
    stage.opens();
    expect(stage.socket.sent).toEqual(['new']);
    expect(stage.of('error')).toEqual([]);
  });

  it('after disconnect() is rejected, and told', () => {
    const stage = fakeHook();
    stage.opens();
    drawn(() => stage.hook.current.disconnect());
    expect(stage.hook.current.send('late')).toBe('rejected');
    expect(stage.of('error')).toEqual([['error', expect.any(ConnectionError), 'late']]);
  });

  it('what is still held at disconnect() is told', () => {
    const stage = fakeHook();
    stage.hook.current.send('held');
    drawn(() => stage.hook.current.disconnect());
    expect(stage.of('error')).toEqual([['error', expect.any(ConnectionError), 'held']]);
  });

  it('what is still held at unmounting is told', async () => {
    const stage = fakeHook();
    stage.hook.current.send('held');
    stage.hook.unmount();
    await turn();
    expect(stage.of('error')).toEqual([['error', expect.any(ConnectionError), 'held']]);
  });
});

describe('reconnect() and disconnect()', () => {
  it('reconnect() does nothing while connecting, open and disabled', async () => {
    const stage = fakeHook();
    drawn(() => stage.hook.current.reconnect());
    stage.opens();
    drawn(() => stage.hook.current.reconnect());
    expect(stage.sockets).toHaveLength(1);
    stage.update('ws://fake.test/', { enabled: false });
    drawn(() => stage.hook.current.reconnect());
    await turn();
    drawn(() => stage.socket.ends({ code: 1000 }));
    drawn(() => stage.hook.current.reconnect());
    expect(stage.sockets).toHaveLength(1);
  });

  it('reconnect() dials at once in backoff, in failed and after disconnect()', () => {
    const stage = fakeHook({ reconnectAttempts: 1 });
    drawn(() => stage.socket.ends());
    drawn(() => stage.hook.current.reconnect());
    expect(stage.sockets).toHaveLength(2);
    drawn(() => stage.socket.ends());
    expect(stage.hook.current.state).toBe('failed');
    drawn(() => stage.hook.current.reconnect());
    expect(stage.sockets).toHaveLength(3);
    drawn(() => stage.hook.current.disconnect());
    drawn(() => stage.hook.current.reconnect());
    expect(stage.sockets).toHaveLength(4);
  });

  it('reconnect() of another address does nothing', async () => {
    const stage = fakeHook();
    stage.opens();
    const { reconnect } = stage.hook.current;
    stage.update('ws://fake.test/other');
    await turn();
    drawn(() => reconnect());
    drawn(() => stage.socket.ends({ code: 1000 }));
    await until('the second socket', () => stage.sockets.length === 2);
    drawn(() => reconnect());
    await turn();
    expect(stage.sockets.map(({ url }) => url)).toEqual(['ws://fake.test/', 'ws://fake.test/other']);
  });

  it('disconnect() stays so, whatever is drawn and however long it takes', () => {
    const stage = fakeHook();
    stage.opens();
    drawn(() => stage.hook.current.disconnect(4000, 'enough'));
    expect(stage.socket.closes).toEqual([{ code: 4000, reason: 'enough' }]);
    drawn(() => stage.socket.ends({ code: 4000 }));
    for (let n = 0; n < 5; n++) stage.update('ws://fake.test/');
    stage.clock.increment(3_600_000);
    expect(stage.hook.current.state).toBe('closed');
    expect(stage.sockets).toHaveLength(1);
  });

  it('stale functions do nothing after unmounting, and never dial', async () => {
    const stage = fakeHook();
    stage.opens();
    const { send, reconnect, disconnect } = stage.hook.current;
    stage.hook.unmount();
    reconnect();
    await turn();
    reconnect();
    disconnect();
    expect(send('late')).toBe('rejected');
    stage.socket.ends({ code: 1000 });
    await turn();
    reconnect();
    disconnect();
    expect(send('later')).toBe('rejected');
    stage.clock.increment(3_600_000);
    expect(stage.sockets).toHaveLength(1);
  });

  it('no message is told after unmounting', async () => {
    const stage = fakeHook();
    stage.opens();
    stage.hook.unmount();
    stage.socket.receives('1');
    await turn();
    stage.socket.receives('2');
    expect(stage.of('message')).toEqual([]);
  });
});

describe('url and enabled', () => {
  it('null: nothing is dialled, what is sent is held, and goes out when the address is known', () => {
    const stage = fakeHook({}, null);
    expect(stage.hook.current.state).toBe('idle');
    expect(stage.hook.current.send('early')).toBe('queued');
    const { send } = stage.hook.current;
    drawn(() => stage.hook.current.reconnect());
    expect(stage.sockets).toHaveLength(0);
    stage.update('ws://fake.test/known');
    return until('the socket', () => stage.sockets.length === 1).then(() => {
      expect(stage.socket.url).toBe('ws://fake.test/known');
      stage.opens();
      expect(stage.socket.sent).toEqual(['early']);
      expect(stage.hook.current.send).toBe(send);
    });
  });

  it('null again: the connection is hung up', async () => {
    const stage = fakeHook();
    stage.opens();
    stage.update(null);
    await turn();
    expect(stage.socket.closes).toMatchObject([{ code: 1000 }]);
    expect(stage.hook.current.state).toBe('idle');
    expect(stage.hook.current.send('held')).toBe('queued');
  });

  it('an address that changes after it was learned makes another connection', async () => {
    const stage = fakeHook({}, null);
    stage.update('ws://fake.test/a');
    await until('the first socket', () => stage.sockets.length === 1);
    stage.opens();
    stage.update('ws://fake.test/b');
    await turn();
    drawn(() => stage.socket.ends({ code: 1000 }));
    await until('the second socket', () => stage.sockets.length === 2);
    expect(stage.sockets.map(({ url }) => url)).toEqual(['ws://fake.test/a', 'ws://fake.test/b']);
  });

  it('another address brings a server another socket only after the old one is closed', async () => {
    const log: string[] = [];
    const server = await startServer(({ request, socket }) => {
      log.push(`open ${request.url ?? ''}`);
      socket.on('close', () => log.push(`close ${request.url ?? ''}`));
    });
    const at = (path: string) => () => useWebSocket(`${server.url}/${path}`, { WebSocket });
    const hook = mountHook(at('a'));
    await server.nextPeer();
    hook.update(at('b'));
    await server.nextPeer();
    expect(log).toEqual(['open /a', 'close /a', 'open /b']);
  });

  it('lastMessage and lastError are those of the address', async () => {
    const screen = frames();
    const stage = fakeHook();
    stage.opens();
    drawn(() => stage.socket.receives('1'));
    drawn(() => stage.socket.receives('no json'));
    screen.draw();
    expect(stage.hook.current).toMatchObject({ lastMessage: 1, lastError: expect.any(SyntaxError) as Error });
    stage.update('ws://fake.test/other');
    expect(stage.hook.current).toMatchObject({ lastMessage: null, lastError: null });
    await turn();
  });

  it('enabled false: nothing is dialled, and what is sent is held until it is true', () => {
    const stage = fakeHook({ enabled: false });
    expect(stage.hook.current.send('early')).toBe('queued');
    expect(stage.sockets).toHaveLength(0);
    stage.update('ws://fake.test/', { enabled: true });
    stage.opens();
    expect(stage.socket.sent).toEqual(['early']);
  });

  it('enabled false after it was true hangs up; true again dials when the old socket is gone', async () => {
    const stage = fakeHook();
    stage.opens();
    stage.update('ws://fake.test/', { enabled: false });
    await turn();
    expect(stage.hook.current.state).toBe('closed');
    stage.update('ws://fake.test/', { enabled: true });
    await turn();
    expect(stage.sockets).toHaveLength(1);
    drawn(() => stage.socket.ends({ code: 1000 }));
    await until('the second socket', () => stage.sockets.length === 2);
  });

  it('enabled that is false for a moment only changes nothing', async () => {
    const stage = fakeHook();
    stage.opens();
    stage.update('ws://fake.test/', { enabled: false });
    stage.update('ws://fake.test/', { enabled: true });
    await turn();
    expect(stage.hook.current.isConnected).toBe(true);
    expect(stage.socket.closes).toEqual([]);
  });
});

describe('bad input', () => {
  it.each<{ readonly what: string; readonly use: () => unknown; readonly says: RegExp }>([
    { what: 'an invalid url', use: () => useWebSocket('ftp://a/'), says: /^url: ws:, wss:/u },
    { what: 'no url', use: () => useWebSocket(undefined as unknown as string), says: /^url: a WebSocket URL/u },
    { what: 'no options', use: () => useWebSocket({} as UseWebSocketOptions), says: /^url: a WebSocket URL/u },
    {
      what: 'an unknown option',
      use: () => useWebSocket('ws://a/', { retries: 3 } as Options),
      says: /^retries: there is no such option/u,
    },
    {
      what: 'the same said twice',
      use: () => useWebSocket('ws://a/', { reconnectAttempts: 1, retry: { maxAttempts: 1 } }),
      says: /^reconnectAttempts: is the same as retry\.maxAttempts; leave one of them out/u,
    },
    {
      what: 'reconnectAttempts below 0',
      use: () => useWebSocket('ws://a/', { reconnectAttempts: -1 }),
      says: /reconnectAttempts|retry\.maxAttempts/u,
    },
    {
      what: 'reconnectInterval that is no number',
      use: () => useWebSocket('ws://a/', { reconnectInterval: Number.NaN }),
      says: /reconnectInterval|retry\.baseMs/u,
    },
  ])('$what throws a ConnectionError that says what to do', ({ use, says }) => {
    const Uses = (): ReactNode => {
      use();
      return null;
    };
    const error = thrownBy(<Uses />);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ code: 'invalid-option', message: expect.stringMatching(says) as string });
  });

  it('an address that turns out to be none throws when it is known', () => {
    const stage = fakeHook({}, null);
    expect(() => stage.update('ftp://a/')).toThrow(expect.objectContaining({ code: 'invalid-option' }) as Error);
  });
});
