import type { ConnectionEvent, OutboxLevel } from '../../machines/connection.types.ts';
import type { Gate } from './gate.ts';
import type { Outbox } from './outbox.ts';
import type { Uncovered } from './uncovered.ts';

/** While an open socket takes nothing: how long until it is tried again. Unit ms. */
const ROOM_CHECK_MS = 50;

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
  /** The chart asks for confirmation from time to time. */
  #isPaced = false;

  constructor(gate: Gate, outbox: Outbox, uncovered: Uncovered, hooks: Hooks) {
    this.#gate = gate;
    this.#outbox = outbox;
    this.#uncovered = uncovered;
    this.#hooks = hooks;
  }

  tell(): void {
    const wantsPace = this.#gate.isUp && this.#uncovered.hasInFlight;
    // The pace ends by its own next beat: with sends that are confirmed one by one it would begin anew for each.
    this.#tell(this.#isPaced || wantsPace);
  }

  /** The chart asks whether there is anything to confirm. If not, its pace ends. */
  beat(): void {
    if (!this.#uncovered.hasInFlight) this.#tell(false);
  }

  /** The gate is down: there is nobody to ask. */
  endPace(): void {
    if (this.#isPaced) this.#tell(false);
  }

  /** The chart's timer for the outbox has fired. */
  dueIsOver(): void {
    this.#dueAt = Infinity;
  }

  /** What was told is not so any more: the chart was restored. */
  tellAnew(): void {
    this.#level = undefined;
    this.tell();
  }

  #tell(isPaced: boolean): void {
    const actual = this.#outbox.level;
    const level = actual === 'empty' && isPaced ? 'holding' : actual;
    const now = this.#hooks.now();
    const dueAt = Math.min(this.#outbox.earliestDue, this.#uncovered.earliestDue, this.#roomAt(now));
    if (level === this.#level && dueAt >= this.#dueAt && isPaced === this.#isPaced) return;
    const isNewPace = isPaced !== this.#isPaced;
    this.#level = level;
    this.#dueAt = dueAt;
    this.#isPaced = isPaced;
    this.#hooks.report({
      type: 'outbox.changed',
      level,
      ...(dueAt === Infinity ? {} : { dueInMs: Math.max(0, dueAt - now) }),
      ...(isNewPace ? { isConfirming: isPaced } : {}),
    });
  }

  /** When something that waits behind an open gate may find room. What goes alone waits for a pong, not for room. */
  #roomAt(now: number): number {
    const isWaiting = this.#outbox.messages > 0 || this.#uncovered.peek() !== undefined;
    return isWaiting && this.#gate.isWaiting && !this.#uncovered.isReserved ? now + ROOM_CHECK_MS : Infinity;
  }
}
