import type { ConnectionStats } from '../../src/index.ts';
import { connection } from './connection.ts';
import { createStore } from './store.ts';

/** Often enough for a countdown in tenths of a second to look alive. */
const PULSE_MS = 200;

/** What changes without the chart taking a step: counts, the countdown, the clock. */
export interface Facts {
  readonly because: string;
  readonly stats: ConnectionStats;
  /** On the connection's clock. */
  readonly nowMs: number;
}

const read = (): Facts => ({
  because: connection.explain(),
  stats: connection.stats(),
  nowMs: performance.timeOrigin + performance.now(),
});

export const facts = createStore(read());

/** Reads the facts at each step of the chart and a few times a second; returns what ends it. */
export function keepFacts(): () => void {
  const refresh = (): void => facts.set(read());
  const unsubscribe = connection.subscribe(refresh);
  const pulse = setInterval(refresh, PULSE_MS);
  return () => {
    unsubscribe();
    clearInterval(pulse);
  };
}
