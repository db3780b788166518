import { Activity, StrictMode, useEffect, type ReactNode } from 'react';
import { describe, expect, it, vi } from 'vitest';
import type { Connection } from '../../src/index.ts';
import { ConnectionProvider, createConnectionHooks } from '../../src/react/index.ts';
import { connectionOver } from '../fixtures/connections.ts';
import { fakeConnection, type Fake, type StagedSocket } from '../fixtures/stagedSocket.ts';
import { drawn, frames, mount, mountHook, thrownBy, turn, until } from '../fixtures/react.tsx';
import { startServer } from '../fixtures/server.ts';

const { useMessage, useLatestMessage, useMessages } = createConnectionHooks<unknown>();

const within =
  (connection: Connection) =>
  (children: ReactNode): ReactNode => <ConnectionProvider connection={connection}>{children}</ConnectionProvider>;

/** A connection that is open already, and stays so. */
function open(): Fake<StagedSocket> {
  const fake = fakeConnection();
  fake.connection.connect();
  fake.socket.opens();
  return fake;
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

function receive({ socket }: Fake<StagedSocket>, ...messages: readonly unknown[]): void {
  for (const message of messages) socket.receives(JSON.stringify(message));
}

describe('useMessage', () => {
  it('is called once for each message of a real server, in StrictMode and through re-renders', async () => {
    const server = await startServer();
    const connection = connectionOver({ url: server.url });
    const heard: unknown[] = [];
    const Listens = ({ n }: { readonly n: number }): ReactNode => {
      useMessage((message) => heard.push(message));
      return n;
    };
    const tree = (n: number): ReactNode => <StrictMode>{within(connection)(<Listens n={n} />)}</StrictMode>;
    const mounted = mount(tree(0));
    const peer = await server.nextPeer();
    for (let n = 1; n <= 100; n++) {
      peer.socket.send(String(n));
      if (n % 10 === 0) mounted.update(tree(n));
    }
    await until('the last message', () => heard.length >= 100);
    await turn();
    expect(heard).toEqual(numbers(1, 100));
  });

  it('calls the newest listener', () => {
    const fake = open();
    const heard: unknown[] = [];
    const hook = mountHook(() => useMessage((message) => heard.push(['first', message])), within(fake.connection));
    receive(fake, 1);
    hook.update(() => useMessage((message) => heard.push(['second', message])));
    receive(fake, 2);
    expect(heard).toEqual([
      ['first', 1],
      ['second', 2],
    ]);
  });

  it('draws nothing', () => {
    const fake = open();
    const hook = mountHook(() => useMessage(() => undefined), within(fake.connection));
    for (const n of numbers(1, 1_000)) drawn(() => receive(fake, n));
    expect(hook.renders).toBe(1);
  });

  it('hands over the event of the socket, too', () => {
    const fake = open();
    const listener = vi.fn();
    mountHook(() => useMessage(listener), within(fake.connection));
    receive(fake, 1);
    expect(listener.mock.calls).toEqual([[1, expect.objectContaining({ type: 'message', data: '1' })]]);
  });

  it('is no longer called when the component is gone', () => {
    const fake = open();
    const heard: unknown[] = [];
    const hook = mountHook(() => useMessage((message) => heard.push(message)), within(fake.connection));
    receive(fake, 1);
    hook.unmount();
    receive(fake, 2);
    expect(heard).toEqual([1]);
  });

  it('is not called while the component is hidden', () => {
    const fake = open();
    const heard: unknown[] = [];
    const Listens = (): ReactNode => {
      useMessage((message) => heard.push(message));
      return null;
    };
    const tree = (mode: 'visible' | 'hidden'): ReactNode =>
      within(fake.connection)(
        <Activity mode={mode}>
          <Listens />
        </Activity>,
      );
    const mounted = mount(tree('visible'));
    receive(fake, 1);
    mounted.update(tree('hidden'));
    receive(fake, 2);
    mounted.update(tree('visible'));
    receive(fake, 3);
    expect(heard).toEqual([1, 3]);
  });

  it('hears another connection when the provider has another', () => {
    const [first, second] = [open(), open()];
    const heard: unknown[] = [];
    const Listens = (): ReactNode => {
      useMessage((message) => heard.push(message));
      return null;
    };
    const mounted = mount(within(first.connection)(<Listens />));
    mounted.update(within(second.connection)(<Listens />));
    receive(first, 'first');
    receive(second, 'second');
    expect(heard).toEqual(['second']);
  });

  it('that throws stops no other listener', () => {
    const fake = open();
    const heard: unknown[] = [];
    const reported = vi.fn();
    vi.stubGlobal('reportError', reported);
    mountHook(() => {
      useMessage(() => {
        throw new Error('broken');
      });
      useMessage((message) => heard.push(message));
    }, within(fake.connection));
    receive(fake, 1, 2);
    vi.unstubAllGlobals();
    expect(heard).toEqual([1, 2]);
    expect(reported).toHaveBeenCalledTimes(2);
  });
});

describe('useLatestMessage', () => {
  it('is undefined until there is a message, then the newest', () => {
    const screen = frames();
    const fake = open();
    const hook = mountHook(() => useLatestMessage(), within(fake.connection));
    expect(hook.current).toBeUndefined();
    receive(fake, { n: 1 }, { n: 2 });
    screen.draw();
    expect(hook.current).toEqual({ n: 2 });
  });

  it('draws once for each frame at most, and asks for a frame only when there is something new', () => {
    const screen = frames();
    const fake = open();
    const hook = mountHook(() => useLatestMessage(), within(fake.connection));
    const { renders } = hook;
    for (const n of numbers(1, 1_000)) drawn(() => receive(fake, n));
    expect(hook.renders).toBe(renders);
    expect(screen.wanted).toBe(1);
    screen.draw();
    expect(hook.renders).toBe(renders + 1);
    expect(hook.current).toBe(1_000);
    expect(screen.wanted).toBe(0);
    screen.draw();
    expect(hook.renders).toBe(renders + 1);
  });

  it('with everyMs draws the first at once, then at most once in each interval, and never loses the last', () => {
    vi.useFakeTimers();
    try {
      const fake = open();
      const hook = mountHook(() => useLatestMessage(undefined, { everyMs: 100 }), within(fake.connection));
      const { renders } = hook;
      drawn(() => receive(fake, 1));
      expect(hook.current).toBe(1);
      drawn(() => receive(fake, 2, 3));
      drawn(() => vi.advanceTimersByTime(99));
      expect(hook.current).toBe(1);
      drawn(() => vi.advanceTimersByTime(1));
      expect(hook.current).toBe(3);
      drawn(() => receive(fake, 4));
      expect(hook.current).toBe(3);
      drawn(() => vi.advanceTimersByTime(100));
      expect(hook.current).toBe(4);
      expect(hook.renders).toBe(renders + 3);
      drawn(() => vi.advanceTimersByTime(100));
      expect(vi.getTimerCount()).toBe(0);
      drawn(() => receive(fake, 5));
      expect(hook.current).toBe(5);
    } finally {
      vi.useRealTimers();
    }
  });

  it('takes a message for which the selector gives undefined for none', () => {
    const screen = frames();
    const fake = open();
    const hook = mountHook(
      () => useLatestMessage((message) => (message as { readonly price?: number }).price),
      within(fake.connection),
    );
    receive(fake, { price: 1 }, { other: 2 });
    screen.draw();
    expect(hook.current).toBe(1);
    receive(fake, { other: 3 });
    expect(screen.wanted).toBe(0);
  });

  it.each([null, 0, false, ''])('takes %j for a message', (message) => {
    const screen = frames();
    const fake = open();
    const hook = mountHook(() => useLatestMessage((given) => (given as { m: unknown }).m), within(fake.connection));
    receive(fake, { m: message });
    screen.draw();
    expect(hook.current).toBe(message);
  });

  it('uses the newest of its inline selectors, and keeps what it has', () => {
    const screen = frames();
    const fake = open();
    const by = (factor: number) => () => useLatestMessage((message) => Number(message) * factor);
    const hook = mountHook(by(1), within(fake.connection));
    receive(fake, 7);
    screen.draw();
    hook.update(by(10));
    expect(hook.current).toBe(7);
    receive(fake, 8);
    screen.draw();
    expect(hook.current).toBe(80);
  });

  it('does not draw for a message that selects the same', () => {
    const screen = frames();
    const fake = open();
    const hook = mountHook(
      () => useLatestMessage((message) => (message as { readonly price?: number }).price),
      within(fake.connection),
    );
    receive(fake, { price: 5 });
    screen.draw();
    const { renders } = hook;
    receive(fake, { price: 5 });
    screen.draw();
    expect(hook.renders).toBe(renders);
  });

  it.each(['frame', 50] as const)(
    'shows what came last before it was hidden when it is shown again (%s)',
    (everyMs) => {
      frames();
      const fake = open();
      const Shows = (): ReactNode => String(useLatestMessage(undefined, { everyMs }));
      const tree = (mode: 'visible' | 'hidden'): ReactNode =>
        within(fake.connection)(
          <Activity mode={mode}>
            <Shows />
          </Activity>,
        );
      const mounted = mount(tree('visible'));
      receive(fake, 1, 2);
      mounted.update(tree('hidden'));
      mounted.update(tree('visible'));
      expect(mounted.text).toBe('2');
    },
  );

  it('draws in the next frame what comes after it was shown again', () => {
    const screen = frames();
    const fake = open();
    const Shows = (): ReactNode => String(useLatestMessage());
    const tree = (mode: 'visible' | 'hidden'): ReactNode =>
      within(fake.connection)(
        <Activity mode={mode}>
          <Shows />
        </Activity>,
      );
    const mounted = mount(tree('visible'));
    receive(fake, 1);
    mounted.update(tree('hidden'));
    expect(screen.wanted).toBe(0);
    mounted.update(tree('visible'));
    receive(fake, 2);
    screen.draw();
    expect(mounted.text).toBe('2');
  });

  it('in StrictMode misses nothing', () => {
    const screen = frames();
    const fake = open();
    const hook = mountHook(
      () => useLatestMessage(),
      (children) => <StrictMode>{within(fake.connection)(children)}</StrictMode>,
    );
    receive(fake, 1);
    screen.draw();
    expect(hook.current).toBe(1);
  });

  it('shows a message that came while the component was being drawn', () => {
    const screen = frames();
    const fake = open();
    const hook = mountHook(() => {
      const latest = useLatestMessage();
      useEffect(() => {
        receive(fake, 'early');
      }, []);
      return latest;
    }, within(fake.connection));
    screen.draw();
    expect(hook.current).toBe('early');
  });

  it('begins anew with another connection', () => {
    const screen = frames();
    const [first, second] = [open(), open()];
    const Shows = (): ReactNode => String(useLatestMessage());
    const mounted = mount(within(first.connection)(<Shows />));
    receive(first, 'first');
    screen.draw();
    expect(mounted.text).toBe('first');
    mounted.update(within(second.connection)(<Shows />));
    expect(mounted.text).toBe('undefined');
  });

  it('leaves neither frame nor timer behind', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const screen = frames();
    try {
      const fake = open();
      const hook = mountHook(() => {
        useLatestMessage();
        useLatestMessage(undefined, { everyMs: 100 });
        useMessages();
      }, within(fake.connection));
      drawn(() => receive(fake, 1, 2));
      expect(screen.wanted).toBe(2);
      hook.unmount();
      expect(screen.wanted).toBe(0);
      // What is left decides whether the connection is to be hung up.
      vi.runOnlyPendingTimers();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('draws in platforms without frames, too', async () => {
    vi.stubGlobal('requestAnimationFrame', undefined);
    const fake = open();
    const hook = mountHook(() => useLatestMessage(), within(fake.connection));
    receive(fake, 1, 2);
    await until('the message to be drawn', () => hook.current === 2);
    vi.unstubAllGlobals();
  });
});

describe('the pace', () => {
  it('may change, and the last value stays', () => {
    const screen = frames();
    const fake = open();
    const hook = mountHook(() => useLatestMessage(undefined, { everyMs: 'frame' }), within(fake.connection));
    receive(fake, 7);
    screen.draw();
    hook.update(() => useLatestMessage(undefined, { everyMs: 100 }));
    expect(hook.current).toBe(7);
  });

  it.each([-1, Number.NaN, Infinity])('cannot be %s ms', (everyMs) => {
    const fake = open();
    const Latest = (): ReactNode => {
      useLatestMessage(undefined, { everyMs });
      return null;
    };
    expect(thrownBy(within(fake.connection)(<Latest />))).toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(/^everyMs: /u) as string,
    });
  });
});

describe('useMessages', () => {
  it('gives the newest messages, oldest first, and no more than `last`', () => {
    const screen = frames();
    const fake = open();
    const hook = mountHook(() => useMessages({ last: 3 }), within(fake.connection));
    expect(hook.current).toEqual([]);
    receive(fake, 1, 2);
    screen.draw();
    expect(hook.current).toEqual([1, 2]);
    receive(fake, 3, 4);
    screen.draw();
    expect(hook.current).toEqual([2, 3, 4]);
    receive(fake, ...numbers(5, 50));
    screen.draw();
    expect(hook.current).toEqual([48, 49, 50]);
  });

  it('keeps a hundred where nothing is said', () => {
    const screen = frames();
    const fake = open();
    const hook = mountHook(() => useMessages(), within(fake.connection));
    receive(fake, ...numbers(1, 1_000));
    screen.draw();
    expect(hook.current).toEqual(numbers(901, 1_000));
  });

  it('skips none in a burst of a real server', async () => {
    const server = await startServer(({ socket }) => {
      for (const n of numbers(1, 500)) socket.send(String(n));
    });
    const connection = connectionOver({ url: server.url });
    const hook = mountHook(() => useMessages({ last: 1_000 }), within(connection));
    await until('all messages', () => hook.current.length === 500);
    expect(hook.current).toEqual(numbers(1, 500));
    expect(hook.renders).toBeLessThan(100);
  });

  it('gives the same list as long as nothing comes', () => {
    const screen = frames();
    const fake = open();
    const hook = mountHook(() => useMessages(), within(fake.connection));
    receive(fake, 1);
    screen.draw();
    const { current } = hook;
    hook.update();
    expect(hook.current).toBe(current);
  });

  it('keeps what it has when `last` changes, as far as that fits', () => {
    const screen = frames();
    const fake = open();
    const lasting = (last: number) => () => useMessages({ last });
    const hook = mountHook<readonly unknown[]>(lasting(3), within(fake.connection));
    receive(fake, 1, 2, 3);
    screen.draw();
    hook.update(lasting(2));
    expect(hook.current).toEqual([2, 3]);
    hook.update(lasting(5));
    receive(fake, 4, 5);
    screen.draw();
    expect(hook.current.slice(-4)).toEqual([2, 3, 4, 5]);
  });

  it('keeps nothing where `last` is 0', () => {
    const screen = frames();
    const fake = open();
    const hook = mountHook(() => useMessages({ last: 0 }), within(fake.connection));
    receive(fake, 1, 2);
    screen.draw();
    expect(hook.current).toEqual([]);
  });

  it.each([-1, Number.NaN, 2.5])('refuses %s as `last`', (last) => {
    const fake = open();
    const Log = (): ReactNode => {
      useMessages({ last });
      return null;
    };
    expect(thrownBy(within(fake.connection)(<Log />))).toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(/^last: /u) as string,
    });
  });
});
