import type { ConnectionEvents, ConnectionSnapshot } from '../../src/index.ts';
import type { Complain } from './breach.ts';
import type { Scenario } from './scenario.ts';

/** What rounding may change. Unit ms. */
const EPSILON_MS = 1e-6;

type Plan = ConnectionEvents['retrying'];

/** P8: how retries are spaced, by the arithmetic of the docs, that nothing dials by itself before a server allows it, and when attempts are forgotten. */
export class RetryWatch {
  readonly #scenario: Scenario;
  readonly #complain: Complain;
  readonly #now: () => number;
  #attempt = 0;
  #openSince: number | undefined = undefined;
  /** When the wait that runs is over. Unit ms. */
  #waitAt: number | undefined = undefined;
  /** The earliest that the hints of the peer allow, until it takes us. Unit ms. */
  #notBefore = -Infinity;
  /** Until when a busy peer is left alone, whatever its hint. Unit ms. */
  #busyUntil = -Infinity;
  /** What the socket that ended in this turn said: of when to come back, in ms, and that it is busy. */
  #hintMs: number | undefined = undefined;
  #isBusy = false;
  #lastDraw = Number.NaN;
  /** A hub that has us still has said when to be back: in this turn, in ms, and on this socket. */
  #drainMs: number | undefined = undefined;
  #drainAttempt = 0;
  #isDraining = false;
  #mayForget = true;
  #mayDial = true;
  /** The application has asked for a dial that has not come yet. */
  #isAsked = false;

  constructor(scenario: Scenario, complain: Complain, now: () => number) {
    this.#scenario = scenario;
    this.#complain = complain;
    this.#now = now;
  }

  /** Chance was asked. */
  drew(unit: number): void {
    this.#lastDraw = unit;
  }

  /** A socket has ended: the peer may have told when to come back, in ms, or that it is busy. */
  ended(retryAfterMs: number | undefined, isBusy: boolean): void {
    this.#isBusy = isBusy;
    if (retryAfterMs === undefined) return;
    this.#hintMs = Math.min(retryAfterMs, this.#scenario.retry.hintCapMs);
    this.#notBefore = Math.max(this.#notBefore, this.#now() + this.#hintMs);
  }

  /** The hub tells when to be back. Unit ms. */
  draining(retryAfterMs: number): void {
    this.#drainMs = retryAfterMs;
    this.#drainAttempt = this.#attempt;
    this.#isDraining = true;
  }

  /** The spread of a drain that is cut off is drawn anew; a hub that drains again and again is left alone for longer. */
  #keepDrain(): void {
    const { hintCapMs, jitter, baseMs, capMs } = this.#scenario.retry;
    const drainMs = this.#drainMs ?? 0;
    const ceiling = this.#drainAttempt > 0 ? Math.min(capMs, baseMs * 2 ** (this.#drainAttempt - 1)) : 0;
    const isCutOff = drainMs > hintCapMs;
    this.#notBefore =
      this.#now() +
      (isCutOff
        ? spread(hintCapMs, jitter === 'none' ? 'none' : 'equal', this.#lastDraw)
        : Math.max(drainMs, spread(ceiling, jitter, this.#lastDraw)));
    this.#drainMs = undefined;
  }

  /** A socket is made. */
  dialled(): void {
    const early = this.#notBefore - this.#now();
    if (early > EPSILON_MS && !this.#isAsked)
      this.#complain('P8', `a dial that nobody asked for comes ${early} ms before the peer allows it`);
    this.#isAsked = this.#isDraining = false;
  }

  /** Told to dial now. `isEnded`: out of a state where attempts begin anew. */
  commanded(isEnded: boolean): void {
    this.#mayDial = this.#isAsked = true;
    if (isEnded) this.#mayForget = true;
  }

  /** The chart has told of a wait. */
  planned(plan: Plan, { context }: ConnectionSnapshot): void {
    const now = this.#now();
    if (!isSame(plan.at, now + plan.delayMs))
      this.#complain('P8', `a retry is said to be in ${plan.delayMs} ms, at ${plan.at}; it is ${now}`);
    if (context.isHurried) this.#judgeHurried(plan, now, context.reason === 'resumed');
    else if (context.reason === 'resumed') this.#judgeResumed(plan);
    else if (context.reason !== 'drained') this.#judge(plan);
    this.#keep(plan.at);
    this.#mayDial = false;
  }

  #keep(at: number): void {
    this.#waitAt = at;
    if (this.#isBusy) this.#busyUntil = at;
  }

  /** For how long the peer wants to be left alone. Unit ms. */
  get #leftMs(): number {
    const untilMs = Math.max(this.#notBefore, this.#busyUntil) - this.#now();
    return Math.min(Math.max(0, untilMs), this.#scenario.retry.hintCapMs);
  }

  #judge({ attempt, delayMs }: Plan): void {
    const { baseMs, capMs, jitter } = this.#scenario.retry;
    const unit = this.#lastDraw;
    const leftMs = this.#leftMs;
    const accepted = [1, 5].map((factor) => {
      const ceiling = Math.min(capMs, baseMs * 2 ** Math.max(0, attempt - 1) * factor);
      if (this.#hintMs === undefined && leftMs === 0) return spread(ceiling, jitter, unit);
      const width = jitter === 'none' ? 0 : Math.max(baseMs, ceiling / 4);
      return Math.max(leftMs, ceiling - width) + width * unit;
    });
    if (!accepted.some((delay) => isSame(delay, delayMs)))
      this.#complain('P8', `retry ${attempt} waits ${delayMs} ms, not ${accepted.join(' or ')}`);
  }

  /** What was interrupted waits only for the peer. */
  #judgeResumed({ delayMs }: Plan): void {
    const { baseMs, jitter } = this.#scenario.retry;
    const expected = this.#leftMs + (jitter === 'none' ? 0 : baseMs * this.#lastDraw);
    if (!isSame(delayMs, expected)) this.#complain('P8', `what was interrupted waits ${delayMs} ms, not ${expected}`);
  }

  #judgeHurried({ at, delayMs }: Plan, now: number, isResumed: boolean): void {
    const planned = this.#waitAt;
    if (at < this.#notBefore - EPSILON_MS)
      this.#complain('P8', `a hurried retry comes ${this.#notBefore - at} ms before the peer allows it`);
    if (planned !== undefined && isSame(at, planned)) return;
    // What was interrupted offline may have been planned in the same turn, untold: it waits for the peer and no longer.
    if (isResumed && delayMs <= this.#leftMs + this.#scenario.retry.baseMs) return;
    if (planned !== undefined && planned > now && at > planned)
      this.#complain('P8', `a hurried retry comes ${at - planned} ms later than it was planned`);
    if (!isSame(delayMs, this.#scenario.retry.baseMs * this.#lastDraw))
      this.#complain('P8', `a hurried retry waits ${delayMs} ms, without the jitter that was drawn`);
  }

  /** The chart has left the wait for the next attempt. */
  waited(): void {
    const early = (this.#waitAt ?? -Infinity) - this.#now();
    if (early > EPSILON_MS && !this.#mayDial) this.#complain('P8', `a retry comes ${early} ms before its time`);
  }

  /** After each turn. */
  check({ context, value }: ConnectionSnapshot): void {
    const isOpen = typeof value === 'object' && 'open' in value;
    this.#openSince = isOpen ? (this.#openSince ?? this.#now()) : undefined;
    if (context.attempt < this.#attempt && !this.#mayForget) {
      const openMs = this.#openSince === undefined ? 0 : this.#now() - this.#openSince;
      const { stableAfterMs } = this.#scenario;
      if (openMs < stableAfterMs - EPSILON_MS)
        this.#complain(
          'P8',
          `${this.#attempt} attempts are forgotten after ${openMs} ms in open, not ${stableAfterMs}`,
        );
    }
    this.#attempt = context.attempt;
    // Offline a wait is planned, and not told.
    const isPlanned = typeof value === 'object' && 'backoff' in value && this.#waitAt !== context.retryAt;
    if (isPlanned) this.#keep(context.retryAt);
    this.#hintMs = undefined;
    this.#isBusy = false;
    if (typeof value === 'object' && 'backoff' in value) this.#isAsked = false;
    // It has taken us: whatever it said before is over.
    const isTaken = isOpen || ['greeting', 'proving'].includes(String((value as { connecting?: string }).connecting));
    if (isTaken && !this.#isDraining) this.#notBefore = this.#busyUntil = -Infinity;
    if (this.#drainMs !== undefined) this.#keepDrain();
    const isEnded = value === 'idle' || value === 'failed' || (typeof value === 'object' && 'closed' in value);
    if (!isEnded) this.#mayForget = false;
  }
}

const isSame = (one: number, other: number): boolean => Math.abs(one - other) <= EPSILON_MS;

function spread(delayMs: number, jitter: 'full' | 'equal' | 'none', unit: number): number {
  if (jitter === 'none') return delayMs;
  return jitter === 'full' ? delayMs * unit : delayMs / 2 + (delayMs / 2) * unit;
}
