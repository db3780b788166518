import { useEffect, useSyncExternalStore } from 'react';
import { ConnectionError, type Connection } from '../index.ts';
import { useKept } from './kept.ts';
import { later } from './platform.ts';

/** How often a component may be rendered anew: once for each frame of the screen, or at most every so many ms. */
export type Pace = number | 'frame';

/** A value that changes faster than anybody could look. What is shown is renewed at its pace; the last value is always shown in the end. */
export class Paced<T> {
  readonly #read: () => T;
  readonly #pace: Pace;
  readonly #listeners = new Set<() => void>();
  #shown: T;
  #isStale = false;
  #cancel: (() => void) | undefined = undefined;

  constructor(read: () => T, pace: Pace) {
    this.#read = read;
    this.#pace = pace;
    this.#shown = read();
  }

  readonly get = (): T => this.#shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#take();
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
      this.#take();
    };
  };

  /** What `read` gives has changed. */
  changed(): void {
    this.#isStale = true;
    // Where nobody looks there is nothing to wait for.
    if (this.#cancel !== undefined || this.#listeners.size === 0) return;
    if (this.#pace !== 'frame') this.#show();
    this.#wait();
  }

  #wait(): void {
    this.#cancel = later(() => {
      this.#cancel = undefined;
      if (!this.#isStale) return;
      this.#show();
      if (this.#pace !== 'frame') this.#wait();
    }, this.#pace);
  }

  #take(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    this.#shown = this.#read();
  }

  #show(): void {
    this.#take();
    for (const listener of this.#listeners) listener();
  }
}

/** What a collector makes of the messages: `take` is called for each, and says whether there is something new to `read`. */
export interface Collector<T> {
  readonly take: (message: any) => boolean;
  readonly read: () => T;
}

/** Collects messages, and renders the component at a pace. */
export function usePaced<T>(connection: Connection, pace: Pace, collect: () => Collector<T>): T {
  if (pace !== 'frame' && !(pace >= 0 && pace < Infinity)) {
    throw new ConnectionError('invalid-option', `everyMs: 'frame', or a number of milliseconds from 0; got ${pace}`);
  }
  const collector = useKept(collect, [connection]);
  const paced = useKept(() => new Paced(collector.read, pace), [collector, pace]);
  useEffect(
    () =>
      connection.onMessage((message) => {
        if (collector.take(message)) paced.changed();
      }),
    [connection, collector, paced],
  );
  return usePacedValue(paced);
}

export function usePacedValue<T>({ subscribe, get }: Paced<T>): T {
  return useSyncExternalStore(subscribe, get, get);
}
