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
  /** Handed over by then, and received. Unit bytes. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** Pings kept track of, at most. */
export const MAX_PINGS_OUT = 64;

/** The pings of one socket that no pong has answered yet, oldest first. It goes with its socket. */
export class Ledger {
  #out: Ping[] = [];
  /** Forgotten ones whose pongs may still come: without a token they cannot be told from others, but they come first. */
  #forgotten = 0;

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
      this.#forgotten++;
    }
    this.#out.push(ping);
  }

  /** It could not be sent. */
  remove(ping: Ping): void {
    this.#out = this.#out.filter((one) => one !== ping);
  }

  /** Whether a pong answers one of ours, and which; that and all older ones are answered by it. An unknown token answers none. */
  answer(token: string | undefined): { readonly isOurs: boolean; readonly ping?: Ping } {
    if (token === undefined && this.#forgotten > 0 && !this.isEmpty) {
      this.#forgotten--;
      return { isOurs: true };
    }
    const index = token === undefined ? 0 : this.#out.findIndex((ping) => ping.token === token);
    const ping = this.#out[index];
    if (ping === undefined) return { isOurs: false };
    this.#out = this.#out.slice(index + 1);
    return { isOurs: true, ping };
  }
}
