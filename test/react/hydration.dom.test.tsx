import { StrictMode, Suspense, use, type ReactNode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  ConnectionProvider,
  ConnectionStatus,
  createConnectionHooks,
  useConnectionState,
  useConnectionStatus,
  useWebSocket,
} from '../../src/react/index.ts';
import { withResolvers } from '../fixtures/events.ts';
import { fakeConnection } from '../fixtures/stagedSocket.ts';
import { fakeOptions, frames, turn, until } from '../fixtures/react.tsx';

const { useLatestMessage, useMessages } = createConnectionHooks<unknown>();

/** Hydrates markup of a server with a tree, and keeps whatever React complains about. */
function hydrate(html: string, ui: ReactNode) {
  const complaints: unknown[] = [];
  vi.spyOn(console, 'error').mockImplementation((...words) => void complaints.push(words));
  const container = document.createElement('div');
  container.innerHTML = html;
  document.body.append(container);
  const root = hydrateRoot(container, ui, { onRecoverableError: (error) => complaints.push(error) });
  onTestFinished(() => {
    root.unmount();
    container.remove();
  });
  return { complaints, container };
}

function Everything(): ReactNode {
  const { state, text } = useConnectionStatus();
  const name = useConnectionState((snapshot) => [JSON.stringify(snapshot.value), ...snapshot.tags].join());
  const facts = useConnectionState(({ context }) => [context.outbox, context.attempt, context.lastClose?.code].join());
  return (
    <p>
      {state} {text} {name} {facts} {String(useLatestMessage())} {useMessages().length} <ConnectionStatus />
    </p>
  );
}

describe('hydration', () => {
  it('goes without complaint, and dials once', async () => {
    const fake = fakeOptions();
    const tree = (
      <StrictMode>
        <ConnectionProvider options={fake.options}>
          <Everything />
        </ConnectionProvider>
      </StrictMode>
    );
    const { complaints, container } = hydrate(renderToString(tree), tree);
    await until('the connection to dial', () => container.textContent.includes('Connecting'));
    fake.socket.opens();
    await until('the connection to be open', () => container.textContent.includes('Live'));
    expect(complaints).toEqual([]);
    expect(fake.sockets).toHaveLength(1);
  });

  it.each(['open', 'backoff', 'failed', 'closed'] as const)(
    'goes without complaint where the connection is %s already',
    async (state) => {
      frames();
      const onServer = fakeConnection();
      const onPage = fakeConnection();
      onPage.connection.connect();
      onPage.socket.opens();
      onPage.socket.receives('1');
      if (state === 'backoff') {
        onPage.socket.ends();
        onPage.connection.send('held');
      }
      if (state === 'failed') onPage.socket.ends({ code: 1008 });
      if (state === 'closed') onPage.connection.disconnect();
      const tree = ({ connection }: typeof onPage): ReactNode => (
        <ConnectionProvider connection={connection}>
          <Everything />
        </ConnectionProvider>
      );
      const html = renderToString(tree(onServer));
      expect(html).toContain('idle');
      const { complaints, container } = hydrate(html, tree(onPage));
      const after = { open: 'open', backoff: 'backoff', failed: 'connecting', closed: 'connecting' }[state];
      await until('the state of the page', () => container.textContent.startsWith(after));
      expect(complaints).toEqual([]);
    },
  );

  it('of a boundary that comes later goes without complaint, though the connection is open by then', async () => {
    const fake = fakeOptions();
    const { promise, resolve } = withResolvers();
    let isServer = true;
    const Late = (): ReactNode => {
      if (!isServer) use(promise);
      return <Everything />;
    };
    const tree = (
      <ConnectionProvider options={fake.options}>
        <Suspense fallback="loading">
          <Late />
        </Suspense>
      </ConnectionProvider>
    );
    const html = renderToString(tree);
    isServer = false;
    const { complaints, container } = hydrate(html, tree);
    await until('the connection to dial', () => fake.sockets.length === 1);
    fake.socket.opens();
    await turn();
    expect(container.textContent).toContain('idle');
    resolve();
    await until('the late part', () => container.textContent.startsWith('open Live'));
    expect(complaints).toEqual([]);
    expect(fake.sockets).toHaveLength(1);
  });

  it('of useWebSocket goes without complaint, also where another shares an open connection', async () => {
    const fake = fakeOptions();
    const { promise, resolve } = withResolvers();
    let isServer = true;
    const Uses = ({ isLate = false }: { readonly isLate?: boolean }): ReactNode => {
      const { state, lastMessage } = useWebSocket<unknown>({ ...fake.options, share: true });
      if (isLate && !isServer) use(promise);
      return <b>{`${state} ${String(lastMessage)}`}</b>;
    };
    const tree = (
      <>
        <Uses />
        <Suspense fallback="loading">
          <Uses isLate />
        </Suspense>
      </>
    );
    const html = renderToString(tree);
    isServer = false;
    const { complaints, container } = hydrate(html, tree);
    await until('the connection to dial', () => fake.sockets.length === 1);
    fake.socket.opens();
    fake.socket.receives('1');
    await until('the first to be open', () => container.textContent.includes('open'));
    resolve();
    await until('both to be open', () => container.textContent.split('open').length === 3);
    expect(complaints).toEqual([]);
    expect(fake.sockets).toHaveLength(1);
  });
});
