import type { HeartbeatPace } from '../../machines/connection.types.ts';

/** Longer text is read by nobody here: most frames are messages. */
const LONGEST_DRAIN = 256;

/** How often the hub wants to be asked for a sign of life, as its `hello` says; undefined where it does not. */
export function paceOf(data: unknown): HeartbeatPace | undefined {
  const { heartbeat } = frameOf(data, 'hello') ?? {};
  const { intervalMs, timeoutMs } = (heartbeat ?? {}) as Partial<HeartbeatPace>;
  return isDelay(intervalMs) && isDelay(timeoutMs) && intervalMs > 0 && timeoutMs > 0
    ? { intervalMs, timeoutMs }
    : undefined;
}

/** When the hub wants us back, in a `drain`; undefined for any other frame. Unit ms. */
export function drainOf(data: unknown): number | undefined {
  if (typeof data !== 'string' || data.length > LONGEST_DRAIN || !data.includes('"drain"')) return undefined;
  const { retryAfterMs } = frameOf(data, 'drain') ?? {};
  return isDelay(retryAfterMs) ? retryAfterMs : undefined;
}

function frameOf(data: unknown, type: string): Fields | undefined {
  const frame = jsonOf(data);
  return frame?.type === type ? frame : undefined;
}

type Fields = Readonly<Record<string, unknown>> & { readonly type?: unknown; readonly t?: unknown };

/** JSON in text that is not longer; nothing where it is none. */
export function jsonOf(data: unknown, longest = Infinity): Fields | null | undefined {
  if (typeof data !== 'string' || data.length > longest) return undefined;
  try {
    return JSON.parse(data) as Fields | null;
  } catch {
    return undefined;
  }
}

function isDelay(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 0;
}
