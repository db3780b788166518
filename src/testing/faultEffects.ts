import type { BandwidthFault, CloseFault, Direction, FaultSpec, FlapFault, RefuseFault } from './faults.ts';

/** Both of them. */
export const directions = ['toServer', 'toClient'] as const;

/** The opposite direction. */
export const other = { toServer: 'toClient', toClient: 'toServer' } as const;

/** Whether a fault applies to that direction. */
export const covers = (spec: { direction?: Direction | 'both' }, direction: Direction): boolean =>
  spec.direction === undefined || spec.direction === 'both' || spec.direction === direction;

/** Whether everything sent in that direction is lost silently. */
export function isDark(specs: Iterable<FaultSpec>, direction: Direction): boolean {
  for (const spec of specs)
    if (spec.type === 'halfOpen' || (spec.type === 'blackhole' && covers(spec, direction))) return true;
  return false;
}

/** Additional delay in that direction. Unit ms. */
export function delayMsOf(specs: Iterable<FaultSpec>, direction: Direction, random: () => number): number {
  let totalMs = 0;
  for (const spec of specs) {
    if (spec.type !== 'latency' || !covers(spec, direction)) continue;
    const { delayMs = 0, jitterMs = 0 } = spec;
    totalMs += delayMs + (jitterMs === 0 ? 0 : random() * jitterMs);
  }
  return totalMs;
}

/** The rate of one direction, and the buffers in front of its narrow place. */
export type Line = Readonly<Required<Pick<BandwidthFault, 'bytesPerSecond' | 'queueBytes' | 'kernelBytes'>>>;

/** The most that a sender's kernel holds unless the line says otherwise. Unit bytes. */
export const KERNEL_BYTES = 1_000_000;

/** A line without limits. */
export const wideLine: Line = { bytesPerSecond: Infinity, queueBytes: Infinity, kernelBytes: Infinity };

/** The narrowest line in that direction, with its buffers. */
export function lineOf(specs: Iterable<FaultSpec>, direction: Direction): Line {
  let narrowest = wideLine;
  for (const spec of specs) {
    if (spec.type !== 'bandwidth' || !covers(spec, direction)) continue;
    const { bytesPerSecond, queueBytes = 100_000, kernelBytes = KERNEL_BYTES } = spec;
    if (bytesPerSecond < narrowest.bytesPerSecond) narrowest = { bytesPerSecond, queueBytes, kernelBytes };
  }
  return narrowest;
}

/** How long a flapping connection lives. Unit ms. */
export function lifeMsOf({ aliveMs = 20, jitterMs = 0 }: FlapFault, random: () => number): number {
  return aliveMs + (jitterMs === 0 ? 0 : random() * jitterMs);
}

/** With what the client is left. */
export function farewellOf({ code = 1001, reason = '' }: CloseFault): { code: number; reason: string } {
  return { code, reason };
}

/** What an upgrade is answered with. */
export function refusalOf({ status = 503, retryAfterSeconds }: RefuseFault): {
  status: number;
  headers: Readonly<Record<string, string>>;
} {
  return { status, headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) } };
}
