import type { ReactNode } from 'react';
import { describe, expect, it } from 'vitest';
import type { Connection, ConnectionSnapshot, Environment, StateName } from '../../src/index.ts';
import {
  ConnectionProvider,
  createConnectionHooks,
  useConnection,
  useConnectionState,
  useConnectionStatus,
} from '../../src/react/index.ts';
import { fakeConnection, type Fake, type StagedSocket } from '../fixtures/stagedSocket.ts';
import { drawn, mountHook, turn } from '../fixtures/react.tsx';

const within =
  (connection: Connection) =>
  (children: ReactNode): ReactNode => <ConnectionProvider connection={connection}>{children}</ConnectionProvider>;

/** The network as the test says it is. */
function network() {
  let tell: Parameters<Environment['start']>[0] = () => undefined;
  const environment: Environment = {
    start: (report) => {
      tell = report;
      return () => undefined;
    },
  };
  return { environment, tell: (type: 'network.online' | 'network.offline') => tell({ type }) };
}

describe('useConnectionState', () => {
  it('gives the state', () => {
    const fake = fakeConnection();
    const hook = mountHook(() => useConnectionState(), within(fake.connection));
    expect(hook.current).toBe('connecting');
    drawn(() => fake.socket.opens());
    expect(hook.current).toBe('open');
    drawn(() => fake.socket.ends());
    expect(hook.current).toBe('backoff');
    drawn(() => fake.connection.disconnect());
    expect(hook.current).toBe('closed');
  });

  it('draws only when the selected value is another one', () => {
    const fake = fakeConnection();
    const hook = mountHook(() => useConnectionState((snapshot) => snapshot.matches('open')), within(fake.connection));
    const { renders } = hook;
    drawn(() => fake.socket.ends());
    drawn(() => fake.clock.increment(1_000));
    expect(fake.sockets).toHaveLength(2);
    expect(hook.renders).toBe(renders);
    drawn(() => fake.socket.opens());
    expect(hook.renders).toBe(renders + 1);
    expect(hook.current).toBe(true);
  });

  it('compares what is selected one level deep', () => {
    const fake = fakeConnection();
    const nested = { same: true };
    const hook = mountHook(
      () => useConnectionState((snapshot) => ({ isOpen: snapshot.matches('open'), list: [1].length, nested })),
      within(fake.connection),
    );
    const { renders, current } = hook;
    drawn(() => fake.socket.ends());
    drawn(() => fake.clock.increment(1_000));
    expect(hook.renders).toBe(renders);
    expect(hook.current).toBe(current);
    drawn(() => fake.socket.opens());
    expect(hook.renders).toBe(renders + 1);
  });

  it('keeps the object that a selector made before, where the component is drawn for another reason', () => {
    const fake = fakeConnection();
    const hook = mountHook(
      () => useConnectionState((snapshot) => ({ isOpen: snapshot.matches('open') })),
      within(fake.connection),
    );
    const { current } = hook;
    hook.update();
    expect(hook.current).toBe(current);
  });

  it('uses the newest selector', () => {
    const fake = fakeConnection();
    const hook = mountHook<unknown>(
      () => useConnectionState(({ context }) => context.attempt),
      within(fake.connection),
    );
    expect(hook.current).toBe(0);
    hook.update(() => useConnectionState((snapshot) => snapshot.hasTag('holding')));
    expect(hook.current).toBe(true);
  });

  it('draws nothing for messages and pings', () => {
    const fake = fakeConnection();
    const hook = mountHook(() => useConnectionState(), within(fake.connection));
    drawn(() => fake.socket.opens());
    const { renders } = hook;
    for (let n = 0; n < 100; n++) drawn(() => fake.socket.receives(String(n)));
    drawn(() => fake.connection.send('out'));
    expect(hook.renders).toBe(renders);
  });

  it('of a selector that throws is caught where other errors of a component are', () => {
    const fake = fakeConnection();
    const broken = new Error('broken');
    expect(() =>
      mountHook(
        () =>
          useConnectionState((): StateName => {
            throw broken;
          }),
        within(fake.connection),
      ),
    ).toThrow(broken);
  });
});

describe('useConnection', () => {
  it('gives the same connection in all states, and draws nothing', () => {
    const fake = fakeConnection();
    const hook = mountHook(() => useConnection(), within(fake.connection));
    drawn(() => fake.socket.opens());
    drawn(() => fake.socket.ends());
    expect(hook.current).toBe(fake.connection);
    expect(hook.renders).toBe(1);
  });
});

describe('useConnectionStatus', () => {
  const inState: Readonly<Record<StateName, (fake: Fake<StagedSocket>) => void>> = {
    idle: () => undefined,
    connecting: () => undefined,
    open: ({ socket }) => socket.opens(),
    backoff: ({ socket }) => socket.ends(),
    closed: ({ connection }) => connection.disconnect(),
    failed: ({ socket }) => {
      socket.opens();
      socket.ends({ code: 1008 });
    },
  };

  it.each([
    { state: 'connecting', text: 'Connecting', tone: 'pending', hasRetryAt: false },
    { state: 'open', text: 'Live', tone: 'ready', hasRetryAt: false },
    { state: 'backoff', text: 'Reconnecting', tone: 'pending', hasRetryAt: true },
    { state: 'closed', text: 'Disconnected', tone: 'rest', hasRetryAt: false },
    { state: 'failed', text: 'Connection failed', tone: 'failed', hasRetryAt: false },
  ] as const)('in $state says $text', ({ state, text, tone, hasRetryAt }) => {
    const fake = fakeConnection();
    const hook = mountHook(() => useConnectionStatus(), within(fake.connection));
    drawn(() => inState[state](fake));
    const retryAt = hasRetryAt ? fake.connection.getSnapshot().context.retryAt : undefined;
    expect(hook.current).toEqual({ state, text, tone, retryAt, retry: expect.any(Function) as () => void });
  });

  it('says that nothing has been dialled yet, at the first render', () => {
    const fake = fakeConnection();
    const seen: unknown[] = [];
    mountHook(() => {
      seen.push(useConnectionStatus());
    }, within(fake.connection));
    expect(seen[0]).toMatchObject({ state: 'idle', text: 'Not connected', tone: 'rest', retryAt: undefined });
  });

  it('says that the network is away, and plans no attempt then', () => {
    const { environment, tell } = network();
    const fake = fakeConnection({ environment });
    const hook = mountHook(() => useConnectionStatus(), within(fake.connection));
    drawn(() => fake.socket.ends());
    drawn(() => tell('network.offline'));
    expect(hook.current).toMatchObject({ state: 'backoff', text: 'Offline', tone: 'pending', retryAt: undefined });
    drawn(() => tell('network.online'));
    expect(hook.current).toMatchObject({ text: 'Reconnecting', retryAt: expect.any(Number) as number });
  });

  it('takes labels in place of its own, each by itself', () => {
    const fake = fakeConnection();
    const hook = mountHook(() => useConnectionStatus({ open: 'Verbunden' }), within(fake.connection));
    expect(hook.current.text).toBe('Connecting');
    drawn(() => fake.socket.opens());
    expect(hook.current.text).toBe('Verbunden');
  });

  it('retry() dials at once in backoff', () => {
    const fake = fakeConnection();
    const hook = mountHook(() => useConnectionStatus(), within(fake.connection));
    drawn(() => fake.socket.ends());
    drawn(() => hook.current.retry());
    expect(fake.sockets).toHaveLength(2);
    expect(hook.current.state).toBe('connecting');
  });

  it('retry() dials at once in failed', () => {
    const fake = fakeConnection();
    const hook = mountHook(() => useConnectionStatus(), within(fake.connection));
    drawn(() => inState.failed(fake));
    drawn(() => hook.current.retry());
    expect(fake.sockets).toHaveLength(2);
  });

  it('retry() does nothing while connecting or open', () => {
    const fake = fakeConnection();
    const hook = mountHook(() => useConnectionStatus(), within(fake.connection));
    hook.current.retry();
    drawn(() => fake.socket.opens());
    hook.current.retry();
    expect(fake.sockets).toHaveLength(1);
  });
});

describe('two sets of hooks', () => {
  it('are apart: each uses the provider of its own', async () => {
    const [one, other] = [createConnectionHooks(), createConnectionHooks()];
    const [first, second] = [fakeConnection(), fakeConnection()];
    const hook = mountHook(
      () => [one.useConnection(), other.useConnection(), useConnection()],
      (children) => (
        <one.ConnectionProvider connection={first.connection}>
          <other.ConnectionProvider connection={second.connection}>{children}</other.ConnectionProvider>
        </one.ConnectionProvider>
      ),
    );
    expect(hook.current).toEqual([first.connection, second.connection, second.connection]);
    await turn();
    expect([first.sockets.length, second.sockets.length]).toEqual([1, 1]);
  });

  it('use the nearest provider of any where their own is missing', () => {
    const { connection } = fakeConnection();
    const set = createConnectionHooks();
    expect(mountHook(() => set.useConnection(), within(connection)).current).toBe(connection);
  });

  it('select from the connection of their own provider', () => {
    const set = createConnectionHooks();
    const [first, second] = [fakeConnection(), fakeConnection()];
    const select = (snapshot: ConnectionSnapshot): boolean => snapshot.matches('open');
    const hook = mountHook(
      () => [set.useConnectionState(select), useConnectionState(select), set.useConnectionStatus().state],
      (children) => (
        <set.ConnectionProvider connection={first.connection}>
          <ConnectionProvider connection={second.connection}>{children}</ConnectionProvider>
        </set.ConnectionProvider>
      ),
    );
    drawn(() => first.socket.opens());
    expect(hook.current).toEqual([true, false, 'open']);
  });
});
