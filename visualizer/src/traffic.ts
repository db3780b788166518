import { useCallback, useReducer } from 'react';
import { topics, type TrafficFrame } from '../frames.ts';
import { useTopic } from './connection.ts';

/** Length of the plot. Unit ms. */
export const WINDOW_MS = 60_000;

/** Four readings a second fill the plot. */
const LAST = (WINDOW_MS / 1_000) * 4;

/** One reading, all interfaces together. */
export interface Sample {
  readonly atMs: number;
  readonly rxBytesPerS: number;
  readonly txBytesPerS: number;
}

/** The readings of the last minute, oldest first: also those of before this window was opened. */
export function useSamples(): readonly Sample[] {
  const [samples, add] = useReducer(withNext, []);
  useTopic(
    topics.traffic,
    useCallback((frame: TrafficFrame) => add(sampleOf(frame)), []),
    { last: LAST },
  );
  return samples;
}

export function sampleOf({ at, interfaces }: TrafficFrame): Sample {
  let rxBytesPerS = 0;
  let txBytesPerS = 0;
  for (const rate of interfaces) {
    rxBytesPerS += rate.rxBytesPerS;
    txBytesPerS += rate.txBytesPerS;
  }
  return { atMs: at, rxBytesPerS, txBytesPerS };
}

const withNext = (samples: readonly Sample[], next: Sample): readonly Sample[] => [...samples.slice(1 - LAST), next];
