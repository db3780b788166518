import { useEffect, useLayoutEffect } from 'react';

interface Platform {
  readonly requestAnimationFrame?: (callback: () => void) => number;
  readonly cancelAnimationFrame?: (id: number) => void;
}
const platform = globalThis as Platform;

/** A frame, where the platform renders none. Unit ms. */
const FRAME_MS = 16;

/** Calls back after `delayMs`, or before the next frame is drawn. Returns what prevents it. */
export function later(callback: () => void, delayMs: number | 'frame'): () => void {
  if (delayMs === 'frame' && platform.requestAnimationFrame !== undefined) {
    const id = platform.requestAnimationFrame(() => callback());
    return () => platform.cancelAnimationFrame?.(id);
  }
  const timer = setTimeout(callback, delayMs === 'frame' ? FRAME_MS : delayMs);
  return () => clearTimeout(timer);
}

/** Calls back again and again. Returns what ends it. */
export function every(intervalMs: number, callback: () => void): () => void {
  const timer = setInterval(callback, intervalMs);
  return () => clearInterval(timer);
}

/** When a render has taken effect, before anything is painted. Where a server renders nothing does, and React 18 warns of layout effects. */
export const useCommitEffect =
  (globalThis as { document?: unknown }).document === undefined ? useEffect : useLayoutEffect;
