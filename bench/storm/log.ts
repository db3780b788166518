import type { Outcome } from '../../src/index.ts';

/** What became of numbered messages, one way. */
export interface Passage {
  readonly sent: number;
  /** At least once. */
  readonly delivered: number;
  /** Copies beyond the first. */
  readonly repeated: number;
  /** First deliveries that came after one of a later message. */
  readonly reordered: number;
}

/** Writes down what was sent and what has arrived, one way. */
export class PassageLog {
  readonly #arrived = new Set<number>();
  sent = 0;
  #latest = 0;
  #repeated = 0;
  #reordered = 0;

  arrived(number: number): void {
    if (this.#arrived.has(number)) this.#repeated++;
    else if (number < this.#latest) this.#reordered++;
    this.#arrived.add(number);
    this.#latest = Math.max(this.#latest, number);
  }

  has(number: number): boolean {
    return this.#arrived.has(number);
  }

  get passage(): Passage {
    const { sent } = this;
    return { sent, delivered: this.#arrived.size, repeated: this.#repeated, reordered: this.#reordered };
  }
}

/** Which outcome each message was told to have. */
export class OutcomeLog {
  readonly #outcomes = new Map<number, Outcome>();
  /** Messages with a second one. */
  twice = 0;

  settled(number: number, outcome: Outcome): void {
    if (this.#outcomes.has(number)) this.twice++;
    this.#outcomes.set(number, outcome);
  }

  get counts(): Partial<Record<Outcome, number>> {
    const counts: Partial<Record<Outcome, number>> = {};
    for (const outcome of this.#outcomes.values()) counts[outcome] = (counts[outcome] ?? 0) + 1;
    return counts;
  }

  /** Of messages 1 … `sent`: those that have no outcome, and those that never arrived and whose sender takes them for delivered. */
  missing({ sent }: { sent: number }, hasArrived: (number: number) => boolean): { untold: number; lost: number } {
    let untold = 0;
    let lost = 0;
    for (let number = 1; number <= sent; number++) {
      const outcome = this.#outcomes.get(number);
      if (outcome === undefined) untold++;
      if (!hasArrived(number) && (outcome === undefined || outcome === 'sent' || outcome === 'confirmed')) lost++;
    }
    return { untold, lost };
  }
}
