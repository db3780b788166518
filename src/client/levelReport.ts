import type { ConnectionEvent, OutboxLevel } from '../../machines/connection.types.ts';
import type { Gate } from './gate.ts';
import type { Outbox } from './outbox.ts';
import type { Uncovered } from './uncovered.ts';

/** Least time between two looks at what has expired: where ttls end thick and fast, one look settles many. Unit ms. */
const EXPIRY_GRAIN_MS = 20;
/** Two moments that are nearer to each other are the same to a timer. Unit ms. */
const TIMER_GRAIN_MS = 1;

const levels: readonly (OutboxLevel | undefined)[] = [undefined, 'empty', 'holding', 'full'];
const isLess = (level: OutboxLevel, than: OutboxLevel | undefined): boolean =>
  levels.indexOf(level) < levels.indexOf(than);

interface Hooks {
  readonly now: () => number;
  readonly report: (event: ConnectionEvent) => void;
}

/** Tells the chart how full the outbox is, and when it wants to be looked at again: only what is news. */
export class LevelReport {
  readonly #gate: Gate;
  readonly #outbox: Outbox;
  readonly #uncovered: Uncovered;
  readonly #hooks: Hooks;
  #level: OutboxLevel | undefined = 'empty';
  #dueAt = Infinity;
  #lookedAt = -Infinity;
  /** The chart asks for confirmation from time to time. */
  #isPaced = false;

  constructor(gate: Gate, outbox: Outbox, uncovered: Uncovered, hooks: Hooks) {
    this.#gate = gate;
    this.#outbox = outbox;
    this.#uncovered = uncovered;
    this.#hooks = hooks;
  }

  /** While a pace runs only what makes it worse is news at once; the rest is told at its next beat. */
  tell(): void {
    const wantsPace = this.#gate.isUp && this.#uncovered.hasInFlight;
    const isPaced = this.#isPaced || wantsPace;
    const { level } = this.#outbox;
    this.#tell(this.#isPaced && isLess(level, this.#level) ? this.#level : level, isPaced);
  }

  /** A beat of the pace. It ends where nothing is to be confirmed any more. */
  beat(): void {
    this.#tell(this.#outbox.level, this.#uncovered.hasInFlight);
  }

  /** The gate is down: there is nobody to ask. */
  endPace(): void {
    if (this.#isPaced) this.#tell(this.#outbox.level, false);
  }

  /** The chart's timer for the outbox has fired. Unit ms. */
  dueIsOver(nowMs: number): void {
    this.#dueAt = Infinity;
    this.#lookedAt = nowMs;
  }

  /** What was told may not have been heard: the chart was stopped, or restored. */
  tellAnew(): void {
    this.#level = undefined;
    this.#dueAt = Infinity;
    this.tell();
  }

  #tell(level: OutboxLevel | undefined, isPaced: boolean): void {
    if (level === undefined) return;
    const now = this.#hooks.now();
    const expiryAt = Math.min(this.#outbox.earliestDue, this.#uncovered.earliestDue);
    const dueAt = Math.min(Math.max(expiryAt, this.#lookedAt + EXPIRY_GRAIN_MS), this.#roomAt(now));
    if (level === this.#level && dueAt + TIMER_GRAIN_MS >= this.#dueAt && isPaced === this.#isPaced) return;
    const isConfirming = isPaced === this.#isPaced ? undefined : isPaced;
    this.#level = level;
    this.#dueAt = dueAt;
    this.#isPaced = isPaced;
    this.#hooks.report({
      type: 'outbox.changed',
      level,
      dueInMs: dueAt === Infinity ? undefined : Math.max(0, dueAt - now),
      isConfirming,
    });
  }

  /** When something that waits behind an open gate may find room. What goes alone waits for a pong, not for room. */
  #roomAt(now: number): number {
    const isWaiting = this.#outbox.messages > 0 || this.#uncovered.peek() !== undefined;
    return isWaiting && this.#gate.isWaiting && !this.#uncovered.isReserved ? now + this.#gate.retryInMs : Infinity;
  }
}
