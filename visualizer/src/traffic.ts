import type { TrafficFrame } from '../frames.ts';
import { createStore } from './store.ts';

/** Length of the plot. Unit ms. */
export const WINDOW_MS = 60_000;

/** One reading, all interfaces together, at the page's own time. */
export interface Sample {
  readonly atMs: number;
  readonly rxBytesPerS: number;
  readonly txBytesPerS: number;
}

export interface Traffic {
  readonly samples: readonly Sample[];
  readonly interfaces: readonly string[];
}

export const traffic = createStore<Traffic>({ samples: [], interfaces: [] });

export function addTraffic({ interfaces }: TrafficFrame): void {
  const atMs = performance.timeOrigin + performance.now();
  let rxBytesPerS = 0;
  let txBytesPerS = 0;
  for (const rate of interfaces) {
    rxBytesPerS += rate.rxBytesPerS;
    txBytesPerS += rate.txBytesPerS;
  }
  const kept = traffic.get().samples.filter((sample) => sample.atMs > atMs - WINDOW_MS);
  traffic.set({
    samples: [...kept, { atMs, rxBytesPerS, txBytesPerS }],
    interfaces: interfaces.map(({ name }) => name),
  });
}
