import type { LoadFrame } from '../frames.ts';
import { bytes } from './format.ts';

/** `12 % cpu · 3.1 GB of 8.2 GB` */
export function loadWords({ cpuShare, memory }: LoadFrame): string {
  return `${Math.round(100 * cpuShare)} % cpu · ${bytes(memory.usedBytes)} of ${bytes(memory.totalBytes)}`;
}
