import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { StrictMode, type ReactNode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Connection, ConnectionOptions, StateName } from '../../src/index.ts';
import { ConnectionProvider, ConnectionStatus, type ConnectionStatusProps } from '../../src/react/index.ts';
import { SimulatedClock } from '../../src/testing/index.ts';
import { fakeConnection } from '../fixtures/stagedSocket.ts';

/** The platform's clock, which the tests move. */
const clock = {
  setTimeout: (callback: () => void, delayMs: number) => setTimeout(callback, delayMs),
  clearTimeout: (timer: ReturnType<typeof setTimeout>) => clearTimeout(timer),
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const line = (connection: Connection, props?: ConnectionStatusProps): ReactNode => (
  <StrictMode>
    <ConnectionProvider connection={connection}>
      <ConnectionStatus {...props} />
    </ConnectionProvider>
  </StrictMode>
);

function shown(props?: ConnectionStatusProps, options?: Partial<ConnectionOptions<unknown, unknown>>) {
  const fake = fakeConnection({ clock, ...options });
  return { ...render(line(fake.connection, props)), ...fake, socket: fake.socket, socketAt: fake.socketAt };
}

const status = () => screen.getByRole('status');
const retryButton = () => screen.queryByRole('button', { name: 'Retry now' });
const pass = (ms: number): void => act(() => void vi.advanceTimersByTime(ms));

/** One line in each of the six states, and the same while offline. */
const states: Readonly<Record<string, () => HTMLElement>> = {
  idle: () => {
    const container = document.body.appendChild(document.createElement('div'));
    onTestFinished(() => container.remove());
    container.innerHTML = renderToString(line(fakeConnection({ clock }).connection));
    return container;
  },
  connecting: () => shown().container,
  open: () => {
    const { container, socket } = shown();
    act(() => socket.opens());
    return container;
  },
  backoff: () => {
    const { container, socket } = shown();
    act(() => socket.ends());
    return container;
  },
  offline: () => {
    const goOffline: (() => void)[] = [];
    const start = (report: (event: { type: 'network.offline' }) => void) => {
      goOffline.push(() => report({ type: 'network.offline' }));
      return () => undefined;
    };
    const { container, socket } = shown({}, { environment: { start } });
    act(() => socket.ends());
    act(() => goOffline.at(-1)?.());
    return container;
  },
  closed: () => {
    const { container, connection, socket } = shown();
    act(() => connection.disconnect());
    act(() => socket.ends());
    return container;
  },
  failed: () => {
    const { container, socket } = shown({}, { retry: { maxAttempts: 0 } });
    act(() => socket.ends());
    return container;
  },
};

describe('within a provider', () => {
  it.each([
    ['idle', 'rest', 'Not connected', false],
    ['connecting', 'pending', 'Connecting', false],
    ['open', 'ready', 'Live', false],
    ['backoff', 'pending', 'Reconnecting', true],
    ['offline', 'pending', 'Offline', true],
    ['closed', 'rest', 'Disconnected', false],
    ['failed', 'failed', 'Connection failed', true],
  ])('says %s in tone %s as "%s", with a button to retry: %s', (name, tone, text, hasButton) => {
    const root = states[name]?.().firstElementChild;
    expect(root?.getAttribute('data-state')).toBe(name === 'offline' ? 'backoff' : name);
    expect(root?.getAttribute('data-tone')).toBe(tone);
    expect(status().textContent).toBe(text);
    expect(retryButton() !== null).toBe(hasButton);
  });

  it('says in form what it says in colour', () => {
    const forms = Object.keys(states).map((name) => {
      const container = states[name]?.();
      const form = container?.querySelector('[aria-hidden] path')?.getAttribute('d');
      return [container?.firstElementChild?.getAttribute('data-tone'), form];
    });
    const ofTone = new Map(forms as [string, string][]);
    expect(forms).toEqual(forms.map(([tone]) => [tone, ofTone.get(tone ?? '')]));
    expect(new Set(ofTone.values()).size).toBe(4);
  });

  it('counts down to the next attempt and says when it is due', () => {
    const { socket } = shown({}, { retry: { baseMs: 3_000, jitter: 'none' } });
    act(() => socket.ends());
    const seen = [0, 1_000, 1_000].map((ms) => {
      pass(ms);
      return screen.getByRole('timer').textContent;
    });
    expect(seen).toEqual(['in 3 s', 'in 2 s', 'in 1 s']);
    pass(1_000);
    expect(screen.queryByRole('timer')).toBeNull();
    expect(status().textContent).toBe('Connecting');
  });

  it('says that an attempt is due whose time has passed, and long waits in minutes', () => {
    const { socket } = shown(
      {},
      { clock: { ...clock, setTimeout: () => 0 }, retry: { baseMs: 100_000, capMs: 100_000, jitter: 'none' } },
    );
    act(() => socket.ends());
    expect(screen.getByRole('timer').textContent).toBe('in 2 min');
    pass(200_000);
    expect(screen.getByRole('timer').textContent).toBe('now');
  });

  it('looks at the clock only while it counts down', () => {
    const { socket } = shown();
    const every = vi.spyOn(globalThis, 'setInterval');
    const end = vi.spyOn(globalThis, 'clearInterval');
    expect(every).not.toHaveBeenCalled();
    act(() => socket.ends());
    expect(every).toHaveBeenCalled();
    pass(1_000);
    expect(end.mock.calls.flat()).toEqual(
      expect.arrayContaining(every.mock.results.map(({ value }) => value as unknown)),
    );
  });

  it('tells screen readers of a change of state, and neither of seconds nor of buttons', () => {
    const { container, socket } = shown({}, { retry: { baseMs: 3_000, jitter: 'none' } });
    const told = status();
    act(() => socket.ends());
    // The same element through all states: one that is new is not read out.
    expect(status()).toBe(told);
    expect([...container.querySelectorAll('[role=status] *')]).toEqual([]);
    expect(container.textContent).toBe(' Reconnecting in 3 s Retry now');
    const before = told.outerHTML;
    pass(1_000);
    expect(told.outerHTML).toBe(before);
  });

  it.each(['backoff', 'failed'])('dials at once when asked to in %s', (name) => {
    const { socket, sockets } = shown({}, { retry: { baseMs: 60_000, maxAttempts: name === 'failed' ? 0 : 5 } });
    act(() => socket.ends());
    fireEvent.click(retryButton() as HTMLElement);
    expect(status().textContent).toBe('Connecting');
    expect(sockets).toHaveLength(2);
  });

  it('keeps the focus in its place when the button that had it goes', () => {
    const { container, socket } = shown();
    act(() => socket.ends());
    retryButton()?.focus();
    fireEvent.click(retryButton() as HTMLElement);
    expect(retryButton()).toBeNull();
    expect(document.activeElement).toBe(container.firstElementChild);
  });

  it('leaves the focus where it is when it was not in the button', () => {
    const { socket } = shown();
    act(() => socket.ends());
    pass(1_000);
    expect(retryButton()).toBeNull();
    expect(document.activeElement).toBe(document.body);
  });

  it('replaces every label, and takes the English one for what is undefined', () => {
    const labels = {
      connecting: 'Verbinde',
      backoff: 'Neuer Versuch',
      retry: 'Jetzt',
      countdown: (seconds: number) => `in ${seconds} Sekunden`,
    };
    const { container, connection, socket, rerender } = shown({ labels });
    expect(container.textContent).toBe(' Verbinde');
    act(() => socket.ends());
    expect(container.textContent).toBe(' Neuer Versuch in 1 Sekunden Jetzt');
    rerender(line(connection, { labels: { retry: undefined } as never }));
    expect(container.textContent).toBe(' Reconnecting in 1 s Retry now');
  });

  it('hands state, words, tone, countdown and retry to a function, and draws what that gives', () => {
    const children: ConnectionStatusProps['children'] = ({ state, text, tone, countdown, retry }) =>
      state === 'connecting' ? null : (
        <>
          {text}, {tone} {countdown} <button onClick={retry}>Again</button>
        </>
      );
    const { container, sockets, socket } = shown({ children });
    expect(container.textContent).toBe('');
    act(() => socket.ends());
    expect(container.textContent).toBe('Reconnecting, pending in 1 s Again');
    fireEvent.click(screen.getByRole('button', { name: 'Again' }));
    expect(sockets).toHaveLength(2);
  });

  it('hands attributes on', () => {
    const { container } = shown({ className: 'mine', id: 'line', title: 'why' });
    const { id, title, className } = container.firstElementChild as HTMLElement;
    expect({ id, title, className }).toEqual({ id: 'line', title: 'why', className: 'socketchart-status mine' });
  });

  it('takes over a page from a server without a warning, though the connection is in backoff by then', async () => {
    const { connection, socket, container } = shown();
    act(() => socket.ends());
    const other = document.body.appendChild(document.createElement('div'));
    other.innerHTML = renderToString(line(connection));
    expect(other.textContent).toBe(' Not connected');
    const said = vi.spyOn(console, 'error');
    const onRecoverableError = vi.fn();
    const root = await act(() => hydrateRoot(other, line(connection), { onRecoverableError }));
    expect(other.textContent).toBe(container.textContent);
    expect([said.mock.calls, onRecoverableError.mock.calls]).toEqual([[], []]);
    act(() => root.unmount());
    other.remove();
  });

  it('says what is missing where there is no provider', () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(() => render(<ConnectionStatus />)).toThrow(expect.objectContaining({ code: 'no-provider-component' }));
  });
});

describe('without a provider', () => {
  const told = (props: ConnectionStatusProps) => {
    const root = render(<ConnectionStatus {...props} />).container.firstElementChild;
    return [status().textContent, root?.getAttribute('data-state'), root?.getAttribute('data-tone'), retryButton()];
  };

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an event without words', new Event('error')],
    ['an error without a message', new Error('')],
    ['an empty text', ' '],
    ['a number', 1006],
  ])('says "Disconnected" where the last error is %s', (_, lastError) => {
    expect(told({ isConnected: false, lastError })).toEqual(['Disconnected', 'closed', 'rest', null]);
  });

  it.each<[string, unknown]>([
    ['an error', new Error('no route')],
    ['a text', 'no route'],
    ['an event with words', new ErrorEvent('error', { message: 'no route' })],
    ['anything with a message', { message: 'no route\n' }],
  ])('says what the last error says where that is %s', (_, lastError) => {
    expect(told({ isConnected: false, lastError })).toEqual(['no route', 'closed', 'failed', null]);
  });

  it('says "Live" while connected, whatever went wrong before', () => {
    expect(told({ isConnected: true, lastError: new Error('no route') })).toEqual(['Live', 'open', 'ready', null]);
  });

  it('shows an error also where nothing says whether there is a connection', () => {
    expect(told({ lastError: new Error('no route') })).toEqual(['no route', 'closed', 'failed', null]);
  });

  it.each<[StateName, string, string]>([
    ['idle', 'Not connected', 'rest'],
    ['connecting', 'Connecting', 'pending'],
    ['open', 'Live', 'ready'],
    ['backoff', 'Reconnecting', 'pending'],
    ['closed', 'Disconnected', 'rest'],
    ['failed', 'Connection failed', 'failed'],
  ])('says the state %s in words, keeps the error for who hovers, and dials where that helps', (state, text, tone) => {
    const reconnect = vi.fn();
    const [said, ...others] = told({ state, reconnect, isConnected: false, lastError: new Error('no route') });
    expect([said, ...others.slice(0, 2)]).toEqual([text, state, tone]);
    const isWaiting = state === 'backoff' || state === 'failed';
    expect(retryButton() !== null).toBe(isWaiting);
    expect(status().parentElement?.title).toBe(state === 'open' ? '' : 'no route');
    if (isWaiting) fireEvent.click(retryButton() as HTMLElement);
    expect(reconnect).toHaveBeenCalledTimes(isWaiting ? 1 : 0);
    cleanup();
    expect(told({ state }).at(-1)).toBeNull();
  });

  it('replaces its labels', () => {
    const labels = { open: 'Verbunden', closed: 'Getrennt' };
    expect(told({ isConnected: true, labels })[0]).toBe('Verbunden');
    cleanup();
    expect(told({ isConnected: false, labels })[0]).toBe('Getrennt');
  });

  it('tells a function that there is nothing to retry', () => {
    const children = vi.fn(() => 'drawn');
    expect(told({ isConnected: false, children })[0]).toBe('drawn');
    expect(children).toHaveBeenCalledWith({ state: 'closed', text: 'Disconnected', tone: 'rest', countdown: null });
  });
});

it.each([0, 4e12])('counts down on the clock of the connection, which begins at %d', (from) => {
  const simulated = new SimulatedClock(from);
  const fake = fakeConnection({ clock: simulated, retry: { baseMs: 3_000, jitter: 'none' } });
  render(line(fake.connection));
  act(() => fake.socket.ends());
  expect(screen.getByRole('timer').textContent).toBe('in 3 s');

  simulated.advance(1_000);
  pass(1_000);

  expect(screen.getByRole('timer').textContent).toBe('in 2 s');
});
