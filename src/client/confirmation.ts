import type { DataOptions } from './options.ts';
import type { Pings } from './pings.ts';
import type { Uncovered } from './uncovered.ts';

/** Asks for pongs that cover what has been handed over: neither for every message, nor of a peer that gives none. */
export class Confirmation {
  readonly #options: DataOptions['confirm'];
  readonly #uncovered: Uncovered;
  readonly #pings: () => Pings | undefined;
  #isAvailable = true;
  /** This peer has sent a pong: it can confirm, and more than one question may be out. */
  isProven = false;

  constructor(options: DataOptions['confirm'], uncovered: Uncovered, pings: () => Pings | undefined) {
    this.#options = options;
    this.#uncovered = uncovered;
    this.#pings = pings;
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
    if (pings === undefined || this.#unasked === 0) return;
    if (this.isProven || pings.isIdle) pings.askToConfirm();
  }

  /** Whether frames come and no pong does, for as long as a dead peer is waited for. */
  get isIgnored(): boolean {
    return this.#options !== undefined && this.#pings()?.isIgnoredFor(this.#options.timeoutMs) === true;
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
