import { ConnectionError } from './errors.ts';
import type { WebSocketClass } from './options.ts';

interface Platform {
  readonly WebSocket?: WebSocketClass;
  readonly reportError?: (error: unknown) => void;
}
const platform = globalThis as Platform;

/** A timer that fires so long after it was due was held up. Unit ms. */
export const LATE_MS = 1_000;

/** What a listener of the application threw: reported as uncaught, without stopping anything else. */
export function reportError(error: unknown): void {
  if (typeof platform.reportError === 'function') platform.reportError(error);
  else
    queueMicrotask(() => {
      throw error;
    });
}

/** What a function of the application gives; undefined where it throws, which is reported. */
export function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    reportError(error);
    return undefined;
  }
}

/** The platform's own WebSocket, looked up at each attempt: a test may put another in its place. */
export function platformWebSocket(): WebSocketClass | undefined {
  return platform.WebSocket;
}

export function noWebSocket(): ConnectionError {
  return new ConnectionError(
    'no-websocket',
    "this platform has no WebSocket of its own. Install ws and pass its class: import { WebSocket } from 'ws'",
  );
}
