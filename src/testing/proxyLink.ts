import type { Socket } from 'node:net';
import type { ActiveFault, Afflicted } from './faultBook.ts';
import { covers, directions, farewellOf, isDark, lifeMsOf, other } from './faultEffects.ts';
import type { CloseFault, Direction, FaultSpec, FlapFault, TruncateFault } from './faults.ts';
import { closeFrame, FrameWalker } from './frameWalker.ts';
import { Lane } from './lane.ts';
import type { TimedClock } from './node.ts';

export interface LinkHooks {
  readonly clock: TimedClock;
  readonly random: () => number;
  readonly passed: (direction: Direction, bytes: number) => void;
  readonly swallowed: (direction: Direction, bytes: number) => void;
  readonly over: (link: ProxyLink) => void;
}

/** One proxied connection, and the faults that affect it. */
export class ProxyLink implements Afflicted {
  readonly #ends: Readonly<Record<Direction, Socket>>;
  readonly #lanes: Readonly<Record<Direction, Lane>>;
  readonly #hooks: LinkHooks;
  readonly #faults = new Set<ActiveFault>();
  readonly #walker = new FrameWalker();
  readonly #timers = new Set<unknown>();
  /** Bytes that may still pass, if they are counted. */
  readonly #allowance: Record<Direction, number> = { toServer: Infinity, toClient: Infinity };
  /** Directions in which something was lost: nothing that is sent behind it arrives, not even after the fault. */
  readonly #damaged = new Set<Direction>();
  /** One side has left, and the other was not notified. */
  #hasLostEnd = false;
  #isServerGone = false;
  #isOver = false;
  #farewell: Uint8Array | undefined = undefined;
  #flap: FlapFault | undefined = undefined;

  /** `client` is the proxy's socket to the client, `server` the one to the server. */
  constructor(client: Socket, server: Socket, hooks: LinkHooks) {
    this.#hooks = hooks;
    // Named by where they lead to: what goes to the client is written to the socket at the client.
    this.#ends = { toClient: client, toServer: server };
    const laneHooks = (direction: Direction) => ({
      clock: hooks.clock,
      random: hooks.random,
      faults: () => this.#specs(),
      passed: (bytes: number) => hooks.passed(direction, bytes),
    });
    this.#lanes = {
      toServer: new Lane('toServer', client, server, laneHooks('toServer')),
      toClient: new Lane('toClient', server, client, laneHooks('toClient')),
    };
    for (const direction of directions) {
      const source = this.#ends[other[direction]];
      source.on('data', (bytes: Uint8Array) => this.#receive(direction, bytes));
      source.on('end', () => this.#ended(direction));
      source.on('error', () => undefined);
      source.on('close', (hasFailed) => this.#gone(direction, hasFailed));
    }
  }

  apply(fault: ActiveFault): void {
    const { spec } = fault;
    this.#faults.add(fault);
    switch (spec.type) {
      case 'reset':
      case 'down':
        return this.reset();
      case 'blackhole':
        for (const lane of Object.values(this.#lanes))
          if (covers(spec, lane.direction)) this.#swallow(lane.direction, lane.lose());
        return;
      case 'halfOpen':
        this.#isServerGone = true;
        this.#damaged.add('toServer').add('toClient');
        this.#lanes.toClient.lose();
        this.#ends.toServer.resetAndDestroy();
        return;
      case 'truncate':
        return this.#truncate(spec);
      case 'close':
        return this.#bidFarewell(spec);
      case 'flap':
        this.#flap = spec;
        return this.#flapSoon();
      default:
        this.#readjust();
    }
  }

  release(fault: ActiveFault): void {
    if (!this.#faults.delete(fault)) return;
    if (fault.spec.type === 'truncate') this.#allowance[fault.spec.direction ?? 'toClient'] = Infinity;
    if (fault.spec.type === 'flap') {
      this.#flap = undefined;
      this.#stopTimers();
    }
    const { toClient, toServer } = this.#ends;
    const isHalf = this.#hasLostEnd || toClient.destroyed || (toServer.destroyed && !this.#isServerGone);
    const wasDark = fault.spec.type === 'blackhole' || fault.spec.type === 'halfOpen';
    if (wasDark && isHalf && !this.#isDark('toServer') && !this.#isDark('toClient')) return this.reset();
    this.#readjust();
  }

  /** Bytes on their way. */
  held(direction: Direction): number {
    return this.#lanes[direction].heldBytes;
  }

  /** RST both ways. */
  reset(): void {
    const { toClient, toServer } = this.#ends;
    toClient.resetAndDestroy();
    if (toServer.connecting) toServer.destroy();
    else toServer.resetAndDestroy();
    this.#finish();
  }

  #receive(direction: Direction, bytes: Uint8Array): void {
    if (this.#isOver || this.#farewell?.length === 0) return;
    if (this.#isDark(direction)) return this.#swallow(direction, bytes.length);
    if (this.#damaged.size > 0 && !this.#isDark(other[direction])) return this.reset();
    if (this.#damaged.has(direction)) return this.#swallow(direction, bytes.length);
    const boundary = direction === 'toClient' ? this.#walker.walk(bytes) : undefined;
    if (boundary !== undefined) this.#flapSoon();
    if (boundary !== undefined && this.#farewell !== undefined) {
      this.#pass(direction, bytes.subarray(0, boundary));
      return this.#leave(this.#farewell);
    }
    this.#pass(direction, bytes);
  }

  #pass(direction: Direction, bytes: Uint8Array): void {
    const lane = this.#lanes[direction];
    const allowance = this.#allowance[direction];
    lane.push(bytes.subarray(0, allowance));
    this.#allowance[direction] = allowance - bytes.length;
    if (this.#allowance[direction] <= 0) lane.finish(() => this.#ends[direction].write('', () => this.reset()));
  }

  #isDark(direction: Direction): boolean {
    return isDark(this.#specs(), direction);
  }

  #swallow(direction: Direction, bytes: number): void {
    if (bytes === 0) return;
    this.#damaged.add(direction);
    this.#hooks.swallowed(direction, bytes);
  }

  #truncate({ direction = 'toClient', afterBytes }: TruncateFault): void {
    this.#allowance[direction] = afterBytes;
    if (afterBytes === 0) this.reset();
  }

  #bidFarewell(fault: CloseFault): void {
    const { code, reason } = farewellOf(fault);
    const frame = closeFrame(code, reason);
    if (this.#walker.isBetweenFrames) this.#leave(frame);
    else this.#farewell = frame;
  }

  /** Sends the client a close frame. The one it answers with is not read. */
  #leave(frame: Uint8Array): void {
    this.#farewell = new Uint8Array(0);
    this.#isServerGone = true;
    this.#ends.toServer.resetAndDestroy();
    this.#lanes.toClient.push(frame);
    this.#lanes.toClient.finish(() => this.#ends.toClient.end());
  }

  #flapSoon(): void {
    if (this.#flap === undefined || !this.#walker.hasShakenHands) return;
    const lifeMs = lifeMsOf(this.#flap, this.#hooks.random);
    this.#flap = undefined;
    this.#timers.add(this.#hooks.clock.setTimeout(() => this.reset(), lifeMs));
  }

  /** The sender of that direction has ended its stream. */
  #ended(direction: Direction): void {
    if (this.#isDark(direction)) this.#hasLostEnd = true;
    else if (!this.#isServerGone) this.#lanes[direction].finish(() => this.#ends[direction].end());
    // Half-open, and the client leaves: there is nobody whom it could tell. Unless it was bidden farewell: then both are leaving.
    else if (this.#farewell?.length !== 0) this.reset();
  }

  /** The socket of the sender of that direction is closed. */
  #gone(direction: Direction, hasFailed: boolean): void {
    const { toServer, toClient } = this.#ends;
    if (toServer.destroyed && toClient.destroyed) return this.#finish();
    if (direction === 'toClient' && this.#isServerGone) return;
    if (direction === 'toServer' && this.#isServerGone) return this.#finish();
    if (this.#isDark(direction)) return;
    const sink = this.#ends[direction];
    this.#lanes[direction].finish(() => {
      if (hasFailed) sink.resetAndDestroy();
      else sink.end(() => sink.destroySoon());
    });
  }

  *#specs(): Iterable<FaultSpec> {
    for (const { spec } of this.#faults) yield spec;
  }

  #readjust(): void {
    this.#lanes.toServer.readjust();
    this.#lanes.toClient.readjust();
  }

  #stopTimers(): void {
    for (const timer of this.#timers) this.#hooks.clock.clearTimeout(timer);
    this.#timers.clear();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimers();
    this.#lanes.toServer.stop();
    this.#lanes.toClient.stop();
    this.#hooks.over(this);
  }
}
