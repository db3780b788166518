import { StrictMode, Suspense, useEffect, useRef, type ReactNode } from 'react';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ConnectionError, createConnection, type Connection, type ConnectionOptions } from '../../src/index.ts';
import {
  ConnectionProvider,
  createConnectionHooks,
  useConnection,
  useConnectionState,
  useConnectionStatus,
  useLatestMessage,
  useMessage,
  useMessages,
} from '../../src/react/index.ts';
import { connectionOver } from '../fixtures/connections.ts';
import { reached } from '../fixtures/events.ts';
import { fakeConnection } from '../fixtures/stagedSocket.ts';
import { Catcher, drawn, fakeOptions, mount, thrownBy, turn, until } from '../fixtures/react.tsx';
import { startServer, type Peer } from '../fixtures/server.ts';

/** Hands the provider's connection out. */
function Probe({ onConnection }: { readonly onConnection: (connection: Connection) => void }): ReactNode {
  const connection = useConnection();
  useEffect(() => {
    onConnection(connection);
  }, [connection, onConnection]);
  return connection.state;
}

const Throws = (): never => {
  throw new Error('broken');
};

const State = (): ReactNode => useConnectionState();

describe('a provider', () => {
  it('makes no socket for a render that never takes effect', async () => {
    const { options, sockets } = fakeOptions();
    const never = new Promise<void>(() => undefined);
    const Suspends = (): never => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- How a component suspends without `use`.
      throw never;
    };
    mount(
      <Suspense fallback="waiting">
        <ConnectionProvider options={options}>
          <Suspends />
        </ConnectionProvider>
      </Suspense>,
    );
    thrownBy(
      <ConnectionProvider options={options}>
        <Throws />
      </ConnectionProvider>,
    );
    await turn();
    expect(sockets).toHaveLength(0);
  });

  it('does not dial while it is rendered, but in its effect', () => {
    const { options, sockets } = fakeOptions();
    const seen: number[] = [];
    const Child = (): ReactNode => {
      useConnection();
      seen.push(sockets.length);
      return null;
    };
    mount(
      <ConnectionProvider options={options}>
        <Child />
      </ConnectionProvider>,
    );
    expect(seen).toEqual([0]);
    expect(sockets).toHaveLength(1);
  });

  it('hangs up with 1000 when it is unmounted', async () => {
    const server = await startServer();
    const tree = mount(
      <ConnectionProvider options={{ url: server.url, WebSocket }}>
        <State />
      </ConnectionProvider>,
    );
    const peer = await server.nextPeer();
    await until('the connection to be open', () => tree.text === 'open');
    tree.unmount();
    await expect(peer.end()).resolves.toMatchObject({ code: 1000 });
  });

  it('disposes of its own connection after it was unmounted, a macrotask later and no sooner', async () => {
    const fake = fakeOptions();
    const { options } = fake;
    let connection: Connection | undefined = undefined;
    const tree = mount(
      <ConnectionProvider options={options}>
        <Probe onConnection={(made) => (connection = made)} />
      </ConnectionProvider>,
    );
    drawn(() => fake.socket.opens());
    tree.unmount();
    await Promise.resolve();
    expect(connection).toMatchObject({ state: 'open' });
    await turn();
    expect(fake.socket.closes).toMatchObject([{ code: 1000 }]);
    fake.socket.ends({ code: 1000, wasClean: true });
    await turn();
    expect(() => (connection as unknown as Connection).connect()).toThrow(
      expect.objectContaining({ code: 'disposed' }) as Error,
    );
  });

  it('leaves a connection of the application alive, and dials it again when it comes back', async () => {
    const fake = fakeConnection();
    const { connection, sockets } = fake;
    const tree = mount(<ConnectionProvider connection={connection} />);
    drawn(() => fake.socket.opens());
    tree.unmount();
    await turn();
    expect(connection.state).toBe('closed');
    fake.socket.ends({ code: 1000 });
    await turn();
    mount(<ConnectionProvider connection={connection} />);
    expect(sockets).toHaveLength(2);
    expect(connection.state).toBe('connecting');
  });

  it('does not hang up a connection that the application has dialled', async () => {
    const { connection, sockets } = fakeConnection();
    connection.connect();
    const tree = mount(<ConnectionProvider connection={connection} />);
    sockets[0]?.opens();
    tree.unmount();
    await turn();
    expect(connection.state).toBe('open');
    expect(sockets).toHaveLength(1);
  });

  it('keeps a connection as long as one of two providers of it is there', async () => {
    const fake = fakeConnection();
    const { connection, sockets } = fake;
    const both = (hasFirst: boolean, hasSecond: boolean): ReactNode => (
      <>
        {hasFirst && <ConnectionProvider key="1" connection={connection} />}
        {hasSecond && <ConnectionProvider key="2" connection={connection} />}
      </>
    );
    const tree = mount(both(true, true));
    drawn(() => fake.socket.opens());
    tree.update(both(false, true));
    await turn();
    expect(connection.state).toBe('open');
    tree.update(both(false, false));
    await turn();
    expect(connection.state).toBe('closed');
    expect(sockets).toHaveLength(1);
  });

  it('hands a connection over from one provider to another without hanging up', async () => {
    const fake = fakeConnection();
    const { connection, sockets } = fake;
    const tree = mount(<ConnectionProvider key="1" connection={connection} />);
    drawn(() => fake.socket.opens());
    tree.update(<ConnectionProvider key="2" connection={connection} />);
    await turn();
    expect(connection.state).toBe('open');
    expect(sockets).toHaveLength(1);
  });

  it('dials another connection only when the one before is gone', async () => {
    const first = fakeConnection();
    const second = fakeConnection();
    const tree = mount(<ConnectionProvider connection={first.connection} />);
    drawn(() => first.socket.opens());
    tree.update(<ConnectionProvider connection={second.connection} />);
    await turn();
    expect(first.connection.getSnapshot().value).toEqual({ closed: 'closing' });
    expect(second.sockets).toHaveLength(0);
    first.socket.ends({ code: 1000 });
    await turn();
    expect(second.sockets).toHaveLength(1);
  });

  it('dials another connection although somebody else has taken the one before anew', async () => {
    const first = fakeConnection();
    const second = fakeConnection();
    const tree = mount(<ConnectionProvider connection={first.connection} />);
    drawn(() => first.socket.opens());
    tree.update(<ConnectionProvider connection={second.connection} />);
    await turn();
    mount(<ConnectionProvider connection={first.connection} />);
    await turn();
    expect(first.connection.state).toBe('connecting');
    expect(second.sockets).toHaveLength(1);
  });

  it('shows the state of the connection that it has now', async () => {
    const first = fakeConnection();
    const second = fakeConnection();
    const tree = mount(
      <ConnectionProvider connection={first.connection}>
        <State />
      </ConnectionProvider>,
    );
    drawn(() => first.socket.opens());
    expect(tree.text).toBe('open');
    tree.update(
      <ConnectionProvider connection={second.connection}>
        <State />
      </ConnectionProvider>,
    );
    expect(tree.text).toBe('idle');
    await turn();
    drawn(() => first.socket.ends({ code: 1000 }));
    await until('the second connection to dial', () => tree.text === 'connecting');
  });

  it('may be given a connection in place of options, and options in place of a connection', async () => {
    const own = fakeOptions();
    const { connection, sockets } = fakeConnection();
    const tree = mount(<ConnectionProvider options={own.options} />);
    drawn(() => own.socket.opens());
    tree.update(<ConnectionProvider connection={connection} />);
    await turn();
    own.socket.ends({ code: 1000 });
    await turn();
    expect(sockets).toHaveLength(1);
    tree.update(<ConnectionProvider options={own.options} />);
    await turn();
    await turn();
    expect(connection.state).toBe('closed');
    expect(own.sockets).toHaveLength(2);
  });
});

describe('in StrictMode', () => {
  it('a server sees exactly one socket, and what was sent first arrives once', async () => {
    let sockets = 0;
    const server = await startServer(() => sockets++);
    const SendsOnMount = (): ReactNode => {
      const connection = useConnection();
      const count = useRef(0);
      useEffect(() => {
        connection.send(`mount ${++count.current}`);
      }, [connection]);
      return null;
    };
    const tree = mount(
      <StrictMode>
        <ConnectionProvider options={{ url: server.url, WebSocket }}>
          <SendsOnMount />
        </ConnectionProvider>
      </StrictMode>,
    );
    const peer = await server.nextPeer();
    await expect(peer.nextTexts(2)).resolves.toEqual(['mount 1', 'mount 2']);
    tree.unmount();
    await peer.end();
    expect(peer.unreadTexts).toEqual([]);
    expect(sockets).toBe(1);
  });

  it('a connection of the application is dialled once, and hung up in the end', async () => {
    const server = await startServer();
    const connection = connectionOver({ url: server.url });
    const tree = mount(
      <StrictMode>
        <ConnectionProvider connection={connection} />
      </StrictMode>,
    );
    const peer = await server.nextPeer();
    await reached(connection, 'open');
    expect(connection.stats().sockets).toBe(1);
    tree.unmount();
    await expect(peer.end()).resolves.toMatchObject({ code: 1000 });
  });

  it('another address makes one more socket, and no third', async () => {
    let sockets = 0;
    const server = await startServer(() => sockets++);
    const at = (path: string): ReactNode => (
      <StrictMode>
        <ConnectionProvider options={{ url: `${server.url}/${path}`, WebSocket }} />
      </StrictMode>
    );
    const tree = mount(at('a'));
    const first = await server.nextPeer();
    tree.update(at('b'));
    await first.end();
    const second = await server.nextPeer();
    expect(second.request.url).toBe('/b');
    tree.unmount();
    await second.end();
    expect(sockets).toBe(2);
  });
});

describe("a provider's options", () => {
  it('make no other connection for equal data and for inline functions, in fifty renders', async () => {
    const { options, sockets } = fakeOptions();
    const { WebSocket, clock } = options;
    const tree = (n: number): ReactNode => (
      <ConnectionProvider
        options={{
          url: new URL('ws://fake.test/'),
          WebSocket,
          clock,
          protocols: ['a', 'b'],
          heartbeat: { intervalMs: 1_000, ping: () => `ping ${n}`, isPong: (data) => data === `pong ${n}` },
          retry: { baseMs: 1_000, maxAttempts: Infinity },
          outbox: { keyOf: () => String(n) },
          codec: { encode: () => String(n), decode: () => n },
          verdict: () => undefined,
          random: () => 0,
        }}
      >
        {n}
      </ConnectionProvider>
    );
    const mounted = mount(tree(0));
    for (let n = 1; n <= 50; n++) mounted.update(tree(n));
    await turn();
    expect(mounted.text).toBe('50');
    expect(sockets).toHaveLength(1);
  });

  it('make no other connection for the same data in another order', async () => {
    const { options, sockets } = fakeOptions();
    const { url, WebSocket, clock } = options;
    const tree = mount(<ConnectionProvider options={{ url, WebSocket, clock, heartbeat: false, id: 'one' }} />);
    tree.update(<ConnectionProvider options={{ id: 'one', heartbeat: false, clock, WebSocket, url }} />);
    await turn();
    await turn();
    expect(sockets).toHaveLength(1);
  });

  it('are asked by the newest of their functions', () => {
    const fake = fakeOptions();
    const { options } = fake;
    let connection: Connection | undefined = undefined;
    const tree = (n: number): ReactNode => (
      <ConnectionProvider options={{ ...options, codec: { encode: (m) => `${String(m)} by ${n}`, decode: String } }}>
        <Probe onConnection={(made) => (connection = made)} />
      </ConnectionProvider>
    );
    const mounted = mount(tree(1));
    drawn(() => fake.socket.opens());
    mounted.update(tree(2));
    (connection as unknown as Connection).send('coded');
    expect(fake.socket.sent).toEqual(['coded by 2']);
  });

  it.each<{ readonly what: string; readonly other: Partial<ConnectionOptions> }>([
    { what: 'another url', other: { url: 'ws://other.test/' } },
    { what: 'another protocol', other: { protocols: ['v2'] } },
    { what: 'another number', other: { connectTimeoutMs: 77 } },
    { what: 'another nested number', other: { retry: { baseMs: 1_000, jitter: 'none', maxAttempts: 7 } } },
    { what: 'Infinity', other: { retry: { baseMs: 1_000, jitter: 'none', maxAttempts: Infinity } } },
    { what: 'a function where none was', other: { verdict: () => undefined } },
    { what: 'a function in place of the url', other: { url: () => 'ws://fake.test/' } },
  ])('make another connection for $what', async ({ other }) => {
    const fake = fakeOptions();
    const { options, sockets } = fake;
    const tree = mount(<ConnectionProvider options={options} />);
    drawn(() => fake.socket.opens());
    tree.update(<ConnectionProvider options={{ ...options, ...other }} />);
    await turn();
    expect(sockets).toHaveLength(1);
    fake.socket.ends({ code: 1000 });
    await until('the second socket', () => sockets.length === 2);
    await turn();
    expect(sockets).toHaveLength(2);
  });

  it('bring a server another socket only after the old one is closed', async () => {
    const log: string[] = [];
    const server = await startServer((peer: Peer) => {
      log.push(`open ${peer.request.url ?? ''}`);
      peer.socket.on('close', () => log.push(`close ${peer.request.url ?? ''}`));
    });
    const at = (path: string): ReactNode => (
      <ConnectionProvider options={{ url: `${server.url}/${path}`, WebSocket }} />
    );
    const tree = mount(at('a'));
    await server.nextPeer();
    tree.update(at('b'));
    await server.nextPeer();
    tree.update(at('c'));
    await server.nextPeer();
    expect(log).toEqual(['open /a', 'close /a', 'open /b', 'close /b', 'open /c']);
  });

  it('that change while the old socket is still closing lead to the newest address alone', async () => {
    const fake = fakeOptions();
    const { options, sockets } = fake;
    const at = (path: string): ReactNode => (
      <ConnectionProvider options={{ ...options, url: `ws://fake.test/${path}` }} />
    );
    const tree = mount(at('a'));
    drawn(() => fake.socket.opens());
    tree.update(at('b'));
    await turn();
    tree.update(at('c'));
    await turn();
    await turn();
    expect(sockets).toHaveLength(1);
    fake.socket.ends({ code: 1000 });
    await until('the second socket', () => sockets.length === 2);
    await turn();
    expect(sockets.map(({ url }) => url)).toEqual(['ws://fake.test/a', 'ws://fake.test/c']);
  });
});

describe('bad input', () => {
  const connection = createConnection('ws://a/');
  it.each<{ readonly what: string; readonly ui: ReactNode; readonly says: RegExp }>([
    {
      what: 'both of its props',
      ui: (
        <ConnectionProvider
          {...({ connection, options: { url: 'ws://a/' } } as unknown as { connection: Connection })}
        />
      ),
      says: /either connection=\{…\} or options=\{…\}; got both/u,
    },
    {
      what: 'neither of its props',
      ui: <ConnectionProvider {...({} as { connection: Connection })} />,
      says: /either connection=\{…\} or options=\{…\}; got neither/u,
    },
    { what: 'an invalid url', ui: <ConnectionProvider options={{ url: 'ftp://a/' }} />, says: /^url: ws:, wss:/u },
    {
      what: 'no url',
      ui: <ConnectionProvider options={{} as ConnectionOptions} />,
      says: /^url: a WebSocket URL/u,
    },
    {
      what: 'an url that is undefined',
      ui: <ConnectionProvider options={{ url: undefined as unknown as string }} />,
      says: /^url: a WebSocket URL/u,
    },
    {
      what: 'an unknown option',
      ui: <ConnectionProvider options={{ url: 'ws://a/', retries: 3 } as ConnectionOptions} />,
      says: /^retries: there is no such option; there are url,/u,
    },
    {
      what: 'an option out of its range',
      ui: <ConnectionProvider options={{ url: 'ws://a/', connectTimeoutMs: -1 }} />,
      says: /^connectTimeoutMs: a number of milliseconds from 1/u,
    },
  ])('a provider with $what throws a ConnectionError that says what to do', ({ ui, says }) => {
    const error = thrownBy(ui);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ code: 'invalid-option', message: expect.stringMatching(says) as string });
  });

  it('in a later render is thrown, too', () => {
    const { options } = fakeOptions();
    let thrown: unknown = undefined;
    const at = (url: string): ReactNode => (
      <Catcher onCaught={(error) => (thrown = error)}>
        <ConnectionProvider options={{ ...options, url }} />
      </Catcher>
    );
    const tree = mount(at('ws://a/'));
    tree.update(at('ws://a/#fragment'));
    expect(thrown).toMatchObject({ code: 'invalid-option' });
  });

  const set = createConnectionHooks();
  it.each<{ readonly hook: string; readonly use: () => unknown }>([
    { hook: 'useConnection', use: useConnection },
    { hook: 'useConnectionState', use: () => useConnectionState() },
    { hook: 'useConnectionStatus', use: () => useConnectionStatus() },
    { hook: 'useMessage', use: () => useMessage(() => undefined) },
    { hook: 'useLatestMessage', use: () => void useLatestMessage() },
    { hook: 'useMessages', use: () => void useMessages() },
    { hook: 'useConnection of a set', use: set.useConnection },
  ])('$hook outside of a provider throws a ConnectionError that says what is missing', ({ use }) => {
    const Orphan = (): ReactNode => {
      use();
      return null;
    };
    const error = thrownBy(<Orphan />);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({
      code: 'no-provider-component',
      message: expect.stringContaining('<ConnectionProvider>') as string,
    });
  });

  it('a connection that was disposed of is refused at the nearest error boundary', () => {
    const { connection } = fakeConnection();
    connection.dispose();
    expect(thrownBy(<ConnectionProvider connection={connection} />)).toMatchObject({ code: 'disposed' });
  });
});
