import { useInsertionEffect, useRef, type RefObject } from 'react';

/** What was handed over at the last render that took effect: for listeners, which must not be of an older one. */
export function useNewest<T>(value: T): Readonly<RefObject<T>> {
  const newest = useRef(value);
  useInsertionEffect(() => {
    newest.current = value;
  });
  return newest;
}
