import type { FaultProxy } from '../../src/testing/index.ts';
import { SLEEP_MS, TUNNEL_MS, type Hurt } from '../frames.ts';

/** What is done to the line, or to the server behind it. The connection that is shown and the hand-written one meet the same. */
export const hurting: Readonly<Record<Hurt, (line: FaultProxy, restart: () => void) => void>> = {
  cut: (line) => void line.inject({ type: 'down', forMs: 2_000 }),
  halfOpen: (line) => void line.inject({ type: 'halfOpen', on: 'existing', forMs: 8_000 }),
  slow: (line) => void line.inject({ type: 'latency', delayMs: 600, jitterMs: 300, forMs: 10_000 }),
  refuse: (line) => {
    line.inject({ type: 'reset' });
    line.inject({ type: 'refuse', forMs: 10_000 });
  },
  restart: (_, restart) => restart(),
  close: (line) => void line.inject({ type: 'close', code: 1011, reason: 'something went wrong' }),
  sleep: (line) => void line.inject({ type: 'blackhole', forMs: SLEEP_MS }),
  tunnel: (line) => {
    line.inject({ type: 'blackhole', forMs: TUNNEL_MS });
    line.inject({ type: 'latency', delayMs: 300, jitterMs: 300, forMs: 2 * TUNNEL_MS });
  },
};
