import { Writable } from 'node:stream';
import { StrictMode, Suspense, type ReactNode } from 'react';
import { renderToPipeableStream, renderToStaticMarkup, renderToString } from 'react-dom/server';
import { describe, expect, it, vi } from 'vitest';
import {
  ConnectionProvider,
  ConnectionStatus,
  useConnection,
  useConnectionState,
  useConnectionStatus,
  useLatestMessage,
  useMessage,
  useMessages,
  useWebSocket,
} from '../../src/react/index.ts';
import { within } from '../fixtures/events.ts';
import { StagedSocket, recorded } from '../fixtures/stagedSocket.ts';
import { turn } from '../fixtures/react.tsx';

const { WebSocket, sockets } = recorded(StagedSocket);

function Everything(): ReactNode {
  useConnection();
  useMessage(() => undefined);
  const own = useWebSocket<unknown>('/own', { WebSocket });
  const shared = useWebSocket<unknown>('/shared', { WebSocket, share: true });
  const unknown = useWebSocket<unknown>(null, { WebSocket });
  const shown = {
    state: useConnectionState(),
    status: useConnectionStatus().text,
    latest: String(useLatestMessage()),
    messages: useMessages().length,
    hooks: [own, shared, unknown].map(({ state, isConnected, lastMessage }) => ({ state, isConnected, lastMessage })),
  };
  return JSON.stringify(shown);
}

const tree = (
  <StrictMode>
    <ConnectionProvider options={{ url: '/api/ws', WebSocket }}>
      <Suspense fallback="loading">
        <Everything />
      </Suspense>
    </ConnectionProvider>
  </StrictMode>
);

const idle = JSON.stringify({
  state: 'idle',
  status: 'Not connected',
  latest: 'undefined',
  messages: 0,
  hooks: [
    { state: 'idle', isConnected: false, lastMessage: null },
    { state: 'idle', isConnected: false, lastMessage: null },
    { state: 'idle', isConnected: false, lastMessage: null },
  ],
}).replaceAll('"', '&quot;');

describe('on a server', () => {
  it('renderToString shows idle, dials nothing, and takes an address of the page', async () => {
    expect(renderToString(tree)).toContain(idle);
    await turn();
    expect(sockets).toHaveLength(0);
  });

  it('renderToPipeableStream shows idle, dials nothing, and takes an address of the page', async () => {
    let html = '';
    const sink = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        html += chunk.toString();
        done();
      },
    });
    const errors: unknown[] = [];
    const stream = renderToPipeableStream(tree, { onError: (error) => void errors.push(error) });
    const finished = new Promise((resolve) => sink.on('finish', resolve));
    stream.pipe(sink);
    await within('the end of the stream', finished);
    await turn();
    expect(html).toContain(idle);
    expect(errors).toEqual([]);
    expect(sockets).toHaveLength(0);
  });

  it('a status line shows that nothing is connected yet', () => {
    const markup = renderToStaticMarkup(
      <ConnectionProvider options={{ url: '/api/ws', WebSocket }}>
        <ConnectionStatus />
      </ConnectionProvider>,
    );
    expect(markup).toContain('Not connected');
    expect(markup).toContain('data-state="idle"');
  });

  it('leaves no timer behind', () => {
    vi.useFakeTimers();
    try {
      renderToString(tree);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
