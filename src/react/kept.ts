import { useState } from 'react';

/** A value that belongs to the keys: made anew when one of them is another, and never thrown away before. */
export function useKept<T>(make: () => T, keys: readonly unknown[]): T {
  const [kept, setKept] = useState(() => ({ keys, value: make() }));
  if (kept.keys.every((key, i) => Object.is(key, keys[i]))) return kept.value;
  const next = { keys, value: make() };
  setKept(next);
  return next.value;
}
