import type { ConnectionEvents, ConnectionSnapshot } from '../../src/index.ts';
import type { Complain } from './breach.ts';
import type { Scenario } from './scenario.ts';

/** What rounding may change. Unit ms. */
const EPSILON_MS = 1e-6;

type Plan = ConnectionEvents['retrying'];

/** P8: how retries are spaced, by the arithmetic of the docs, and when attempts are forgotten. */
export class RetryWatch {
  readonly #scenario: Scenario;
  readonly #complain: Complain;
  readonly #now: () => number;
  #attempt = 0;
  #openSince: number | undefined = undefined;
  /** When the wait that runs is over, and the earliest that a hint of the peer allows. Unit ms. */
  #wait: { readonly at: number; readonly notBefore: number } | undefined = undefined;
  /** What the socket that ended in this turn said of when to come back. Unit ms. */
  #hintMs: number | undefined = undefined;
  #lastDraw = Number.NaN;
  #mayForget = true;
  #mayDial = true;

  constructor(scenario: Scenario, complain: Complain, now: () => number) {
    this.#scenario = scenario;
    this.#complain = complain;
    this.#now = now;
  }

  /** Chance was asked. */
  drew(unit: number): void {
    this.#lastDraw = unit;
  }

  /** The peer has told when to come back. Unit ms. */
  hinted(retryAfterMs: number): void {
    this.#hintMs = retryAfterMs;
  }

  /** Told to dial now. `isEnded`: out of a state where attempts begin anew. */
  commanded(isEnded: boolean): void {
    this.#mayDial = true;
    if (isEnded) this.#mayForget = true;
  }

  /** The chart has told of a wait. */
  planned(plan: Plan, { context }: ConnectionSnapshot): void {
    const now = this.#now();
    if (!isSame(plan.at, now + plan.delayMs))
      this.#complain('P8', `a retry is said to be in ${plan.delayMs} ms, at ${plan.at}; it is ${now}`);
    if (context.isHurried) this.#judgeHurried(plan, now);
    else if (context.reason !== 'drained') this.#judge(plan);
    this.#keep(plan.at, context.isHurried);
    this.#mayDial = false;
  }

  #keep(at: number, isHurried: boolean): void {
    const hintedAt = this.#hintMs === undefined ? undefined : this.#now() + this.#hintMs;
    this.#wait = { at, notBefore: hintedAt ?? (isHurried ? (this.#wait?.notBefore ?? 0) : 0) };
  }

  #judge({ attempt, delayMs }: Plan): void {
    const { baseMs, capMs, jitter } = this.#scenario.retry;
    const unit = this.#lastDraw;
    const ceiling = Math.min(capMs, baseMs * 2 ** Math.max(0, attempt - 1));
    const accepted =
      this.#hintMs === undefined
        ? [spread(ceiling, jitter, unit), spread(5 * ceiling, jitter, unit)]
        : [this.#hintMs + (jitter === 'none' ? 0 : baseMs * unit)];
    if (!accepted.some((delay) => isSame(delay, delayMs)))
      this.#complain('P8', `retry ${attempt} waits ${delayMs} ms, not ${accepted.join(' or ')}`);
  }

  #judgeHurried({ at, delayMs }: Plan, now: number): void {
    const wait = this.#wait;
    if (wait !== undefined && at < wait.notBefore - EPSILON_MS)
      this.#complain('P8', `a hurried retry comes ${wait.notBefore - at} ms before the peer allows it`);
    if (wait !== undefined && isSame(at, wait.at)) return;
    if (wait !== undefined && wait.at > now && at > wait.at)
      this.#complain('P8', `a hurried retry comes ${at - wait.at} ms later than it was planned`);
    if (!isSame(delayMs, this.#scenario.retry.baseMs * this.#lastDraw))
      this.#complain('P8', `a hurried retry waits ${delayMs} ms, without the jitter that was drawn`);
  }

  /** The chart has left the wait for the next attempt. */
  waited(): void {
    const early = (this.#wait?.at ?? -Infinity) - this.#now();
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
    const isPlanned = typeof value === 'object' && 'backoff' in value && this.#wait?.at !== context.retryAt;
    if (isPlanned) this.#keep(context.retryAt, context.isHurried);
    this.#hintMs = undefined;
    const isEnded = value === 'idle' || value === 'failed' || (typeof value === 'object' && 'closed' in value);
    if (!isEnded) this.#mayForget = false;
  }
}

const isSame = (one: number, other: number): boolean => Math.abs(one - other) <= EPSILON_MS;

function spread(delayMs: number, jitter: 'full' | 'equal' | 'none', unit: number): number {
  if (jitter === 'none') return delayMs;
  return jitter === 'full' ? delayMs * unit : delayMs / 2 + (delayMs / 2) * unit;
}
