import type { Connection, ConnectionSnapshot } from '../../src/index.ts';
import type { Complain } from './breach.ts';
import type { Moment, Page } from './page.ts';

/** What rounding may change. Unit ms. */
const EPSILON_MS = 1e-3;

/** No time is NaN, and the clock of a connection tells what has passed: with all sleep, and never backwards. */
export class ClockWatch {
  readonly #page: Page;
  readonly #complain: Complain;
  #first: { readonly now: number; readonly moment: Moment } | undefined = undefined;
  #last = -Infinity;

  constructor(page: Page, complain: Complain) {
    this.#page = page;
    this.#complain = complain;
  }

  /** After each turn. */
  check(connection: Connection, { context }: ConnectionSnapshot): void {
    const now = this.#checked('now()', connection.now());
    this.#first ??= { now, moment: this.#page.moment() };
    if (now < this.#last) this.#complain('other', `now() goes back by ${this.#last - now} ms`);
    this.#last = now;
    const { leastMs, mostMs } = this.#page.since(this.#first.moment);
    const passedMs = now - this.#first.now;
    if (passedMs < leastMs - EPSILON_MS)
      this.#complain('other', `now() has gone on by ${passedMs} ms, and at least ${leastMs} have passed`);
    if (passedMs > mostMs + EPSILON_MS)
      this.#complain('other', `now() has gone on by ${passedMs} ms, and at most ${mostMs} have passed`);
    for (const [name, value] of Object.entries(context))
      if (/(?:At|By|Ms|Until|Before)$/u.test(name) && value !== null) this.#checked(name, value);
  }

  /** After each step. */
  checkHistory(connection: Connection): void {
    for (const { at } of connection.history()) this.#checked('a record of history()', at);
  }

  #checked(what: string, value: unknown): number {
    if (!Number.isFinite(value)) this.#complain('other', `the time of ${what} is ${typeof value} ${String(value)}`);
    return value as number;
  }
}
