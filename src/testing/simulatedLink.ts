import type { RawData } from '../protocol/codec.ts';
import { closingPatienceMs } from './closingPatience.ts';
import type { ActiveFault, Afflicted } from './faultBook.ts';
import { covers, directions, farewellOf, lifeMsOf } from './faultEffects.ts';
import type { BandwidthFault, CloseFault, Direction, FaultSpec, FlapFault } from './faults.ts';
import { refuseUpgrade } from './fakePeer.ts';
import { FakeNodeSocket, FakeSocket, type FarEnd } from './fakeSocket.ts';
import { closeFrameBytes, frameBytes, HANDSHAKE_BYTES } from './frameSize.ts';
import type { TimedClock } from './node.ts';
import { SimulatedPeer, type HandshakeAnswer } from './simulatedPeer.ts';
import { SimulatedWire } from './simulatedWire.ts';

export interface SimulatedLinkHooks {
  readonly clock: TimedClock;
  readonly random: () => number;
  readonly latencyMs: number;
  /** Its standing lines, without faults. */
  readonly lines: readonly BandwidthFault[];
  /** The handshake has reached the server. */
  readonly arrived: (peer: SimulatedPeer) => HandshakeAnswer;
  readonly carried: (direction: Direction) => void;
  readonly swallowed: (direction: Direction) => void;
  readonly over: (link: SimulatedLink) => void;
}

const abnormal = { code: 1006, reason: '' };

interface Ending {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** One socket, its peer, and the two directions between them. Everything takes at least one turn of the clock. */
export class SimulatedLink implements Afflicted, FarEnd {
  readonly peer: SimulatedPeer;
  readonly #socket: FakeSocket;
  readonly #hooks: SimulatedLinkHooks;
  readonly #faults = new Set<ActiveFault>();
  readonly #wire: SimulatedWire;
  #isServerGone = false;
  #isOver = false;
  #farewell: CloseFault | undefined = undefined;
  #flap: FlapFault | undefined = undefined;
  #flapTimer: unknown = undefined;
  #closingTimer: unknown = undefined;

  constructor(socket: FakeSocket, hooks: SimulatedLinkHooks) {
    this.#socket = socket;
    this.#hooks = hooks;
    this.#wire = new SimulatedWire({
      ...hooks,
      faults: () => this.#specs(),
      reset: () => this.reset(),
      over: () => this.#finish(),
    });
    this.peer = new SimulatedPeer(socket.url, socket.protocols, {
      send: (data) => this.#wire.carry('toClient', frameBytes(data, 'toClient'), () => socket.receives(data)),
      close: (code, reason) => this.#closeToClient(code, reason),
      terminate: () => {
        this.peer.ended(abnormal);
        this.#wire.leave('toClient');
      },
    });
  }

  /** What waits in the client's socket. Unit bytes. */
  get waitingBytes(): number {
    return this.#wire.waiting('toServer', this.#socket instanceof FakeNodeSocket);
  }

  /** What is on its way. Unit bytes. */
  held(direction: Direction): number {
    return this.#wire.held(direction);
  }

  dial(): void {
    this.#wire.carry('toServer', HANDSHAKE_BYTES, () => {
      let answer: HandshakeAnswer = null;
      // The response leaves before anything that the server sends in `arrived`.
      this.#wire.carry('toClient', HANDSHAKE_BYTES, () => this.#shakeHands(answer));
      answer = this.#hooks.arrived(this.peer);
    });
  }

  sent(data: RawData): void {
    this.#wire.carry('toServer', frameBytes(data, 'toServer'), () => this.peer.arrived(data));
  }

  pinged(payload: string): void {
    this.#wire.carry('toServer', frameBytes(payload, 'toServer'), () => {
      const { peer } = this;
      if (!peer.answersPings || !peer.isOpen) return;
      this.#wire.carry('toClient', frameBytes(payload, 'toClient'), () => {
        if (this.#socket instanceof FakeNodeSocket) this.#socket.pongs(payload);
      });
    });
  }

  closing(code = 1005, reason = ''): void {
    if (!this.#socket.hasOpened) return this.terminated();
    this.#endSoon({ ...abnormal, wasClean: false }, 'began');
    this.#wire.carry('toServer', closeFrameBytes(code, reason, 'toServer'), () => {
      this.peer.ended({ code, reason });
      this.#answerClose({ code, reason, wasClean: true });
    });
  }

  terminated(): void {
    this.#hooks.clock.setTimeout(() => {
      if (this.#socket.hasOpened) this.#socket.ends({ ...abnormal, wasClean: false });
      else this.#socket.breaks(new Error('it was closed before it was open'));
    }, 0);
    this.#hangUp();
  }

  apply(fault: ActiveFault): void {
    const { spec } = fault;
    this.#faults.add(fault);
    switch (spec.type) {
      case 'reset':
      case 'down':
        return this.reset();
      case 'blackhole':
        for (const direction of directions) if (covers(spec, direction)) this.#wire.lose(direction);
        return this.#wire.look();
      case 'halfOpen':
        for (const direction of directions) this.#wire.break(direction);
        return this.#loseServer();
      case 'close':
        this.#farewell = spec;
        return this.#leave();
      case 'flap':
        this.#flap = spec;
        return this.#flapSoon();
      case 'bandwidth':
        return this.#wire.adjust();
    }
  }

  release(fault: ActiveFault): void {
    if (!this.#faults.delete(fault)) return;
    if (fault.spec.type === 'flap') {
      this.#flap = undefined;
      this.#hooks.clock.clearTimeout(this.#flapTimer);
    }
    if (fault.spec.type === 'bandwidth') this.#wire.adjust();
    this.#wire.look();
    // One side has left, and the other was not notified.
    const isHalf = this.#socket.readyState === FakeSocket.CLOSED || (!this.peer.isOpen && !this.#isServerGone);
    const isDark = this.#wire.isDark('toServer') || this.#wire.isDark('toClient');
    if (fault.spec.type === 'blackhole' && isHalf && !isDark) this.reset();
  }

  /** Ends it for both sides at the next turn of the clock. */
  reset(): void {
    this.#hooks.clock.setTimeout(() => this.#finish(), 0);
  }

  #shakeHands(answer: HandshakeAnswer): void {
    const socket = this.#socket;
    // The client has given up.
    if (socket.readyState !== FakeSocket.CONNECTING) return;
    if (answer === null) return this.#finish();
    if (typeof answer === 'object') refuseUpgrade(socket, answer.status, answer.headers);
    else socket.opens(answer);
    if (!socket.hasOpened) return this.#finish();
    this.#flapSoon();
    this.#leave();
  }

  #loseServer(): void {
    this.#isServerGone = true;
    this.peer.ended(abnormal);
  }

  /** Sends the client a close frame, once it is open. */
  #leave(): void {
    if (this.#farewell === undefined || !this.#socket.hasOpened) return;
    const { code, reason } = farewellOf(this.#farewell);
    this.#farewell = undefined;
    this.#loseServer();
    this.#answerClose({ code, reason, wasClean: true });
  }

  /** Sends the server's close frame, the last of the connection. */
  #answerClose(ending: Ending): void {
    const bytes = closeFrameBytes(ending.code, ending.reason, 'toClient');
    this.#wire.carry('toClient', bytes, () => this.#finish(ending));
  }

  #closeToClient(code: number, reason: string): void {
    this.#wire.carry('toClient', closeFrameBytes(code, reason, 'toClient'), () => {
      const ending = { code, reason, wasClean: true };
      this.#socket.closes();
      this.#endSoon(ending, 'answered');
      this.#wire.carry('toServer', closeFrameBytes(code, reason, 'toServer'), () => {
        this.peer.ended({ code, reason });
        this.#wire.carryEnd('toClient', () => this.#finish(ending));
      });
    });
  }

  /** Gives up when the closing handshake takes too long. */
  #endSoon(ending: Ending, part: 'began' | 'answered'): void {
    this.#closingTimer ??= this.#hooks.clock.setTimeout(
      () => {
        this.#socket.ends(ending);
        this.#hangUp();
      },
      closingPatienceMs(this.#socket, part),
    );
  }

  /** The client is gone, and the server is notified. */
  #hangUp(): void {
    if (this.#isServerGone) this.reset();
    else this.#wire.leave('toServer');
  }

  #flapSoon(): void {
    if (this.#flap === undefined || this.#socket.readyState !== FakeSocket.OPEN) return;
    const lifeMs = lifeMsOf(this.#flap, this.#hooks.random);
    this.#flap = undefined;
    this.#flapTimer = this.#hooks.clock.setTimeout(() => this.#finish(), lifeMs);
  }

  *#specs(): Iterable<FaultSpec> {
    for (const { spec } of this.#faults) yield spec;
  }

  /** Ends it for both sides. Without an ending, the connection broke. */
  #finish(ending?: Ending): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#hooks.clock.clearTimeout(this.#flapTimer);
    this.#hooks.clock.clearTimeout(this.#closingTimer);
    this.#wire.stop();
    this.#hooks.over(this);
    this.peer.ended(abnormal);
    if (ending === undefined) this.#socket.breaks();
    else this.#socket.ends(ending);
  }
}
