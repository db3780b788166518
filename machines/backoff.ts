import type { ChartSettings } from './connection.types.ts';

/** Longest delay a timer can take; anything longer would fire after 1 ms. WHATWG HTML, timers: a signed 32-bit integer. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/** A delay that any timer can take. Unit ms. */
export function clampDelay(delayMs: number): number {
  return Number.isNaN(delayMs) ? 0 : Math.min(Math.max(delayMs, 0), MAX_DELAY_MS);
}

/** Spreads a delay: `unit` is drawn evenly from 0 (included) to 1 (excluded). Unit ms. */
export function jittered(delayMs: number, jitter: ChartSettings['jitter'], unit: number): number {
  switch (jitter) {
    case 'full':
      return delayMs * unit;
    case 'equal':
      return delayMs / 2 + (delayMs / 2) * unit;
    case 'none':
      return delayMs;
  }
}

/**
 * The delay before a retry: min(cap, base × 2^(attempt − 1) × factor), spread by the jitter.
 * Unit ms · attempt counts from 1. The form is that of Marc Brooker, "Exponential Backoff And Jitter" (AWS, 2015).
 */
export function backoffDelay(settings: ChartSettings, attempt: number, unit: number, factor = 1): number {
  return clampDelay(jittered(ceilingOf(settings, attempt, factor), settings.jitter, unit));
}

/**
 * The same after a server has said how long it wants to be left alone: never less than that, and never less than three
 * quarters of the backoff, or a short hint would be an invitation to come often. The jitter lies on top of both: it is a
 * quarter of the backoff wide, and at least `baseMs`. Unit ms.
 */
export function hintedDelay(
  settings: ChartSettings,
  attempt: number,
  unit: number,
  floorMs: number,
  factor = 1,
): number {
  const ceiling = ceilingOf(settings, attempt, factor);
  const width = settings.jitter === 'none' ? 0 : Math.max(settings.retryBaseMs, ceiling / 4);
  return clampDelay(Math.max(floorMs, ceiling - width) + width * unit);
}

/** Longest delay of an attempt. Unit ms. */
function ceilingOf({ retryBaseMs, retryCapMs }: ChartSettings, attempt: number, factor: number): number {
  return Math.min(retryCapMs, retryBaseMs * 2 ** Math.max(0, attempt - 1) * factor);
}
