import { topics, type PeerFrame, type TrafficFrame } from '../frames.ts';

/** Length of the plot. Unit ms. */
export const WINDOW_MS = 60_000;

/** One reading, all interfaces together. */
export interface Sample {
  readonly atMs: number;
  readonly rxBytesPerS: number;
  readonly txBytesPerS: number;
}

/** A message that is a reading; `undefined` for any other. */
export function asTraffic(message: PeerFrame): TrafficFrame | undefined {
  const isReading = 'type' in message && message.type === 'message' && message.topic === topics.traffic;
  return isReading ? (message.data as TrafficFrame) : undefined;
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

export function samplesOf(messages: readonly PeerFrame[]): Sample[] {
  return messages.flatMap((message) => {
    const frame = asTraffic(message);
    return frame === undefined ? [] : [sampleOf(frame)];
  });
}
