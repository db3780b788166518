import { Activity, useEffect, type ReactNode } from 'react';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  ConnectionProvider,
  useConnection,
  useConnectionStatus,
  useWebSocket,
  type UseWebSocketOptions,
} from '../../src/react/index.ts';
import { drawn, fakeOptions, frames, mount, mountHook, turn } from '../fixtures/react.tsx';

/** Options over fake sockets, without retries of their own. */
function base() {
  const fake = fakeOptions();
  const { WebSocket, clock } = fake.options;
  return { fake, options: { WebSocket, clock, heartbeat: false } as const };
}

describe('while an old socket is not gone', () => {
  it('reconnect() does not dial the new address beside it', async () => {
    const { fake, options } = base();
    const hook = mountHook(() => useWebSocket('ws://fake.test/a', options));
    drawn(() => fake.socket.opens());
    hook.update(() => useWebSocket('ws://fake.test/b', options));
    hook.current.reconnect();
    expect(fake.sockets).toHaveLength(1);
    await turn();
    drawn(() => fake.socket.ends({ code: 1000 }));
    await turn();
    expect(fake.sockets.map(({ url }) => url)).toEqual(['ws://fake.test/a', 'ws://fake.test/b']);
  });

  it('retry() of the status does not either', () => {
    const { fake, options } = base();
    let retry = (): void => undefined;
    const Retry = (): ReactNode => {
      ({ retry } = useConnectionStatus());
      return null;
    };
    const tree = (url: string): ReactNode => (
      <ConnectionProvider options={{ ...options, url }}>
        <Retry />
      </ConnectionProvider>
    );
    const mounted = mount(tree('ws://fake.test/a'));
    drawn(() => fake.socket.opens());
    mounted.update(tree('ws://fake.test/b'));
    retry();
    expect(fake.sockets).toHaveLength(1);
  });

  it('a new address that cannot be dialled says so by its state, and nothing is left unhandled', async () => {
    const { fake, options } = base();
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    vi.stubGlobal('WebSocket', undefined);
    onTestFinished(() => void vi.unstubAllGlobals());
    const hook = mountHook(() => useWebSocket('ws://fake.test/a', options));
    drawn(() => fake.socket.opens());
    hook.update(() => useWebSocket('ws://fake.test/b', { clock: options.clock, heartbeat: false }));
    await turn();
    drawn(() => fake.socket.ends({ code: 1000 }));
    await turn();
    await turn();
    expect(hook.current.state).toBe('failed');
    expect(unhandled).toEqual([]);
  });
});

describe('what is held when a component goes', () => {
  it('is told to onDropped of its provider', async () => {
    const { options } = base();
    const dropped: unknown[] = [];
    const Sender = (): ReactNode => {
      const { send } = useConnection();
      useEffect(() => void send('held'), [send]);
      return null;
    };
    const tree = mount(
      <ConnectionProvider
        options={{ ...options, url: 'ws://fake.test/' }}
        onDropped={({ message, reason }) => dropped.push([message, reason])}
      >
        <Sender />
      </ConnectionProvider>,
    );
    tree.unmount();
    await turn();
    expect(dropped).toEqual([['held', 'disconnected']]);
  });

  it('is told to onError also where it was hidden, and never dialled', async () => {
    const { options } = base();
    const undelivered: unknown[] = [];
    let send: (message: unknown) => unknown = () => undefined;
    const Hook = (): ReactNode => {
      const given: UseWebSocketOptions = {
        ...options,
        url: 'ws://fake.test/',
        enabled: false,
        onError: (_, data) => undelivered.push(data),
      };
      ({ send } = useWebSocket(given));
      return null;
    };
    const tree = mount(
      <Activity mode="visible">
        <Hook />
      </Activity>,
    );
    send('first');
    tree.update(
      <Activity mode="hidden">
        <Hook />
      </Activity>,
    );
    await turn();
    send('second');
    tree.update(null);
    await turn();
    expect(undelivered).toEqual(['first', 'second']);
  });

  it('asks for no frame of the screen when it is told', async () => {
    const screen = frames();
    const { options } = base();
    const hook = mountHook(() => useWebSocket('ws://fake.test/', options));
    hook.current.send('held');
    hook.unmount();
    await turn();
    expect(screen.wanted).toBe(0);
  });
});

it('options that hold a schema which refers to itself are taken', () => {
  const { fake, options } = base();
  const standard = { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } as const;
  const schema: { '~standard': typeof standard; self?: unknown } = { '~standard': standard };
  schema.self = schema;
  mountHook(() => useWebSocket('ws://fake.test/', { ...options, schema }));
  expect(fake.sockets).toHaveLength(1);
});
