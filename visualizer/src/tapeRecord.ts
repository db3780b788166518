import { duration } from './format.ts';
import type { LogEntry } from './log.ts';

/** How far back the tape reaches. Unit ms. */
export const WINDOW_MS = 5 * 60_000;
/** At first it is shorter, so that there is something on it: from here on it grows. */
const FIRST_WINDOW_MS = 10_000;
/** A round trip a second is remembered. */
const SAMPLE_EVERY_MS = 1_000;

/** How long a state lasted. Unit ms since the epoch. */
export interface Stretch {
  readonly state: string;
  readonly from: number;
  readonly to: number;
}

/** What the tape shows. It remembers what it needs: the log is shorter. */
export class TapeRecord {
  readonly #beganAt: number;
  readonly #states: { readonly at: number; readonly state: string }[];
  #hurts: number[] = [];
  #trips: { readonly at: number; readonly ms: number }[] = [];
  #newestId = -1;

  constructor(now: number) {
    this.#beganAt = now;
    this.#states = [{ at: now, state: 'idle' }];
  }

  /** When something was done to the connection. */
  get hurts(): readonly number[] {
    return this.#hurts;
  }

  get trips(): readonly { readonly at: number; readonly ms: number }[] {
    return this.#trips;
  }

  windowMs(now: number): number {
    return Math.min(WINDOW_MS, Math.max(FIRST_WINDOW_MS, now - this.#beganAt));
  }

  /** Takes in what is new in the log, newest first, and the newest round trip, if there is one now; forgets what is too old. */
  note(log: readonly LogEntry[], roundTripMs: number | undefined, now: number): void {
    const news = log.filter(({ id }) => id > this.#newestId).reverse();
    for (const { id, at, event, to } of news) {
      this.#newestId = id;
      if (event === 'hurt') this.#hurts.push(at);
      const state = to.split('.')[0] ?? '';
      if (state !== '' && state !== this.#states.at(-1)?.state) this.#states.push({ at, state });
    }
    const isDue = now - (this.#trips.at(-1)?.at ?? -Infinity) >= SAMPLE_EVERY_MS;
    if (isDue && roundTripMs !== undefined) this.#trips.push({ at: now, ms: roundTripMs });
    const oldest = now - WINDOW_MS;
    while ((this.#states[1]?.at ?? Infinity) < oldest) this.#states.shift();
    this.#hurts = this.#hurts.filter((at) => at >= oldest);
    this.#trips = this.#trips.filter(({ at }) => at >= oldest);
  }

  stretches(now: number): readonly Stretch[] {
    const oldest = now - this.windowMs(now);
    return this.#states.map(({ at, state }, index) => ({
      state,
      from: Math.max(at, oldest),
      to: this.#states[index + 1]?.at ?? now,
    }));
  }

  /** The same in words: `The last 2 min 05 s: open 2 min 01 s, backoff 3.1 s. Hurt once.` */
  words(now: number): string {
    const totals = new Map<string, number>();
    for (const { state, from, to } of this.stretches(now))
      totals.set(state, (totals.get(state) ?? 0) + Math.max(0, to - from));
    const longestFirst = [...totals].filter(([, ms]) => ms > 0).sort(([, a], [, b]) => b - a);
    const times = longestFirst.map(([state, ms]) => `${state} ${duration(ms)}`).join(', ');
    const { length: hurts } = this.#hurts;
    const hurt = hurts === 0 ? '' : ` Hurt ${hurts === 1 ? 'once' : `${hurts} times`}.`;
    return `The last ${duration(Math.min(WINDOW_MS, now - this.#beganAt))}: ${times}.${hurt}`;
  }
}
