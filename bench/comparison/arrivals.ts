import { PassageLog } from '../storm/log.ts';

/** What a server sees of its clients: each connection, and the numbers that they send. */
export class Arrivals {
  readonly log = new PassageLog();
  /** When each connection was there. Unit ms, as `performance.now()` counts. */
  readonly openings: number[] = [];

  opened(): void {
    this.openings.push(performance.now());
  }

  /** Of numbers, copies among them. */
  get count(): number {
    const { delivered, repeated } = this.log.passage;
    return delivered + repeated;
  }
}
