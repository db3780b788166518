import type { Pings } from './pings.ts';

/** How often the gate looks at what it has let through: asking for every message would cost more than it saves. */
const ALLOTMENT = 64;
/** Messages and KiB of the first portion after a loss; a pong is asked for at half of it and at its end. */
const PORTION = 64;
const HALF = PORTION / 2;
/** It is doubled so often, then all may go. */
const DOUBLINGS = 4;
/** A pong that takes this much longer than that of the proof waited behind data. Unit ms. */
const SLOW_MS = 250;
/** How long a pong that makes room is waited for before another is asked for: as long as a proof may take. Unit ms. */
const ASK_AGAIN_MS = 2_500;
const SECOND_MS = 1_000;
/** Messages a second that cannot have been too much. */
const MODEST = 10;

/** What had gone out at some moment. Unit ms of time awake. */
interface Mark {
  readonly messages: number;
  readonly bytes: number;
  readonly at: number;
}

interface Rate {
  readonly messages: number;
  readonly perMs: number;
}

interface PacerHooks {
  readonly awake: () => number;
  readonly pings: () => Pings | undefined;
  /** Of the newest ping of the chart that was answered. Unit ms. */
  readonly roundTripMs: () => number | undefined;
}

const isApart = (from: Mark, to: Mark, portion: number): boolean =>
  to.messages - from.messages >= portion || to.bytes - from.bytes >= portion * 1024;

/** At most so many in any stretch of time so long: the times of the last ones, in a ring. */
class Pace {
  readonly #rate: Rate;
  readonly #times: number[] = [];
  #count = 0;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  note(at: number): void {
    this.#times[this.#count++ % this.#rate.messages] = at;
  }

  /** When there is room for the next. */
  get freeAt(): number {
    return (this.#times[this.#count % this.#rate.messages] ?? -Infinity) + this.#rate.perMs;
  }
}

/**
 * How much may go to the socket now, and when it is worth asking again. It goes by the time that the machine is awake: what
 * a wall clock gains may be a sleep or a correction, and a server's limit must hold after either.
 */
export class Pacer {
  readonly #hooks: PacerHooks;
  readonly #rates: readonly Pace[];
  /** With that of a peer that has said "too much", until all that waited has gone out. */
  #paces: readonly Pace[];
  /** Messages and KiB that may be out without a pong. */
  #portion = Infinity;
  #covered: Mark = { messages: 0, bytes: 0, at: 0 };
  /** Where pongs were asked for that have not come. */
  #asked: Mark[] = [];
  #proofMs = 0;
  /** A look that was the first for a second. */
  #since = this.#covered;

  constructor(rate: Rate | undefined, hooks: PacerHooks) {
    this.#rates = this.#paces = rate === undefined ? [] : [new Pace(rate)];
    this.#hooks = hooks;
  }

  /** Messages, and KiB, that may go until the gate looks again. 1: each one counts. */
  get allotment(): number {
    if (this.#paces.length > 0) return 1;
    return this.#portion < Infinity ? HALF : ALLOTMENT;
  }

  /** How long nothing may go. Unit ms; 0: it may. While a pong is waited for, how long until another is asked for. */
  get waitMs(): number {
    const now = this.#hooks.awake();
    if (this.#isPortionOut) return Math.max(1, this.#newest.at + ASK_AGAIN_MS - now);
    return Math.max(0, ...this.#paces.map(({ freeAt }) => freeAt - now));
  }

  /** A socket has opened, or the gate goes up over it: then a peer that had to prove itself is given everything in portions. */
  begin(messages: number, bytes: number): void {
    const { awake, pings, roundTripMs } = this.#hooks;
    this.#covered = this.#since = { messages, bytes, at: awake() };
    this.#asked = [];
    this.#portion = pings()?.hasPong === true ? PORTION : Infinity;
    this.#proofMs = roundTripMs() ?? 0;
  }

  /** An allotment has gone. */
  went(messages: number, bytes: number): void {
    for (const pace of this.#paces) pace.note(this.#hooks.awake());
    const mark = { messages, bytes, at: this.#hooks.awake() };
    if (mark.at - this.#since.at >= SECOND_MS) this.#since = mark;
    const pings = this.#hooks.pings();
    if (this.#portion < Infinity && isApart(this.#newest, mark, HALF)) {
      this.#asked.push(mark);
      pings?.askToConfirm();
    }
    pings?.streamed();
  }

  /** A peer may pass over pings: what nothing has answered for a while is asked for again. */
  askAgain(): void {
    const at = this.#hooks.awake();
    const { messages, bytes, at: askedAt } = this.#newest;
    if (!this.#isPortionOut || at - askedAt < ASK_AGAIN_MS) return;
    this.#asked.push({ messages, bytes, at });
    this.#hooks.pings()?.askToConfirm();
  }

  /** One more frame that goes past the gate, a ping or what `greet` says: it counts where the application has said how many there may be. */
  note(): void {
    for (const pace of this.#rates) pace.note(this.#hooks.awake());
  }

  /** A pong covers every message up to this number. */
  sawPong(position: number): void {
    const covered = this.#asked.filter(({ messages }) => messages <= position).at(-1);
    if (covered === undefined) return;
    this.#covered = covered;
    this.#asked.splice(0, this.#asked.indexOf(covered) + 1);
    if (this.#hooks.awake() - covered.at > this.#proofMs + SLOW_MS) return;
    this.#portion = this.#portion < PORTION << (DOUBLINGS - 1) ? this.#portion * 2 : Infinity;
  }

  /** The peer has closed and said that it was too much. */
  tooMuch(messages: number): void {
    const seconds = (this.#hooks.awake() - this.#since.at) / SECOND_MS;
    const perSecond = (messages - this.#since.messages) / Math.max(1, seconds);
    // What this close is about is not what the next one is about.
    this.#since = { ...this.#covered, messages, at: this.#hooks.awake() };
    if (perSecond <= (this.#paces === this.#rates ? MODEST : 0)) return;
    const half = Math.max(1, Math.floor(perSecond / 2));
    this.#paces = [...this.#rates, new Pace({ messages: half, perMs: SECOND_MS })];
  }

  /** Nothing waits any more. */
  emptied(): void {
    this.#paces = this.#rates;
  }

  get #isPortionOut(): boolean {
    return isApart(this.#covered, this.#newest, this.#portion);
  }

  get #newest(): Mark {
    return this.#asked.at(-1) ?? this.#covered;
  }
}
