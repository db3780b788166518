/** A ping that is out. */
export interface Ping {
  /** What its pong carries back, where pongs carry tokens. */
  readonly token: string;
  /** Unit ms of the connection's clock. */
  readonly sentAt: number;
  /** Number of the last message handed to the socket before it: its pong covers all of them. */
  readonly position: number;
  /** The chart asked, to see whether the peer lives; else it was asked for confirmation only. */
  readonly isProbe: boolean;
  /** Frames received by then. */
  readonly framesBefore: number;
}

/** Pings kept track of, at most. */
export const MAX_PINGS_OUT = 64;

/** The pings of one socket that no pong has answered yet, oldest first. It goes with its socket. */
export class Ledger {
  #out: Ping[] = [];
  /** One was forgotten: from here on a pong without a token may belong to any. */
  #isBlurred = false;

  get isEmpty(): boolean {
    return this.#out.length === 0;
  }

  get isFull(): boolean {
    return this.#out.length >= MAX_PINGS_OUT;
  }

  get oldest(): Ping | undefined {
    return this.#out[0];
  }

  add(ping: Ping): void {
    if (this.isFull) {
      this.#out.shift();
      this.#isBlurred = true;
    }
    this.#out.push(ping);
  }

  /** The ping that a pong answers; that and all older ones are answered by it. An unknown token answers none. */
  answer(token: string | undefined): Ping | undefined {
    const index = token === undefined ? 0 : this.#out.findIndex((ping) => ping.token === token);
    const ping = this.#out[index];
    if (ping === undefined) return undefined;
    this.#out = this.#out.slice(index + 1);
    if (token === undefined && this.#isBlurred) return { ...ping, position: 0 };
    return ping;
  }
}
