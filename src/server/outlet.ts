import type { Outgoing } from './outgoing.ts';
import type { Peer } from './peer.ts';

/** Outlets that have something to write: all of them do it once, when the turn of the event loop is over. */
export class Flusher {
  readonly #soon: (callback: () => void) => void;
  #waiting: Outlet[] = [];

  constructor(soon: (callback: () => void) => void) {
    this.#soon = soon;
  }

  add(outlet: Outlet): void {
    if (this.#waiting.push(outlet) === 1) this.#soon(() => this.flush());
  }

  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const outlet of waiting) outlet.flush();
  }
}

/** The way out to one peer: what is said in one turn of the event loop goes out in one write. */
export class Outlet {
  readonly #peer: Peer;
  readonly #flusher: Flusher;
  #batch: Outgoing[] = [];
  #batchBytes = 0;
  #isShut = false;

  constructor(peer: Peer, flusher: Flusher) {
    this.#peer = peer;
    this.#flusher = flusher;
  }

  /** What waits for this peer: here, and in its socket. */
  get bytes(): number {
    return this.#batchBytes + this.#peer.bufferedAmount;
  }

  push(frame: Outgoing): void {
    if (this.#isShut) return;
    this.#batchBytes += frame.byteLength;
    if (this.#batch.push(frame) === 1) this.#flusher.add(this);
  }

  flush(): void {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#peer.send(batch);
  }

  /** Nothing is taken from here on, and what waits here is let go. */
  shut(): void {
    this.#isShut = true;
    this.#batch = [];
    this.#batchBytes = 0;
  }
}
