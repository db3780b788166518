import type { ActiveFault, Afflicted } from './faultBook.ts';
import { refusalOf } from './faultEffects.ts';
import type { RefuseFault } from './faults.ts';
import { refuseUpgrade } from './fakePeer.ts';
import type { FakeSocket, FarEnd } from './fakeSocket.ts';
import type { TimedClock } from './node.ts';

/** A socket that a fault keeps from its server: nobody is there, its upgrade is refused, or nobody speaks to it. */
export class Rejection implements Afflicted, FarEnd {
  readonly #socket: FakeSocket;
  readonly #clock: TimedClock;
  readonly #over: () => void;

  constructor(socket: FakeSocket, clock: TimedClock, over: () => void) {
    this.#socket = socket;
    this.#clock = clock;
    this.#over = over;
  }

  sent(): void {
    // It is not open, and never will be.
  }

  pinged(): void {
    // Nobody hears it.
  }

  closing(): void {
    this.break(0);
  }

  terminated(): void {
    this.break(0);
  }

  apply({ spec }: ActiveFault): void {
    if (spec.type === 'reset' || spec.type === 'down') this.break(0);
  }

  release(): void {
    // What was never said cannot be said later: the client has to dial again.
  }

  held(): number {
    return 0;
  }

  break(afterMs: number): void {
    this.#end(afterMs, () => this.#socket.breaks(new Error('nobody answered at this address')));
  }

  refuse(afterMs: number, fault: RefuseFault): void {
    const { status, headers } = refusalOf(fault);
    this.#end(afterMs, () => refuseUpgrade(this.#socket, status, headers));
  }

  #end(afterMs: number, then: () => void): void {
    this.#clock.setTimeout(() => {
      this.#over();
      if (this.#socket.readyState !== this.#socket.CLOSED) then();
    }, afterMs);
  }
}
