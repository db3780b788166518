import { topics, type LoadFrame, type PeerFrame } from '../frames.ts';
import { bytes } from './format.ts';

/** A message that says how busy the machine is; `undefined` for any other. */
export function asLoad(message: PeerFrame): LoadFrame | undefined {
  const isReading = 'type' in message && message.type === 'message' && message.topic === topics.load;
  return isReading ? (message.data as LoadFrame) : undefined;
}

/** `12 % cpu · 3.1 GB of 8.2 GB` */
export function loadWords({ cpuShare, memory }: LoadFrame): string {
  return `${Math.round(100 * cpuShare)} % cpu · ${bytes(memory.usedBytes)} of ${bytes(memory.totalBytes)}`;
}
