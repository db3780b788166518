import type { DataOptions } from './options.ts';
import type { Pings } from './pings.ts';
import { LATE_MS } from './platform.ts';
import type { Uncovered } from './uncovered.ts';

/** Asks for pongs that cover what has been handed over: neither for every message, nor of a peer that gives none. */
export class Confirmation {
  readonly #options: DataOptions['confirm'];
  readonly #uncovered: Uncovered;
  readonly #pings: () => Pings | undefined;
  readonly #now: () => number;
  #isAvailable = true;
  #beatAt = -Infinity;
  /** This peer has sent a pong: it can confirm, and more than one question may be out. */
  isProven = false;

  constructor(
    options: DataOptions['confirm'],
    uncovered: Uncovered,
    hooks: { readonly pings: () => Pings | undefined; readonly now: () => number },
  ) {
    this.#options = options;
    this.#uncovered = uncovered;
    this.#pings = hooks.pings;
    this.#now = hooks.now;
  }

  /** It was asked for, whether or not this peer can do it. */
  get isWanted(): boolean {
    return this.#options !== undefined;
  }

  /** Messages are kept until a pong covers them. */
  get isOn(): boolean {
    return this.isWanted && this.#isAvailable;
  }

  /** A message was handed to the socket. */
  handedOver(): void {
    const { everyMessages = Infinity } = this.#options ?? {};
    if (this.#unasked >= everyMessages) this.ask();
  }

  /** Asks for what has been handed over since the last ping, if anything has. */
  ask(): void {
    const pings = this.#pings();
    if (pings === undefined || (this.#unasked === 0 && !pings.isBehind)) return;
    if (this.isProven || pings.isIdle) pings.askToConfirm();
  }

  /**
   * One beat of the pace, and what it shows: a peer from which frames come and never a pong is `'unable'`; one that has
   * sent pongs is `'overdue'` when no more have come for as long as a dead peer is waited for.
   */
  beat(): 'unable' | 'overdue' | undefined {
    if (this.#options === undefined) return undefined;
    const { everyMs, timeoutMs } = this.#options;
    const now = this.#now();
    // A beat that was held up proves nothing: what it waits for may have been held up with it.
    const isOnTime = now - this.#beatAt <= everyMs + LATE_MS;
    this.#beatAt = now;
    const pings = this.#pings();
    if (!isOnTime || pings?.isOverdue(pings.timeoutMs ?? timeoutMs) !== true) return undefined;
    if (this.isProven) return 'overdue';
    return pings.hasHeardSince ? 'unable' : undefined;
  }

  /** A pong came: this peer can confirm. */
  proven(): void {
    this.#isAvailable = this.isProven = true;
  }

  /** This peer, or what stands before it, does not confirm. The result says whether that is news. */
  giveUp(): boolean {
    const isNews = this.isOn;
    this.#isAvailable = this.isProven = false;
    return isNews;
  }

  get #unasked(): number {
    return this.#uncovered.position - (this.#pings()?.positionAsked ?? 0);
  }
}
