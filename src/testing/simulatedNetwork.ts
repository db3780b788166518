import { ConnectionError } from '../client/errors.ts';
import { checkFault, checkLine, checkNumber, MAX_DELAY_MS } from './checkFault.ts';
import { FaultBook } from './faultBook.ts';
import type { BandwidthFault, Direction, Fault, FaultSpec, FaultType, RefuseFault, TruncateFault } from './faults.ts';
import { socketClass, type FakeSocketClass } from './fakePeer.ts';
import type { FakeSocket, FarEnd } from './fakeSocket.ts';
import type { TimedClock } from './node.ts';
import { nthSeed, seededRandom } from './random.ts';
import { Rejection } from './rejection.ts';
import { SimulatedLink } from './simulatedLink.ts';
import type { HandshakeAnswer, SimulatedPeer, SimulatedRefusal } from './simulatedPeer.ts';

/** Options of a simulated network. Only `clock` is required. */
export interface SimulatedNetworkOptions {
  /** Time and timers of the network. Give the connection the same clock. */
  clock: TimedClock;
  /** Delay in each direction. Unit ms · default 0 (the next turn of the clock) · range 0 … 2³¹−1. */
  latencyMs?: number;
  /** Seed of the jitter: the same seed gives the nth socket the same jitter. Default 1 · range: whole numbers. */
  seed?: number;
  /** True: sockets like those of `ws`, with `ping()`, `terminate()` and the status of a refused upgrade. Default false: like those of browsers. */
  hasPing?: boolean;
  /** Rate and buffers of every connection, in each direction. `clear()` does not remove it, and faults may narrow it further. With a list each direction can have its own. Default: no limit. */
  line?: SimulatedLine | readonly SimulatedLine[];
}

/** A line of a simulated network: the options of the fault `bandwidth` without `on` and `forMs`. */
export type SimulatedLine = Omit<BandwidthFault, 'type' | 'on' | 'forMs'>;

/** A fault of a simulated network. Its frames arrive whole or not at all, so nothing can be truncated. */
export type SimulatedFaultSpec = Exclude<FaultSpec, TruncateFault>;

const faultTypes = [
  'reset',
  'blackhole',
  'halfOpen',
  'latency',
  'bandwidth',
  'refuse',
  'stall',
  'close',
  'down',
  'flap',
] as const;

/** How a server answers a handshake. */
export type OnPeer = ((peer: SimulatedPeer) => void) | ((peer: SimulatedPeer) => string | SimulatedRefusal | undefined);

/** A server in a simulated network. */
export interface SimulatedServer {
  /** Its ends of sockets, oldest first, including closed ones. */
  readonly peers: readonly SimulatedPeer[];
  /** The newest. Throws a ConnectionError `'unavailable'` if no client has connected yet. */
  readonly peer: SimulatedPeer;
  /** Cuts its sockets and stops listening. */
  close(): void;
}

/** What has gone through a simulated network so far. */
export interface SimulatedNetworkStats {
  /** Sockets dialled so far. */
  sockets: number;
  /** Sockets that have not ended. */
  open: number;
  /** Frames, handshakes and closings that arrived, by direction. */
  carried: Record<Direction, number>;
  /** Bytes on their way, held by latency or bandwidth. */
  held: Record<Direction, number>;
  /** Frames, handshakes and closings that were lost to a fault, or discarded because their sender left. */
  swallowed: Record<Direction, number>;
  /** How many sockets each type of fault has affected. */
  faults: Partial<Record<FaultType, number>>;
}

/** A network in memory, on virtual time: sockets on one side, servers on the other, and faults in between. */
export interface SimulatedNetwork {
  /** For the option `WebSocket` of connections in this network. */
  readonly WebSocket: FakeSocketClass;
  /**
   * Puts a server at an address, in place of one that was there; a query does not count. `onPeer` is called when a handshake
   * arrives. It may name the subprotocol (default the first that was offered) or refuse the upgrade.
   */
  serve(url: string, onPeer?: OnPeer): SimulatedServer;
  /** Injects a fault on top of the active ones, effective at once. Throws a ConnectionError `'invalid-option'` if it is invalid. */
  inject(fault: SimulatedFaultSpec): Fault;
  /** Ends every fault. */
  clear(): void;
  stats(): SimulatedNetworkStats;
}

/** Makes a simulated network. Throws a ConnectionError `'invalid-option'` that names the option and what is accepted. */
export function createSimulatedNetwork(options: SimulatedNetworkOptions): SimulatedNetwork {
  const { latencyMs = 0, seed = 1, line = [] } = options;
  checkNumber('latencyMs', latencyMs, 0, MAX_DELAY_MS, 'milliseconds');
  checkNumber('seed', seed, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'a seed', true);
  const given: readonly SimulatedLine[] = [line].flat();
  for (const [nth, one] of given.entries()) checkLine(Array.isArray(line) ? `line[${nth}]` : 'line', one);
  const lines = given.map((one): BandwidthFault => ({ ...one, type: 'bandwidth' }));
  return new VirtualNetwork(options, latencyMs, seed, lines);
}

interface Service {
  readonly peers: SimulatedPeer[];
  readonly onPeer: OnPeer;
}

class VirtualNetwork implements SimulatedNetwork {
  readonly WebSocket: FakeSocketClass;
  readonly #clock: TimedClock;
  readonly #latencyMs: number;
  readonly #seed: number;
  readonly #lines: readonly BandwidthFault[];
  readonly #services = new Map<string, Service>();
  readonly #links = new Set<SimulatedLink | Rejection>();
  readonly #book: FaultBook;
  readonly #carried = { toServer: 0, toClient: 0 };
  readonly #swallowed = { toServer: 0, toClient: 0 };
  #sockets = 0;

  constructor(
    { clock, hasPing = false }: SimulatedNetworkOptions,
    latencyMs: number,
    seed: number,
    lines: readonly BandwidthFault[],
  ) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
    this.#seed = seed;
    this.#lines = lines;
    this.#book = new FaultBook(this.#links, () => clock, faultTypes);
    this.WebSocket = socketClass(hasPing, (socket) => this.#dial(socket, this.#sockets++));
  }

  serve(url: string, onPeer: OnPeer = () => undefined): SimulatedServer {
    const service: Service = { peers: [], onPeer };
    const address = addressOf(url);
    this.#services.set(address, service);
    return {
      peers: service.peers,
      get peer() {
        const peer = service.peers.at(-1);
        if (peer === undefined) throw new ConnectionError('unavailable', 'nobody has come to this server yet');
        return peer;
      },
      close: () => {
        if (this.#services.get(address) === service) this.#services.delete(address);
        for (const peer of service.peers) peer.terminate();
      },
    };
  }

  inject(spec: SimulatedFaultSpec): Fault {
    return this.#book.inject(spec);
  }

  clear(): void {
    void this.#book.clear();
  }

  stats(): SimulatedNetworkStats {
    return {
      sockets: this.#sockets,
      open: this.#links.size,
      carried: { ...this.#carried },
      held: { toServer: this.#held('toServer'), toClient: this.#held('toClient') },
      swallowed: { ...this.#swallowed },
      faults: { ...this.#book.applied },
    };
  }

  #held(direction: Direction): number {
    let bytes = 0;
    for (const link of this.#links) bytes += link.held(direction);
    return bytes;
  }

  #dial(socket: FakeSocket, nth: number): FarEnd {
    const active = [...this.#book.active].map(({ spec }) => spec);
    const refusal = active.find((spec): spec is RefuseFault => spec.type === 'refuse');
    const isDown = this.#book.has('down');
    if (isDown || refusal !== undefined || this.#book.has('stall')) {
      const rejection = new Rejection(socket, this.#clock, () => this.#links.delete(rejection));
      this.#links.add(rejection);
      this.#book.receive(rejection);
      if (isDown) rejection.break(2 * this.#latencyMs);
      else if (refusal !== undefined) rejection.refuse(2 * this.#latencyMs, refusal);
      return rejection;
    }
    const link = new SimulatedLink(socket, {
      clock: this.#clock,
      random: seededRandom(nthSeed(this.#seed, nth)),
      latencyMs: this.#latencyMs,
      lines: this.#lines,
      arrived: (peer) => this.#welcome(peer),
      carried: (direction) => this.#carried[direction]++,
      swallowed: (direction) => this.#swallowed[direction]++,
      over: (one) => this.#links.delete(one),
    });
    this.#links.add(link);
    this.#book.receive(link);
    link.dial();
    return link;
  }

  #welcome(peer: SimulatedPeer): HandshakeAnswer {
    const service = this.#services.get(addressOf(peer.url));
    if (service === undefined) return null;
    service.peers.push(peer);
    const answer = service.onPeer(peer) ?? undefined;
    if (typeof answer === 'object') {
      checkFault({ type: 'refuse', status: answer.status });
      service.peers.pop();
    }
    return answer;
  }
}

/** An address as servers are found by: without query and fragment, `http` as `ws`. */
function addressOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol.replace(/^http/u, 'ws')}//${host}${pathname}`;
}
