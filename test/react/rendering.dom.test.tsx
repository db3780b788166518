import {
  Activity,
  startTransition,
  StrictMode,
  Suspense,
  use,
  useDeferredValue,
  useState,
  type ReactNode,
} from 'react';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/index.ts';
import { ConnectionProvider, createConnectionHooks, useWebSocket } from '../../src/react/index.ts';
import { leaseOf } from '../../src/react/lease.ts';
import { withResolvers } from '../fixtures/events.ts';
import { fakeConnection } from '../fixtures/stagedSocket.ts';
import { drawn, fakeOptions, frames, mount, turn, until } from '../fixtures/react.tsx';

const { useConnection, useConnectionState, useLatestMessage, useMessages } = createConnectionHooks<unknown>();
const State = (): ReactNode => useConnectionState();

/** Lets a test set the state of a component. */
class Steering {
  #set: (value: string) => void = () => undefined;

  readonly onSet = (set: (value: string) => void): void => {
    this.#set = set;
  };

  to(value: string): void {
    this.#set(value);
  }
}

describe('a hidden <Activity>', () => {
  const tree = (mode: 'visible' | 'hidden', inside: ReactNode): ReactNode => <Activity mode={mode}>{inside}</Activity>;

  it('hangs up, and dials the same connection when it is shown again', async () => {
    const { options, sockets } = fakeOptions();
    const seen = new Set<Connection>();
    const Sees = (): ReactNode => {
      seen.add(useConnection());
      return <State />;
    };
    const inside = (
      <ConnectionProvider options={options}>
        <Sees />
      </ConnectionProvider>
    );
    const mounted = mount(tree('visible', inside));
    drawn(() => sockets[0]?.opens());
    mounted.update(tree('hidden', inside));
    await turn();
    expect(sockets[0]?.closes).toMatchObject([{ code: 1000 }]);
    sockets[0]?.ends({ code: 1000 });
    await turn();
    mounted.update(tree('visible', inside));
    await until('the second socket', () => sockets.length === 2);
    drawn(() => sockets[1]?.opens());
    expect(mounted.text).toBe('open');
    expect(seen.size).toBe(1);
  });

  it('that is hidden for a moment only keeps its socket', async () => {
    const { options, sockets } = fakeOptions();
    const inside = <ConnectionProvider options={options} />;
    const mounted = mount(tree('visible', inside));
    drawn(() => sockets[0]?.opens());
    mounted.update(tree('hidden', inside));
    mounted.update(tree('visible', inside));
    await turn();
    expect(sockets).toHaveLength(1);
    expect(sockets[0]?.closes).toEqual([]);
  });

  it('that is hidden from the beginning dials only when it is shown', async () => {
    const { options, sockets } = fakeOptions();
    const inside = <ConnectionProvider options={options} />;
    const mounted = mount(tree('hidden', inside));
    await until('React to draw what is hidden', () => true);
    await turn();
    expect(sockets).toHaveLength(0);
    mounted.update(tree('visible', inside));
    expect(sockets).toHaveLength(1);
  });

  it('that is removed while it is hidden disposes of its connection', async () => {
    const { options, sockets } = fakeOptions();
    let connection: Connection | undefined = undefined;
    const Sees = (): ReactNode => {
      const found = useConnection();
      return <button ref={() => void (connection = found)} />;
    };
    const inside = (
      <ConnectionProvider options={options}>
        <Sees />
      </ConnectionProvider>
    );
    const mounted = mount(tree('visible', inside));
    drawn(() => sockets[0]?.opens());
    mounted.update(tree('hidden', inside));
    await turn();
    sockets[0]?.ends({ code: 1000 });
    await turn();
    mounted.unmount();
    await turn();
    expect(() => (connection as unknown as Connection).connect()).toThrow('disposed');
  });

  it('hangs up also where a child had dialled before the provider could', async () => {
    const { options, sockets } = fakeOptions();
    const Dials = (): ReactNode => {
      const connection = useConnection();
      return <button ref={() => void connection.connect()} />;
    };
    const inside = (
      <ConnectionProvider options={options}>
        <Dials />
      </ConnectionProvider>
    );
    const mounted = mount(tree('visible', inside));
    drawn(() => sockets[0]?.opens());
    mounted.update(tree('hidden', inside));
    await turn();
    expect(sockets[0]?.closes).toMatchObject([{ code: 1000 }]);
  });

  it('onClose and onOpen of useWebSocket alternate through hiding and showing', async () => {
    const { options, sockets } = fakeOptions();
    const told: string[] = [];
    const Uses = (): ReactNode => {
      useWebSocket({ ...options, onOpen: () => told.push('open'), onClose: () => told.push('close') });
      return null;
    };
    const mounted = mount(tree('visible', <Uses />));
    drawn(() => sockets[0]?.opens());
    mounted.update(tree('hidden', <Uses />));
    await turn();
    drawn(() => sockets[0]?.ends({ code: 1000 }));
    mounted.update(tree('visible', <Uses />));
    await until('the second socket', () => sockets.length === 2);
    drawn(() => sockets[1]?.opens());
    expect(told).toEqual(['open', 'close', 'open']);
  });

  it('keeps what useLatestMessage and useMessages have', async () => {
    const screen = frames();
    const fake = fakeConnection();
    fake.connection.connect();
    fake.socket.opens();
    const Shows = (): ReactNode => `${String(useLatestMessage())} ${useMessages().join()}`;
    const inside = (
      <ConnectionProvider connection={fake.connection}>
        <Shows />
      </ConnectionProvider>
    );
    const mounted = mount(tree('visible', inside));
    fake.socket.receives('1');
    fake.socket.receives('2');
    screen.draw();
    mounted.update(tree('hidden', inside));
    await turn();
    mounted.update(tree('visible', inside));
    expect(mounted.text).toBe('2 1,2');
  });
});

describe('Suspense', () => {
  it('a sibling that suspends and comes back leaves connection and messages alone', async () => {
    const screen = frames();
    const fake = fakeOptions();
    const { promise, resolve } = withResolvers<string>();
    const Shows = (): ReactNode => String(useLatestMessage());
    const Waits = ({ isWaiting }: { readonly isWaiting: boolean }): ReactNode => (isWaiting ? use(promise) : 'ready ');
    const tree = (isWaiting: boolean): ReactNode => (
      <Suspense fallback="loading">
        <ConnectionProvider options={fake.options}>
          <Waits isWaiting={isWaiting} />
          <Shows />
        </ConnectionProvider>
      </Suspense>
    );
    const mounted = mount(tree(false));
    drawn(() => fake.socket.opens());
    mounted.update(tree(true));
    await turn();
    expect(mounted.text).toContain('loading');
    fake.socket.receives('"while away"');
    screen.draw();
    drawn(() => resolve('back '));
    await until('the sibling to come back', () => !mounted.text.includes('loading'));
    expect(mounted.text).toBe('back while away');
    expect(fake.sockets).toHaveLength(1);
    expect(fake.socket.closes).toEqual([]);
  });

  it('a component that suspends in its first render dials once, when it is there', async () => {
    const fake = fakeOptions();
    const { promise, resolve } = withResolvers<string>();
    const Uses = (): ReactNode => {
      const { state } = useWebSocket(fake.options);
      return `${use(promise)} ${state}`;
    };
    const mounted = mount(
      <StrictMode>
        <Suspense fallback="loading">
          <Uses />
        </Suspense>
      </StrictMode>,
    );
    await turn();
    expect(fake.sockets).toHaveLength(0);
    resolve('loaded');
    await until('the component', () => mounted.text === 'loaded connecting');
    await turn();
    expect(fake.sockets).toHaveLength(1);
  });
});

describe('concurrent rendering', () => {
  it('a render that was begun and given up leaves no socket', async () => {
    const steer = new Steering();
    const fake = fakeOptions();
    const never = new Promise<never>(() => undefined);
    const Waits = ({ path }: { readonly path: string }): ReactNode => (path === 'stuck' ? use(never) : path);
    const App = (): ReactNode => {
      const [path, setPath] = useState('a');
      steer.onSet(setPath);
      return (
        <Suspense fallback="loading">
          <ConnectionProvider options={{ ...fake.options, url: `ws://fake.test/${path}` }}>
            <Waits path={path} />
          </ConnectionProvider>
        </Suspense>
      );
    };
    const mounted = mount(<App />);
    drawn(() => fake.socket.opens());
    startTransition(() => steer.to('stuck'));
    await turn();
    await turn();
    expect(mounted.text).toBe('a');
    expect(fake.sockets).toHaveLength(1);
    expect(fake.socket.closes).toEqual([]);
    startTransition(() => steer.to('b'));
    await until('the transition', () => mounted.text === 'b');
    await turn();
    drawn(() => fake.socket.ends({ code: 1000 }));
    await until('the second socket', () => fake.sockets.length === 2);
    expect(fake.sockets.map(({ url }) => url)).toEqual(['ws://fake.test/a', 'ws://fake.test/b']);
  });

  it('components show one state, whatever is deferred', async () => {
    const fake = fakeConnection();
    const torn: string[] = [];
    const Both = (): ReactNode => {
      const [one, other] = [
        useConnectionState(),
        useConnectionState((snapshot) => (snapshot.matches('open') ? 'open' : 'else')),
      ];
      const deferred = useDeferredValue(one);
      if (one === 'connecting' && other === 'open') torn.push('torn');
      return deferred;
    };
    const mounted = mount(
      <ConnectionProvider connection={fake.connection}>
        <Both />
      </ConnectionProvider>,
    );
    startTransition(() => fake.socket.opens());
    await until('the deferred state', () => mounted.text === 'open');
    drawn(() => fake.socket.ends());
    await until('the deferred state', () => mounted.text === 'backoff');
    expect(torn).toEqual([]);
  });

  it('a listener is never that of a render that did not take effect', async () => {
    const steer = new Steering();
    const fake = fakeConnection();
    const heard: string[] = [];
    const never = new Promise<never>(() => undefined);
    const { useMessage } = createConnectionHooks<unknown>();
    const Listens = (): ReactNode => {
      const [name, setName] = useState('shown');
      steer.onSet(setName);
      useMessage(() => heard.push(name));
      return name === 'stuck' ? use(never) : name;
    };
    mount(
      <Suspense fallback="loading">
        <ConnectionProvider connection={fake.connection}>
          <Listens />
        </ConnectionProvider>
      </Suspense>,
    );
    drawn(() => fake.socket.opens());
    startTransition(() => steer.to('stuck'));
    await turn();
    await turn();
    fake.socket.receives('1');
    expect(heard).toEqual(['shown']);
  });
});

const ignore = (): void => undefined;

describe('hot reload', () => {
  it('runs effects again, and leaves the socket alone', async () => {
    const { connection, sockets } = fakeConnection();
    const lease = leaseOf(connection);
    let letGo = lease.own();
    let release = lease.hold(undefined, ignore);
    sockets[0]?.opens();
    // As React does it: all cleanups, then all effects anew.
    letGo();
    release();
    letGo = lease.own();
    release = lease.hold(lease.ended, ignore);
    await turn();
    expect(connection.state).toBe('open');
    expect(sockets).toHaveLength(1);
    letGo();
    release();
    await turn();
    expect(connection.state).toBe('closed');
  });
});
