import type { FaultProxy } from '../../src/testing/index.ts';
import { SLEEP_MS, TUNNEL_MS, type Hurt } from '../frames.ts';

/** How long it takes until anybody notices that a cable is cut, and how long until it is mended. Unit ms. */
const UNNOTICED_MS = 600;
const MENDED_MS = 2_000;

/** What can be hurt. */
export interface Patient {
  readonly line: FaultProxy;
  readonly restart: () => void;
  /** Calls back, unless the server has ended by then. */
  readonly later: (callback: () => void, delayMs: number) => void;
}

/** What is done to the line, or to the server behind it. The connection that is shown and the hand-written one meet the same. */
export const hurting: Readonly<Record<Hurt, (patient: Patient) => void>> = {
  cut: ({ line, later }) => {
    line.inject({ type: 'blackhole', on: 'existing', forMs: UNNOTICED_MS + MENDED_MS });
    later(() => line.inject({ type: 'down', forMs: MENDED_MS }), UNNOTICED_MS);
  },
  halfOpen: ({ line }) => void line.inject({ type: 'halfOpen', on: 'existing', forMs: 8_000 }),
  slow: ({ line }) => void line.inject({ type: 'latency', delayMs: 600, jitterMs: 300, forMs: 10_000 }),
  refuse: ({ line }) => {
    line.inject({ type: 'reset' });
    line.inject({ type: 'refuse', forMs: 10_000 });
  },
  restart: ({ restart }) => restart(),
  close: ({ line }) => void line.inject({ type: 'close', code: 1011, reason: 'something went wrong' }),
  sleep: ({ line }) => void line.inject({ type: 'blackhole', forMs: SLEEP_MS }),
  tunnel: ({ line }) => {
    line.inject({ type: 'blackhole', forMs: TUNNEL_MS });
    line.inject({ type: 'latency', delayMs: 300, jitterMs: 300, forMs: 2 * TUNNEL_MS });
  },
};
