import type { Outcome } from './outbox.ts';

/** One event that the chart was told of, and where it led. */
export interface ControlRecord {
  /** Unit ms of the connection's clock. */
  readonly at: number;
  /** State after it, as a path: `open.quiet`. */
  readonly state: string;
  readonly event: string;
  readonly because: string;
}

/** Records kept. Enough for a flapping minute, small enough for a bug report. */
const CAPACITY = 64;

/** What has happened so far: the last control-plane records and the counts of everything. No payloads, no secrets. */
export class Chronicle {
  readonly transitions: Record<string, number> = {};
  readonly outcomes: Record<Outcome, number> = {
    sent: 0,
    confirmed: 0,
    acked: 0,
    expired: 0,
    dropped: 0,
    rejected: 0,
    uncertain: 0,
  };
  /** Opened again after having been open. */
  reconnects = 0;
  /** When the present state was entered. Unit ms. */
  since = 0;
  #opens = 0;
  readonly #records: ControlRecord[] = [];

  get history(): readonly ControlRecord[] {
    return [...this.#records];
  }

  record(record: ControlRecord): void {
    if (this.#records.length === CAPACITY) this.#records.shift();
    this.#records.push(record);
  }

  countTransition(edge: string): void {
    this.transitions[edge] = (this.transitions[edge] ?? 0) + 1;
  }

  countOutcome(outcome: Outcome): void {
    this.outcomes[outcome]++;
  }

  countOpen(): void {
    if (this.#opens++ > 0) this.reconnects++;
  }
}
