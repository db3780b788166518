import { isOverloadCode } from '../../machines/closeCodes.ts';
import type { Held, Occupancy, Outcome } from './outbox.ts';

/** Times a message is handed over without being confirmed before its fate is given up. */
const MAX_HAND_OVERS = 5;
/** RFC 6455 §7.4.1: a message was too big for the peer. */
const MESSAGE_TOO_BIG = 1009;

/**
 * Messages that were handed to a socket and that no pong covers yet, oldest first: those in flight on the present
 * socket, and before the next one those that have to go out again. Nothing in here is dropped, replaced or expired:
 * it may have arrived.
 */
export class Uncovered implements Occupancy {
  readonly #settle: (held: Held, outcome: Outcome, reason?: string) => void;
  readonly #handedOver: () => number;
  #inFlight: Held[] = [];
  #again: Held[] = [];
  #bytes = 0;
  #earliestDue = Infinity;

  /** `handedOver`: how many messages the socket, and those before it, were handed, kept ones and others. */
  constructor(settle: (held: Held, outcome: Outcome, reason?: string) => void, handedOver: () => number) {
    this.#settle = settle;
    this.#handedOver = handedOver;
  }

  /** Number of the last message handed over. */
  get position(): number {
    return this.#handedOver();
  }

  get messages(): number {
    return this.#inFlight.length + this.#again.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get hasInFlight(): boolean {
    return this.#inFlight.length > 0;
  }

  /** When a ttl passes in here, at the earliest. Unit ms; Infinity: never. */
  get earliestDue(): number {
    return this.messages === 0 ? Infinity : this.#earliestDue;
  }

  /** The oldest that has to go out again. */
  peek(): Held | undefined {
    return this.#again[0];
  }

  /** Takes it out; what becomes of it is the caller's to say. */
  shift(): Held | undefined {
    const held = this.#again.shift();
    if (held !== undefined) this.#bytes -= held.bytes;
    return held;
  }

  /** Puts back what was just taken out. */
  putBack(held: Held): void {
    this.#again.unshift(held);
    this.#count(held);
  }

  /**
   * What is in flight must have no company: the peer may have found it too big, or it is its last try. Whatever happens
   * to it happens to no other. Of two messages the older one has been handed over as often or more, so the first tells.
   */
  get isReserved(): boolean {
    const [first] = this.#inFlight;
    return first !== undefined && (first.isSuspect || first.handOvers >= MAX_HAND_OVERS);
  }

  /** A message is about to be handed to the socket. */
  add(held: Held): void {
    held.handOvers++;
    held.position = this.position + 1;
    this.#inFlight.push(held);
    this.#count(held);
  }

  /** The socket refused what was added last. False: by now it has been settled, or has to go out again. */
  takeBack(held: Held): boolean {
    if (this.#inFlight.at(-1) !== held) return false;
    this.#inFlight.pop();
    held.handOvers--;
    this.#bytes -= held.bytes;
    return true;
  }

  /** A pong covers every message up to this number. */
  cover(position: number): void {
    const end = this.#inFlight.findIndex((held) => held.position > position);
    this.#settleAll(this.#inFlight.splice(0, end === -1 ? this.#inFlight.length : end), 'confirmed');
  }

  /** The socket is gone, with this close code where it was told: what is not covered goes out again. */
  rewind(code?: number): void {
    const lost = this.#inFlight;
    this.#inFlight = [];
    const isTooBig = code === MESSAGE_TOO_BIG;
    // "Too much right now" is about the pace: no message is to blame, and none is nearer to being given up.
    const isBlameless = code !== undefined && isOverloadCode(code);
    for (const held of lost) {
      held.isSuspect ||= isTooBig;
      if (isBlameless) held.handOvers--;
    }
    const isGivenUp = ({ handOvers }: Held): boolean => handOvers >= MAX_HAND_OVERS || (isTooBig && lost.length === 1);
    this.#again = [...lost.filter((held) => !isGivenUp(held)), ...this.#again];
    this.#settleAll(lost.filter(isGivenUp), 'uncertain', isTooBig ? 'too-large' : 'unconfirmed');
  }

  /** What a ttl has passed for is not sent again. Unit ms. */
  expire(nowMs: number): void {
    if (this.earliestDue > nowMs) return;
    const due: Held[] = [];
    this.#earliestDue = Infinity;
    const stays = (held: Held): boolean => {
      if (held.dueAt <= nowMs) return due.push(held) < 0;
      this.#earliestDue = Math.min(this.#earliestDue, held.dueAt);
      return true;
    };
    this.#inFlight = this.#inFlight.filter(stays);
    this.#again = this.#again.filter(stays);
    this.#settleAll(due, 'uncertain', 'ttl');
  }

  /** No pong will tell what became of what is in flight. */
  giveUpInFlight(outcome: 'sent' | 'uncertain'): void {
    this.#settleAll(this.#inFlight.splice(0), outcome, outcome === 'sent' ? undefined : 'unconfirmed');
  }

  clear(reason: string): void {
    this.#settleAll([...this.#inFlight.splice(0), ...this.#again.splice(0)], 'uncertain', reason);
  }

  #count(held: Held): void {
    if (this.messages === 1) this.#earliestDue = Infinity;
    this.#bytes += held.bytes;
    this.#earliestDue = Math.min(this.#earliestDue, held.dueAt);
  }

  #settleAll(all: readonly Held[], outcome: Outcome, reason?: string): void {
    for (const held of all) this.#bytes -= held.bytes;
    for (const held of all) this.#settle(held, outcome, reason);
  }
}
