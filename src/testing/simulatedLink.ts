import type { RawData } from '../protocol/codec.ts';
import type { ActiveFault, Afflicted } from './faultBook.ts';
import type { Direction, FaultSpec, FlapFault } from './faults.ts';
import { breakOff } from './fakePeer.ts';
import { FakeNodeSocket, FakeSocket, type FarEnd } from './fakeSocket.ts';
import { covers } from './lane.ts';
import type { TimedClock } from './node.ts';
import { SimulatedPeer } from './simulatedPeer.ts';

export interface SimulatedLinkHooks {
  readonly clock: TimedClock;
  readonly random: () => number;
  readonly latencyMs: number;
  /** The handshake has come to the server. The result is the subprotocol. */
  readonly arrived: (peer: SimulatedPeer) => string;
  readonly carried: (direction: Direction) => void;
  readonly swallowed: (direction: Direction) => void;
  readonly over: (link: SimulatedLink) => void;
}

interface Road {
  readonly queue: (() => void)[];
  lastDueAt: number;
}

const lost = (): void => undefined;
const abnormal = { code: 1006, reason: '' };

/** One socket, its peer, and the road between them, each way in order. Everything on it takes at least a turn of the clock. */
export class SimulatedLink implements Afflicted, FarEnd {
  readonly peer: SimulatedPeer;
  readonly #socket: FakeSocket;
  readonly #hooks: SimulatedLinkHooks;
  readonly #faults = new Set<ActiveFault>();
  readonly #roads: Readonly<Record<Direction, Road>> = {
    toServer: { queue: [], lastDueAt: 0 },
    toClient: { queue: [], lastDueAt: 0 },
  };
  #hasOpened = false;
  #isDamaged = false;
  #isOver = false;
  #flap: FlapFault | undefined = undefined;
  #flapTimer: unknown = undefined;

  constructor(socket: FakeSocket, hooks: SimulatedLinkHooks) {
    this.#socket = socket;
    this.#hooks = hooks;
    this.peer = new SimulatedPeer(socket.url, socket.protocols, {
      send: (data) => this.#carry('toClient', () => socket.receives(data)),
      close: (code, reason) => this.#closeToClient(code, reason),
      terminate: () => {
        this.peer.ended(abnormal);
        this.#carry('toClient', () => this.#finish());
      },
    });
  }

  dial(): void {
    this.#carry('toServer', () => {
      const protocol = this.#hooks.arrived(this.peer);
      this.#carry('toClient', () => {
        this.#hasOpened = true;
        this.#socket.opens(protocol);
        this.#flapSoon();
      });
    });
  }

  sent(data: RawData): void {
    this.#carry('toServer', () => this.peer.arrived(data));
  }

  pinged(payload: string): void {
    this.#carry('toServer', () => {
      const { peer } = this;
      if (!peer.answersPings || !peer.isOpen) return;
      this.#carry('toClient', () => {
        if (this.#socket instanceof FakeNodeSocket) this.#socket.pongs(payload);
      });
    });
  }

  closing(code = 1005, reason = ''): void {
    if (!this.#hasOpened) return this.reset();
    this.#carry('toServer', () => {
      this.peer.ended({ code, reason });
      this.#carry('toClient', () => this.#finish({ code, reason, wasClean: true }));
    });
  }

  terminated(): void {
    this.#hooks.clock.setTimeout(() => this.#socket.ends({ ...abnormal, wasClean: false }), 0);
    this.#carry('toServer', () => this.#finish());
  }

  apply(fault: ActiveFault): void {
    const { spec } = fault;
    this.#faults.add(fault);
    switch (spec.type) {
      case 'reset':
      case 'down':
        return this.reset();
      case 'blackhole':
        for (const direction of ['toServer', 'toClient'] as const) if (covers(spec, direction)) this.#lose(direction);
        return;
      case 'halfOpen':
        this.#isDamaged = true;
        this.#lose('toServer');
        this.#lose('toClient');
        return this.peer.ended(abnormal);
      case 'close':
        return this.#carry('toClient', () => {
          this.peer.ended(abnormal);
          this.#finish({ code: spec.code ?? 1001, reason: spec.reason ?? '', wasClean: true });
        });
      case 'flap':
        this.#flap = spec;
        return this.#flapSoon();
    }
  }

  release(fault: ActiveFault): void {
    if (!this.#faults.delete(fault) || fault.spec.type !== 'flap') return;
    this.#flap = undefined;
    this.#hooks.clock.clearTimeout(this.#flapTimer);
  }

  /** Over for both, as soon as the clock moves on. */
  reset(): void {
    this.#hooks.clock.setTimeout(() => this.#finish(), 0);
  }

  #carry(direction: Direction, deliver: () => void): void {
    if (this.#isOver) return;
    if (this.#isDark(direction)) {
      this.#isDamaged = true;
      return this.#hooks.swallowed(direction);
    }
    if (this.#isDamaged && !this.#isDark(direction === 'toServer' ? 'toClient' : 'toServer')) return this.reset();
    const { clock } = this.#hooks;
    const road = this.#roads[direction];
    road.lastDueAt = Math.max(road.lastDueAt, clock.now() + this.#latencyMs(direction));
    road.queue.push(deliver);
    clock.setTimeout(() => {
      // What comes first leaves first, whichever timer it was.
      const next = road.queue.shift();
      if (next === undefined || next === lost || this.#isOver) return;
      this.#hooks.carried(direction);
      next();
    }, road.lastDueAt - clock.now());
  }

  #closeToClient(code: number, reason: string): void {
    this.#carry('toClient', () => {
      if (this.#socket.readyState === FakeSocket.OPEN) this.#socket.readyState = FakeSocket.CLOSING;
      this.#carry('toServer', () => {
        this.peer.ended({ code, reason });
        this.#finish();
      });
      this.#socket.ends({ code, reason, wasClean: true });
    });
  }

  #isDark(direction: Direction): boolean {
    return this.#specs().some(
      (spec) => spec.type === 'halfOpen' || (spec.type === 'blackhole' && covers(spec, direction)),
    );
  }

  #latencyMs(direction: Direction): number {
    let latencyMs = this.#hooks.latencyMs;
    for (const spec of this.#specs()) {
      if (spec.type !== 'latency' || !covers(spec, direction)) continue;
      latencyMs += (spec.delayMs ?? 0) + (spec.jitterMs === undefined ? 0 : this.#hooks.random() * spec.jitterMs);
    }
    return latencyMs;
  }

  #lose(direction: Direction): void {
    const { queue } = this.#roads[direction];
    if (queue.length > 0) this.#isDamaged = true;
    for (const one of queue) if (one !== lost) this.#hooks.swallowed(direction);
    // Their timers still run, and find this in place of what was lost.
    queue.fill(lost);
  }

  #flapSoon(): void {
    if (this.#flap === undefined || this.#socket.readyState !== FakeSocket.OPEN) return;
    const { aliveMs = 20, jitterMs = 0 } = this.#flap;
    this.#flap = undefined;
    const lifeMs = aliveMs + (jitterMs === 0 ? 0 : this.#hooks.random() * jitterMs);
    this.#flapTimer = this.#hooks.clock.setTimeout(() => this.#finish(), lifeMs);
  }

  #specs(): readonly FaultSpec[] {
    return [...this.#faults].map(({ spec }) => spec);
  }

  /** Over for both. Without a close, it broke off. */
  #finish(close?: { code: number; reason: string; wasClean: boolean }): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#hooks.clock.clearTimeout(this.#flapTimer);
    this.#hooks.over(this);
    this.peer.ended(abnormal);
    if (close === undefined) breakOff(this.#socket);
    else this.#socket.ends(close);
  }
}
