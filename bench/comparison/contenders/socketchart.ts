import { createConnection, type ConnectionOptions } from '../../../src/index.ts';
import { hubReconnects } from '../../topics/reconnects.ts';
import type { Contender, Pace } from '../contender.ts';
import { plainServer } from '../plainServer.ts';

/** The package itself. What is given are its defaults, but for a longer wait at a wake-up and the heartbeat, which is off in browsers until it is given. */
function withOptions(own: (pace: Pace) => Partial<ConnectionOptions>): Contender {
  return {
    serve: plainServer,
    dial: ({ url, pace, WebSocket, connectTimeoutMs, told }) => {
      const connection = createConnection<unknown, string>(url, {
        WebSocket,
        connectTimeoutMs,
        retry: { baseMs: pace(1_000), capMs: pace(30_000) },
        stableAfterMs: pace(5_000),
        heartbeat: { intervalMs: pace(25_000), timeoutMs: pace(10_000), wakeTimeoutMs: pace(10_000) },
        ...own(pace),
      });
      connection.on('dropped', ({ message }) => told(Number(message)));
      connection.connect();
      return { send: (n) => void connection.send(String(n)), close: () => connection.dispose() };
    },
    entry: `export { createConnection } from './src/index.ts';`,
    beside: ['xstate'],
    downstream: (cuts) => hubReconnects(cuts, 0),
  };
}

export const socketchart = withOptions(() => ({}));
export const confirmed = withOptions((pace) => ({ confirm: { everyMs: pace(250) } }));
