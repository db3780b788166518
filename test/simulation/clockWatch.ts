import type { Connection, ConnectionSnapshot } from '../../src/index.ts';
import type { Complain } from './breach.ts';
import type { Moment, Page } from './page.ts';

/** What rounding may change. Unit ms. */
const EPSILON_MS = 1e-3;

/** Names of facts that are times. */
const isTime = /(?:At|By|Ms|Until|Before)$/u;

/** No time is NaN, and the clock of a connection tells what has passed: with all sleep, and never backwards. */
export class ClockWatch {
  readonly #page: Page;
  readonly #complain: Complain;
  #first: { readonly now: number; readonly moment: Moment } | undefined = undefined;
  #last = -Infinity;
  #times: readonly (keyof ConnectionSnapshot['context'])[] | undefined = undefined;

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
    this.#times ??= (Object.keys(context) as (keyof typeof context)[]).filter((name) => isTime.test(name));
    for (const name of this.#times) if (context[name] !== null) this.#checked(name, context[name]);
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
