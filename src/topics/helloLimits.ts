import type { HelloLimits, HubFrame } from '../protocol/topicFrames.ts';

/** How long a frame may be on its way before its connection is known to be dead, where the hub does not say. Unit ms. */
const TRANSIT_MS = 35_000;
/** What hubs have by default: for one that does not say. */
const PAYLOAD_BYTES = 65_536;
const PUBLISHES_PER_SECOND = 100;
const DEDUPE_WINDOW_MS = 300_000;

/** What a client makes of the limits of a hub. */
export interface Limits {
  /** Unit bytes. */
  readonly payloadBytes: number;
  readonly publishPerSecond: number;
  /** For how long ids are remembered. Unit ms; 0: they are not. */
  readonly dedupeWindowMs: number;
  /** How long after it was first sent a publish may be sent again, so that it still arrives while its id is remembered. Unit ms. */
  readonly retryWindowMs: number;
}

/** Reads the first frame of a hub. A limit that is none is no limit; what is not there is what hubs have by default. */
export function limitsOf(hello: string): Limits {
  const { limits, heartbeat } = parsed(hello);
  const { payloadBytes, publishPerSecond, dedupeWindowMs }: Partial<HelloLimits> = limits ?? {};
  const windowMs = dedupeWindowMs === 0 ? 0 : amount(dedupeWindowMs, DEDUPE_WINDOW_MS);
  const transitMs = amount(heartbeat?.intervalMs, 0) + amount(heartbeat?.timeoutMs, 0) || TRANSIT_MS;
  return {
    payloadBytes: amount(payloadBytes, PAYLOAD_BYTES),
    publishPerSecond: amount(publishPerSecond, PUBLISHES_PER_SECOND),
    dedupeWindowMs: windowMs,
    // Infinity less Infinity is no number.
    retryWindowMs: windowMs === Infinity ? Infinity : Math.max(windowMs - transitMs, windowMs / 2),
  };
}

function parsed(hello: string): Partial<Extract<HubFrame, { type: 'hello' }>> {
  try {
    return (JSON.parse(hello) as object | null) ?? {};
  } catch {
    return {};
  }
}

function amount(value: unknown, otherwise: number): number {
  if (value === null) return Infinity;
  return typeof value === 'number' && value > 0 ? value : otherwise;
}
