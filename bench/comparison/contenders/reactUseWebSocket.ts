import { createRequire } from 'node:module';
import { Window } from 'happy-dom';
import type * as Hooks from 'react-use-websocket';
import type { Contender } from '../contender.ts';
import { plainServer } from '../plainServer.ts';

let window: Window | undefined;

/** Both look for a page where they are imported, so that it has to be there before. It stays for as long as the process. */
async function inPage(WebSocket: unknown) {
  window ??= new Window();
  for (const [name, value] of Object.entries({
    window,
    document: window.document,
    navigator: window.navigator,
    WebSocket,
  })) {
    Object.defineProperty(globalThis, name, { value, configurable: true });
  }
  const [{ createElement }, { createRoot }] = await Promise.all([import('react'), import('react-dom/client')]);
  // A CommonJS module with a default of its own: what `import` makes of that depends on who loads it.
  const { default: useWebSocket } = createRequire(import.meta.url)('react-use-websocket') as typeof Hooks.default;
  return { createElement, root: createRoot(document.createElement('div')), useWebSocket };
}

/** The hook in a component, drawn by react-dom into happy-dom. Backoff and heartbeat are those of its README. */
export const reactUseWebSocket: Contender = {
  serve: plainServer,
  dial: async ({ url, pace, WebSocket }) => {
    const { createElement, root, useWebSocket } = await inPage(WebSocket);
    return new Promise((resolve) => {
      function Component(): null {
        const { sendMessage } = useWebSocket(url, {
          shouldReconnect: () => true,
          reconnectAttempts: Infinity,
          reconnectInterval: (attempt) => pace(Math.min(2 ** attempt * 1_000, 10_000)),
          heartbeat: { message: 'ping', returnMessage: 'pong', timeout: pace(60_000), interval: pace(25_000) },
        });
        resolve({ send: (n) => sendMessage(String(n)), close: () => root.unmount() });
        return null;
      }
      root.render(createElement(Component));
    });
  },
  entry: `export { default } from 'react-use-websocket';`,
  beside: ['react', 'react-dom'],
};
