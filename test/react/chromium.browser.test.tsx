import { Activity, Profiler, StrictMode } from 'react';
import { cleanup, render } from '@testing-library/react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { commands } from 'vitest/browser';
import { ConnectionProvider, useConnectionState, useLatestMessage, useWebSocket } from '../../src/react/index.ts';
import { startServer } from '../fixtures/contractInBrowser.ts';
import { soon } from '../fixtures/contractProbe.tsx';

afterEach(cleanup);

function State() {
  return <p>{useConnectionState()}</p>;
}

function Latest() {
  return <p>{String(useLatestMessage<number>())}</p>;
}

function Socket({ url }: { readonly url: string }) {
  return <p>{useWebSocket({ url }).state}</p>;
}

describe('in a real browser, before a real server', () => {
  it('StrictMode makes one socket of a provider and of useWebSocket each', async () => {
    const server = await startServer();
    const { container } = render(
      <StrictMode>
        <ConnectionProvider options={{ url: `${server.url}provider` }}>
          <State />
        </ConnectionProvider>
        <Socket url={`${server.url}hook`} />
      </StrictMode>,
    );
    await soon(() => container.textContent).toBe('openopen');
    const paths = [await server.nextKnock(), await server.nextKnock()];
    expect(paths.sort()).toEqual(['/hook', '/provider']);
    expect([await server.opened(), await server.live()]).toEqual([2, 2]);
    cleanup();
    await soon(() => server.live()).toBe(0);
    expect(await server.opened()).toBe(2);
  });

  it('useLatestMessage draws a burst of 5,000 messages at most once for each frame of the screen, and the last one', async () => {
    const server = await startServer();
    const drawnAt: unknown[] = [];
    const { container } = render(
      <ConnectionProvider options={{ url: server.url }}>
        {/* The timeline moves on once for each frame. */}
        <Profiler id="latest" onRender={() => drawnAt.push(document.timeline.currentTime)}>
          <Latest />
        </Profiler>
      </ConnectionProvider>,
    );
    await server.count(await server.nextSocket(), 5_000);
    await soon(() => container.textContent).toBe('4999');
    expect(new Set(drawnAt).size).toBe(drawnAt.length);
  });

  it('a hidden <Activity> hangs up, and a shown one dials', async () => {
    const server = await startServer();
    const tree = (mode: 'visible' | 'hidden') => (
      <StrictMode>
        <Activity mode={mode}>
          <Socket url={server.url} />
        </Activity>
      </StrictMode>
    );
    const { container, rerender } = render(tree('visible'));
    await soon(() => container.textContent).toBe('open');
    rerender(tree('hidden'));
    expect(await server.nextEnd()).toEqual({ socket: 0, code: 1000 });
    rerender(tree('visible'));
    await soon(() => container.textContent).toBe('open');
    expect([await server.opened(), await server.live()]).toEqual([2, 1]);
  });

  it('hydration complains of nothing, and the socket opens', async () => {
    const server = await startServer();
    const complaints = vi.spyOn(console, 'error');
    const onRecoverableError = vi.fn();
    const container = document.createElement('div');
    const tree = (
      <StrictMode>
        <Socket url={server.url} />
      </StrictMode>
    );
    container.innerHTML = renderToString(tree);
    expect(container.textContent).toBe('idle');
    const root = hydrateRoot(container, tree, { onRecoverableError });
    onTestFinished(() => root.unmount());
    await soon(() => container.textContent).toBe('open');
    expect(complaints).not.toHaveBeenCalled();
    expect(onRecoverableError).not.toHaveBeenCalled();
    expect(await server.opened()).toBe(1);
  });

  it('a page that is closed leaves no socket', async () => {
    const server = await startServer();
    const module = new URL('../fixtures/contractPage.tsx', import.meta.url).pathname;
    await commands.visitPage(module, server.port, 'Live');
    expect(await server.nextEnd()).toEqual({ socket: 0, code: 1001 });
    await soon(() => server.live()).toBe(0);
  });
});
