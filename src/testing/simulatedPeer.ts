import { checkFault } from './checkFault.ts';
import { copied, type RawData } from '../protocol/codec.ts';

/** How a socket ended, as its server saw it. */
export interface SimulatedClose {
  readonly code: number;
  readonly reason: string;
}

/** A handshake that is answered with a status of HTTP. */
export interface SimulatedRefusal {
  /** Range 300 … 599. */
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a server says to a handshake: a subprotocol, `undefined` for the first that was offered, a refusal, or `null` where nobody is. */
export type HandshakeAnswer = string | undefined | SimulatedRefusal | null;

/** What a peer asks of its link. */
export interface PeerLink {
  send(data: RawData): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

/** The server's end of one socket in a simulated network. */
export class SimulatedPeer {
  readonly url: string;
  /** What the client offers. */
  readonly protocols: readonly string[];
  /** All that has arrived, in that order. */
  readonly received: RawData[] = [];
  /** False: pings of the protocol get no pong. Default true. */
  answersPings = true;
  /** How it ended; `undefined` while it has not, so far as the server knows. */
  closed: SimulatedClose | undefined = undefined;
  #isLeaving = false;
  readonly #link: PeerLink;
  readonly #onMessage: ((data: RawData) => void)[] = [];
  readonly #onClose: ((close: SimulatedClose) => void)[] = [];

  constructor(url: string, protocols: readonly string[], link: PeerLink) {
    this.url = url;
    this.protocols = protocols;
    this.#link = link;
  }

  get isOpen(): boolean {
    return this.closed === undefined;
  }

  /** Calls with every frame from now on. */
  onMessage(listener: (data: RawData) => void): void {
    this.#onMessage.push(listener);
  }

  /** Calls once, when the server knows that it is over. */
  onClose(listener: (close: SimulatedClose) => void): void {
    this.#onClose.push(listener);
  }

  /** Nothing happens once it is closed or has hung up. */
  send(data: RawData): void {
    if (this.isOpen && !this.#isLeaving) this.#link.send(copied(data));
  }

  /**
   * Hangs up: the closing handshake begins. `code` default 1000.
   * Throws a ConnectionError `'invalid-option'` for a code or reason that is never sent; a link breaks with `terminate()`.
   */
  close(code = 1000, reason = ''): void {
    checkFault({ type: 'close', code, reason });
    if (!this.isOpen || this.#isLeaving) return;
    this.#isLeaving = true;
    this.#link.close(code, reason);
  }

  /** Goes without a word: the client sees 1006. */
  terminate(): void {
    if (this.isOpen) this.#link.terminate();
  }

  /** @internal */
  arrived(data: RawData): void {
    if (!this.isOpen) return;
    this.received.push(data);
    for (const listener of [...this.#onMessage]) listener(data);
  }

  /** @internal */
  ended(close: SimulatedClose): void {
    if (!this.isOpen) return;
    this.closed = close;
    for (const listener of [...this.#onClose]) listener(close);
  }
}
