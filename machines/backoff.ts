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
 * The delay before a retry: min(cap, base × 2^(attempt − 1)) × factor, spread by the jitter.
 * Unit ms · attempt counts from 1. The form is that of Marc Brooker, "Exponential Backoff And Jitter" (AWS, 2015).
 */
export function backoffDelay(settings: ChartSettings, attempt: number, unit: number, factor = 1): number {
  const { retryBaseMs, retryCapMs, jitter } = settings;
  const ceiling = Math.min(retryCapMs, retryBaseMs * 2 ** Math.max(0, attempt - 1)) * factor;
  return clampDelay(jittered(ceiling, jitter, unit));
}
