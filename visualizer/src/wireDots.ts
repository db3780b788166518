/** Messages as dots on a line of length 1: where each of them is, and where it goes. No drawing in here. */
import { STOPS } from '../drawing/connectionDrawing.ts';

/** Where what is on its way waits for its acknowledgement. */
const LANDING = 0.935;
/** Between two that wait. */
const SPACING = 0.011;
/** Of the length, a second. */
const SPEED = 1.1;
const SPEED_BACK = 4;
/** More than can be told apart is a number, and not drawn. */
const CAPACITY = 90;
/** New dots in one frame: a page that was in the background does not make up for it. */
const BURST = 6;

export interface Dot {
  readonly number: number;
  at: number;
}

/** `sent` numbers exist, the first `settled` of them have arrived; `isUp`: the way is clear. */
export interface Flow {
  readonly sent: number;
  readonly settled: number;
  readonly isUp: boolean;
}

export class WireDots {
  readonly dots: Dot[] = [];
  #newest = 0;

  /** Time has passed. Unit s. */
  move({ sent, settled, isUp }: Flow, seconds: number): void {
    const first = Math.max(this.#newest + 1, sent - BURST + 1);
    for (let number = first; number <= sent && this.dots.length < CAPACITY; number++)
      this.dots.push({ number, at: STOPS.app });
    this.#newest = sent;
    let place = 0;
    for (const dot of this.dots) {
      const isThere = dot.number <= settled;
      const target = isThere ? 1 : isUp ? LANDING : STOPS.outbox - SPACING * place++;
      const way = target - dot.at;
      const step = (way < 0 ? SPEED_BACK : SPEED) * seconds;
      dot.at = Math.abs(way) <= step ? target : dot.at + Math.sign(way) * step;
    }
    while ((this.dots[0]?.at ?? 0) >= STOPS.peer) this.dots.shift();
  }
}

/** Of what comes in, no more dots a second than can be seen one by one. */
const MOST_PER_S = 60;

/** Messages on their way back, from peer to app: each of them, or where they are too many a sample. */
export class Inflow {
  readonly dots: Dot[] = [];
  #received: number;
  #sinceLast = Infinity;

  constructor(received: number) {
    this.#received = received;
  }

  /** `received`: how many have come so far. Time has passed. Unit s. */
  move(received: number, seconds: number): void {
    this.#sinceLast += seconds;
    if (received > this.#received && this.#sinceLast >= 1 / MOST_PER_S) {
      this.dots.push({ number: received, at: STOPS.peer });
      this.#sinceLast = 0;
    }
    this.#received = received;
    for (const dot of this.dots) dot.at -= SPEED * seconds;
    while ((this.dots[0]?.at ?? 1) <= STOPS.app) this.dots.shift();
  }
}
