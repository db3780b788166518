import type { SimulatedClock } from '../../src/testing/index.ts';
import type { Environment } from '../../src/index.ts';

type Report = Parameters<Environment['start']>[0];
type Fact = Parameters<Report>[0];

interface Timer {
  readonly fire: () => void;
  /** Of the page's own, monotonic clock. Unit ms. */
  readonly dueAt: number;
  handle: number | undefined;
}

/** A point of a run, to ask later how much time has passed since. */
export interface Moment {
  readonly awakeMs: number;
  readonly realMs: number;
  /** How far the wall clock had been set, in all. */
  readonly forwardMs: number;
  readonly backMs: number;
}

/** Two clocks that differ by less are not said to differ. Unit ms. */
const NOISE_MS = 1_000;

/** Where the wall clock begins: 2027. Unit ms. */
const EPOCH = 1_800_000_000_000;

/**
 * The page, or the process, in which a connection lives: its timers, which may be throttled, its turn, which may be
 * frozen, its clocks, which may jump, and what it says of itself. It counts what the connection has running in it.
 */
export class Page {
  /** Functions that listen to the environment. */
  listeners = 0;
  /** How much the timers that have fired were late, in all, and how long nothing ran. Unit ms. */
  lateMs = 0;
  /** When anything last happened that lets a connection ask its peer anew: a report, a jump. Unit ms. */
  wokenAt = -Infinity;
  isOnline = true;
  isSuspended = false;
  readonly #base: SimulatedClock;
  readonly #turnEnded: () => void;
  readonly #timers = new Map<number, Timer>();
  readonly #overdue: [number, Timer][] = [];
  readonly #tasks: (() => void)[] = [];
  readonly #reports = new Set<Report>();
  #nextId = 1;
  #isHidden = false;
  #isFrozen = false;
  #frozenSince = 0;
  #firstAtThaw: 'timers' | 'frames' = 'timers';
  #throttleMs = 0;
  #sleptMs = 0;
  #asleepSince: number | undefined = undefined;
  #forwardMs = 0;
  #backMs = 0;

  constructor(base: SimulatedClock, turnEnded: () => void) {
    this.#base = base;
    this.#turnEnded = turnEnded;
  }

  /** Does not go back, and stands still while the page sleeps. Unit ms. */
  readonly now = (): number => (this.#asleepSince ?? this.#base.now()) - this.#sleptMs;

  /** Goes on also while the page sleeps. Unit ms. */
  get realNow(): number {
    return this.#base.now();
  }

  /** For the option `clock`. */
  readonly clock = {
    now: this.now,
    setTimeout: (fire: () => void, delayMs: number): number => {
      const id = this.#nextId++;
      const timer: Timer = { fire, dueAt: this.now() + Math.max(0, delayMs), handle: undefined };
      this.#timers.set(id, timer);
      this.#wind(id, timer);
      return id;
    },
    clearTimeout: (id: number | undefined): void => {
      const timer = id === undefined ? undefined : this.#timers.get(id);
      if (id === undefined || timer === undefined) return;
      this.#base.clearTimeout(timer.handle);
      this.#timers.delete(id);
    },
  };

  /** For the option `environment`. */
  readonly environment: Environment = {
    now: () => this.#base.now() + EPOCH + this.#forwardMs - this.#backMs,
    start: (report) => {
      this.listeners++;
      this.#reports.add(report);
      report({ type: this.isOnline ? 'network.online' : 'network.offline' });
      if (!this.isSuspended) report({ type: this.#isHidden ? 'page.hidden' : 'page.resumed' });
      return () => {
        if (this.#reports.delete(report)) this.listeners--;
      };
    },
  };

  /** Timers of the connection that run. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Its timers do not fire when they are due, or some still have to make up for it. */
  get isHeldUp(): boolean {
    return this.#isFrozen || this.#throttleMs > 0 || [...this.#timers.values()].some(({ dueAt }) => dueAt < this.now());
  }

  /** Something has come that the page has not seen yet. */
  get isAnythingWaiting(): boolean {
    return this.#tasks.length > 0;
  }

  /** Something comes to the page: now, or when it thaws. */
  task(run: () => void): void {
    if (this.#isFrozen) {
      this.#tasks.push(run);
      return;
    }
    run();
    this.#turnEnded();
  }

  report(fact: Fact): void {
    this.wokenAt = this.now();
    if (fact.type === 'network.online') this.isOnline = true;
    if (fact.type === 'network.offline') this.isOnline = false;
    if (fact.type === 'page.left') this.isSuspended = true;
    if (fact.type === 'page.resumed') this.isSuspended = this.#isHidden = false;
    if (fact.type === 'page.hidden') this.#isHidden = true;
    for (const report of [...this.#reports]) report(fact);
  }

  jump(byMs: number): void {
    this.wokenAt = this.now();
    if (byMs > 0) this.#forwardMs += byMs;
    else this.#backMs -= byMs;
  }

  moment(): Moment {
    return {
      awakeMs: this.now(),
      realMs: this.#base.now(),
      forwardMs: this.#forwardMs,
      backMs: this.#backMs,
    };
  }

  /**
   * How much time has passed, sleep and all, as far as two clocks can tell: one that is set forward looks like sleep, and
   * sleep behind one that is set back does not show. Unit ms.
   */
  since(then: Moment): { readonly leastMs: number; readonly mostMs: number } {
    const now = this.moment();
    const awakeMs = now.awakeMs - then.awakeMs;
    const realMs = now.realMs - then.realMs;
    const forwardMs = now.forwardMs - then.forwardMs;
    const isSure = forwardMs === 0 && realMs - awakeMs < 1e-6;
    return {
      leastMs: Math.max(awakeMs, realMs - (now.backMs - then.backMs) - NOISE_MS),
      mostMs: realMs + forwardMs + (isSure ? 0 : NOISE_MS),
    };
  }

  throttle(everyMs: number): void {
    this.#throttleMs = everyMs;
    for (const [id, timer] of this.#timers) {
      this.lateMs += Math.max(0, this.now() - timer.dueAt);
      this.#wind(id, timer);
    }
  }

  freeze(first: 'timers' | 'frames'): void {
    if (this.#isFrozen) return;
    this.#isFrozen = true;
    this.#frozenSince = this.now();
    this.#firstAtThaw = first;
  }

  /** Frozen, and the monotonic clock stands still. */
  sleep(): void {
    if (this.#isFrozen) return;
    this.freeze('frames');
    this.#asleepSince = this.#base.now();
    for (const { handle } of this.#timers.values()) this.#base.clearTimeout(handle);
  }

  thaw(): void {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    if (this.#asleepSince !== undefined) {
      this.#sleptMs += this.#base.now() - this.#asleepSince;
      this.#asleepSince = undefined;
      for (const [id, timer] of this.#timers) this.#wind(id, timer);
    }
    this.wokenAt = this.now();
    this.lateMs += this.now() - this.#frozenSince;
    if (this.#firstAtThaw === 'timers') this.#makeUpTimers();
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) this.task(task);
    this.#makeUpTimers();
  }

  /** Sets the timer that stands behind one of the connection's. */
  #wind(id: number, timer: Timer): void {
    this.#base.clearTimeout(timer.handle);
    if (this.#asleepSince !== undefined) return;
    let at = timer.dueAt;
    if (this.#throttleMs > 0) at = Math.ceil(at / this.#throttleMs) * this.#throttleMs;
    timer.handle = this.#base.setTimeout(() => this.#due(id, timer), at - this.now());
  }

  #due(id: number, timer: Timer): void {
    if (this.#isFrozen) this.#overdue.push([id, timer]);
    else this.#fire(id, timer);
  }

  #makeUpTimers(): void {
    for (let next = this.#overdue.shift(); next !== undefined; next = this.#overdue.shift()) this.#fire(...next);
  }

  #fire(id: number, timer: Timer): void {
    if (this.#timers.get(id) !== timer) return;
    this.#timers.delete(id);
    this.lateMs += Math.max(0, this.now() - timer.dueAt);
    timer.fire();
    this.#turnEnded();
  }
}
