import { checkFault } from './checkFault.ts';
import { copied, type RawData } from '../protocol/codec.ts';

/** How a socket ended, as its server saw it. */
export interface SimulatedClose {
  readonly code: number;
  readonly reason: string;
}

/** Rejects a handshake with an HTTP status. */
export interface SimulatedRefusal {
  /** Range 300 … 599. */
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answer to a handshake: a subprotocol, `undefined` for the first one offered, a refusal, or `null` if there is no server. */
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
  /** Subprotocols that the client offers. */
  readonly protocols: readonly string[];
  /** Everything received, in order. */
  readonly received: RawData[] = [];
  /** False: protocol pings get no pong. Default true. */
  answersPings = true;
  /** How it ended, as seen by the server; `undefined` while it is open. */
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

  /** Calls back with every frame from now on. */
  onMessage(listener: (data: RawData) => void): void {
    this.#onMessage.push(listener);
  }

  /** Calls back once, when the server learns that the connection has ended. */
  onClose(listener: (close: SimulatedClose) => void): void {
    this.#onClose.push(listener);
  }

  /** Does nothing once it is closed or closing. */
  send(data: RawData): void {
    if (this.isOpen && !this.#isLeaving) this.#link.send(copied(data));
  }

  /**
   * Begins the closing handshake. `code` default 1000.
   * Throws a ConnectionError `'invalid-option'` for a code or reason that is never sent; to break the connection use `terminate()`.
   */
  close(code = 1000, reason = ''): void {
    checkFault({ type: 'close', code, reason });
    if (!this.isOpen || this.#isLeaving) return;
    this.#isLeaving = true;
    this.#link.close(code, reason);
  }

  /** Drops the connection without a close frame: the client sees 1006. */
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
