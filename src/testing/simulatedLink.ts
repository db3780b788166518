import type { RawData } from '../protocol/codec.ts';
import { closingPatienceMs } from './closingPatience.ts';
import type { ActiveFault, Afflicted } from './faultBook.ts';
import { covers, delayMsOf, directions, farewellOf, isDark, lifeMsOf, lineOf, other } from './faultEffects.ts';
import type { BandwidthFault, CloseFault, Direction, FaultSpec, FlapFault } from './faults.ts';
import { refuseUpgrade } from './fakePeer.ts';
import { FakeNodeSocket, FakeSocket, type FarEnd } from './fakeSocket.ts';
import { closeFrameBytes, frameBytes, HANDSHAKE_BYTES } from './frameSize.ts';
import type { TimedClock } from './node.ts';
import { SimulatedPeer, type HandshakeAnswer } from './simulatedPeer.ts';
import { SimulatedRoad } from './simulatedRoad.ts';

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

/** FIN and RST take nothing of the stream. Unit bytes. */
const END_BYTES = 0;
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
  readonly #roads: Readonly<Record<Direction, SimulatedRoad>>;
  /** Directions in which something was lost: nothing that is sent behind it arrives, not even after the fault. */
  readonly #damaged = new Set<Direction>();
  /** Directions whose sender is gone: whatever it receives is answered with RST. */
  readonly #left = new Set<Direction>();
  #isServerGone = false;
  #isOver = false;
  #farewell: CloseFault | undefined = undefined;
  #flap: FlapFault | undefined = undefined;
  #flapTimer: unknown = undefined;
  #closingTimer: unknown = undefined;

  constructor(socket: FakeSocket, hooks: SimulatedLinkHooks) {
    this.#socket = socket;
    this.#hooks = hooks;
    const road = (direction: Direction): SimulatedRoad =>
      new SimulatedRoad(hooks.clock, 2 * hooks.latencyMs, lineOf(hooks.lines, direction));
    this.#roads = { toServer: road('toServer'), toClient: road('toClient') };
    this.peer = new SimulatedPeer(socket.url, socket.protocols, {
      send: (data) => this.#carry('toClient', frameBytes(data, 'toClient'), () => socket.receives(data)),
      close: (code, reason) => this.#closeToClient(code, reason),
      terminate: () => {
        this.peer.ended(abnormal);
        this.#leaveFrom('toClient');
      },
    });
  }

  /** What waits in the client's socket. Unit bytes. */
  get waitingBytes(): number {
    return this.#roads.toServer.waiting(this.#socket instanceof FakeNodeSocket);
  }

  /** What is on its way. Unit bytes. */
  held(direction: Direction): number {
    return this.#roads[direction].heldBytes;
  }

  dial(): void {
    this.#carry('toServer', HANDSHAKE_BYTES, () => {
      let answer: HandshakeAnswer = null;
      // The response leaves before anything that the server sends in `arrived`.
      this.#carry('toClient', HANDSHAKE_BYTES, () => this.#shakeHands(answer));
      answer = this.#hooks.arrived(this.peer);
    });
  }

  sent(data: RawData): void {
    this.#carry('toServer', frameBytes(data, 'toServer'), () => this.peer.arrived(data));
  }

  pinged(payload: string): void {
    this.#carry('toServer', frameBytes(payload, 'toServer'), () => {
      const { peer } = this;
      if (!peer.answersPings || !peer.isOpen) return;
      this.#carry('toClient', frameBytes(payload, 'toClient'), () => {
        if (this.#socket instanceof FakeNodeSocket) this.#socket.pongs(payload);
      });
    });
  }

  closing(code = 1005, reason = ''): void {
    if (!this.#socket.hasOpened) return this.terminated();
    this.#endSoon({ ...abnormal, wasClean: false }, 'began');
    this.#carry('toServer', closeFrameBytes(code, reason, 'toServer'), () => {
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
        for (const direction of directions) if (covers(spec, direction)) this.#lose(direction);
        return;
      case 'halfOpen':
        for (const direction of directions) {
          this.#damaged.add(direction);
          this.#lose(direction);
        }
        return this.#loseServer();
      case 'close':
        this.#farewell = spec;
        return this.#leave();
      case 'flap':
        this.#flap = spec;
        return this.#flapSoon();
      case 'bandwidth':
        return this.#adjust();
    }
  }

  release(fault: ActiveFault): void {
    if (!this.#faults.delete(fault)) return;
    if (fault.spec.type === 'flap') {
      this.#flap = undefined;
      this.#hooks.clock.clearTimeout(this.#flapTimer);
    }
    if (fault.spec.type === 'bandwidth') this.#adjust();
    // One side has left, and the other was not notified.
    const isHalf = this.#socket.readyState === FakeSocket.CLOSED || (!this.peer.isOpen && !this.#isServerGone);
    const isDark = this.#isDark('toServer') || this.#isDark('toClient');
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

  #carry(direction: Direction, bytes: number, arrive: () => void): void {
    if (this.#isOver) return;
    if (this.#isDark(direction)) {
      this.#damaged.add(direction);
      return this.#swallow(direction, bytes);
    }
    if (this.#damaged.size > 0 && !this.#isDark(other[direction])) return this.reset();
    if (this.#damaged.has(direction)) return this.#swallow(direction, bytes);
    const { latencyMs, random } = this.#hooks;
    const delayMs = latencyMs + delayMsOf(this.#specs(), direction, random);
    this.#roads[direction].carry(bytes, delayMs, () => {
      if (this.#isOver) return;
      this.#hooks.carried(direction);
      if (bytes > END_BYTES) this.#refuse(other[direction]);
      arrive();
    });
  }

  #swallow(direction: Direction, bytes: number): void {
    this.#roads[direction].swallow(bytes);
    this.#hooks.swallowed(direction);
  }

  /** Something has reached the sender of that direction. If it is gone, its kernel answers with RST. */
  #refuse(direction: Direction): void {
    if (!this.#left.has(direction)) return;
    const count = this.#roads[direction].abort();
    if (count === 0) return;
    // The last frame discarded was the end of the stream, which comes earlier now.
    for (let nth = 1; nth < count; nth++) this.#hooks.swallowed(direction);
    this.#carry(direction, END_BYTES, () => this.#finish());
  }

  /** The sender of that direction is gone: the other side is notified behind what its kernel has taken. */
  #leaveFrom(direction: Direction): void {
    const count = this.#roads[direction].leave();
    for (let nth = 0; nth < count; nth++) this.#hooks.swallowed(direction);
    this.#left.add(direction);
    this.#carry(direction, END_BYTES, () => this.#finish());
  }

  #adjust(): void {
    for (const direction of directions) this.#roads[direction].widen(lineOf(this.#specs(), direction));
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
    this.#carry('toClient', bytes, () => this.#finish(ending));
  }

  #closeToClient(code: number, reason: string): void {
    this.#carry('toClient', closeFrameBytes(code, reason, 'toClient'), () => {
      const ending = { code, reason, wasClean: true };
      this.#socket.closes();
      this.#endSoon(ending, 'answered');
      this.#carry('toServer', closeFrameBytes(code, reason, 'toServer'), () => {
        this.peer.ended({ code, reason });
        this.#carry('toClient', END_BYTES, () => this.#finish(ending));
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
    else this.#leaveFrom('toServer');
  }

  #isDark(direction: Direction): boolean {
    return isDark(this.#specs(), direction);
  }

  #lose(direction: Direction): void {
    const count = this.#roads[direction].lose();
    if (count > 0) this.#damaged.add(direction);
    for (let nth = 0; nth < count; nth++) this.#hooks.swallowed(direction);
  }

  #flapSoon(): void {
    if (this.#flap === undefined || this.#socket.readyState !== FakeSocket.OPEN) return;
    const lifeMs = lifeMsOf(this.#flap, this.#hooks.random);
    this.#flap = undefined;
    this.#flapTimer = this.#hooks.clock.setTimeout(() => this.#finish(), lifeMs);
  }

  *#specs(): Iterable<FaultSpec> {
    yield* this.#hooks.lines;
    for (const { spec } of this.#faults) yield spec;
  }

  /** Ends it for both sides. Without an ending, the connection broke. */
  #finish(ending?: Ending): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#hooks.clock.clearTimeout(this.#flapTimer);
    this.#hooks.clock.clearTimeout(this.#closingTimer);
    for (const direction of directions) this.#roads[direction].lose();
    this.#hooks.over(this);
    this.peer.ended(abnormal);
    if (ending === undefined) this.#socket.breaks();
    else this.#socket.ends(ending);
  }
}
