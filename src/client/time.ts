interface Platform {
  readonly performance?: { now?(): unknown; readonly timeOrigin?: unknown };
}
const platform = globalThis as Platform;

/** Two clocks that were read one after the other may differ by this, and small corrections of the wall clock, too. Unit ms. */
const NOISE_MS = 1_000;
/** Two clocks that drift apart further than this between two looks do not tell the same time any more. Unit ms. */
const JUMP_MS = 10_000;

const isReading = Number.isFinite as (value: unknown) => value is number;

/** Unit ms since the epoch. It is set by people and by the network, forward and back. */
export const wallClock = (): number => Date.now();

/**
 * The platform's monotonic clock, near the wall clock's. Unit ms since the epoch. React Native before 0.82 has no
 * `timeOrigin`, and fake timers of test runners put functions in the place of numbers: then it counts from the first reading.
 */
export function platformClock(): () => number {
  let originMs: number | undefined;
  return () => {
    const { performance } = platform;
    const sinceMs = performance?.now?.();
    if (!isReading(sinceMs)) return wallClock();
    const timeOrigin = performance?.timeOrigin;
    return sinceMs + (isReading(timeOrigin) ? timeOrigin : (originMs ??= wallClock() - sinceMs));
  };
}

/**
 * The one clock of a connection, whatever those beneath it do: always a number, and it does not go back. Monotonic clocks
 * stand still while a machine sleeps, and wall clocks are set; what the wall clock gains on the monotonic one has passed.
 */
export class Time {
  readonly #read: () => unknown;
  readonly #readWall: (() => unknown) | undefined;
  #awakeAt: number | undefined;
  /** What a clock that was put back, or replaced, is behind. Unit ms. */
  #behindMs = 0;
  #sleptMs = 0;
  /** How far the wall clock was ahead: when that was last counted, at the last reading, at the last look. Unit ms. */
  #countedMs = NaN;
  #aheadMs = NaN;
  #lookedMs = NaN;

  /** Without a wall clock nothing shows that the machine slept. */
  constructor(read: () => unknown, readWall: (() => unknown) | undefined) {
    this.#read = read;
    this.#readWall = readWall;
  }

  /** Time without that in which the machine slept: timers go by it, and nobody can answer a machine that sleeps. Unit ms. */
  awake(): number {
    const reading = this.#read();
    if (!isReading(reading)) return (this.#awakeAt ??= 0);
    // One that was put back goes on from where it was.
    this.#behindMs = Math.max(this.#behindMs, (this.#awakeAt ?? reading) - reading);
    return (this.#awakeAt = reading + this.#behindMs);
  }

  /** Time that has passed, sleep and all. Unit ms. */
  now(): number {
    const awakeAt = this.awake();
    const wallAt = this.#readWall?.();
    if (isReading(wallAt)) {
      this.#aheadMs = wallAt - awakeAt;
      const gainedMs = this.#aheadMs - this.#countedMs;
      if (gainedMs > NOISE_MS) this.#sleptMs += gainedMs;
      // NaN: there was no reading before.
      if (!(Math.abs(gainedMs) <= NOISE_MS)) this.#countedMs = this.#aheadMs;
    }
    return awakeAt + this.#sleptMs;
  }

  /** Whether the machine slept, or a clock was set, since the last look; never at the first. */
  look(): boolean {
    this.now();
    const driftMs = this.#aheadMs - this.#lookedMs;
    this.#lookedMs = this.#aheadMs;
    return Math.abs(driftMs) > JUMP_MS;
  }
}
