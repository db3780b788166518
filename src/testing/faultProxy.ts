/// <reference lib="esnext.disposable" preserve="true" />
import type { AddressInfo, Server, Socket } from 'node:net';
import { ConnectionError } from '../client/errors.ts';
import { checkNumber } from './checkFault.ts';
import { FaultBook } from './faultBook.ts';
import type { Direction, Fault, FaultSpec, FaultType, RefuseFault } from './faults.ts';
import { loadNode, type TimedClock } from './node.ts';
import { ProxyLink } from './proxyLink.ts';
import { nthSeed, seededRandom } from './random.ts';
import { TurnedAway } from './turnedAway.ts';

const HOST = '127.0.0.1';

/** Everything a fault proxy can be told. Only `target` is required. */
export interface FaultProxyOptions {
  /** The server behind the proxy. `host` default `'127.0.0.1'` · `port` 1 … 65,535. */
  target: { readonly host?: string; readonly port: number };
  /** Seed of the jitter: the same seed gives the nth connection the same jitter. Default 1 · range: whole numbers. */
  seed?: number;
  /** Timers and time of latency, bandwidth, flapping and `forMs`. Default Node's. */
  clock?: TimedClock;
}

/** Counters of a fault proxy. */
export interface FaultProxyStats {
  /** Connections accepted so far. */
  connections: number;
  /** Connections that have not ended, including half-open and stalled ones. */
  open: number;
  /** Bytes passed on, by direction. */
  passed: Record<Direction, number>;
  /** Bytes on their way, held by latency or bandwidth. */
  held: Record<Direction, number>;
  /** Bytes lost to a fault, by direction. */
  swallowed: Record<Direction, number>;
  /** How many connections each type of fault has affected; for `down`, the existing ones. */
  faults: Partial<Record<FaultType, number>>;
}

/** A TCP proxy between WebSocket clients and a server, on a free port of 127.0.0.1, that injects network faults. */
export interface FaultProxy extends AsyncDisposable {
  /** Starts listening. Rejects if it already listens or was closed, or if the system has no free port. */
  listen(): Promise<{ port: number }>;
  /** The address to dial, with a path if given. Throws a ConnectionError `'unavailable'` before `listen()`. */
  url(path?: string): string;
  /** Injects a fault on top of the active ones, effective at once. Throws a ConnectionError `'invalid-option'` if it is invalid, `'unavailable'` before `listen()` and after `close()`. */
  inject(fault: FaultSpec): Fault;
  /** Ends every fault. */
  clear(): Promise<void>;
  stats(): FaultProxyStats;
  /** Cuts every connection, frees the port and ends every fault. It cannot listen again. */
  close(): Promise<void>;
}

/**
 * Makes a fault proxy. It accepts connections after `listen()`.
 * Throws a ConnectionError `'invalid-option'` that names the option and what is accepted.
 */
export function createFaultProxy(options: FaultProxyOptions): FaultProxy {
  checkNumber('target.port', options.target.port, 1, 65_535, 'a port', true);
  if (options.seed !== undefined) checkNumber('seed', options.seed, -MAX_SEED, MAX_SEED, 'a seed', true);
  const proxy = new NodeFaultProxy(options);
  const { asyncDispose } = Symbol as { asyncDispose?: symbol };
  if (asyncDispose !== undefined) Object.defineProperty(proxy, asyncDispose, { value: () => proxy.close() });
  return proxy as NodeFaultProxy & AsyncDisposable;
}

const MAX_SEED = Number.MAX_SAFE_INTEGER;

type Node = Awaited<ReturnType<typeof loadNode>>;
type Link = ProxyLink | TurnedAway;

class NodeFaultProxy implements Omit<FaultProxy, keyof AsyncDisposable> {
  readonly #options: FaultProxyOptions;
  readonly #links = new Set<Link>();
  readonly #book: FaultBook;
  readonly #passed = { toServer: 0, toClient: 0 };
  readonly #swallowed = { toServer: 0, toClient: 0 };
  #connections = 0;
  #node: Node | undefined = undefined;
  #server: Server | undefined = undefined;
  #port: number | undefined = undefined;
  /** Until the newest server has its port, or has failed to get it. */
  #binding: Promise<unknown> | undefined = undefined;
  #isClosed = false;

  constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.#book = new FaultBook(this.#links, () => this.#clock);
  }

  async listen(): Promise<{ port: number }> {
    if (this.#port !== undefined) throw new ConnectionError('unavailable', 'this proxy listens already; make another');
    this.#checkNotClosed();
    this.#port = 0;
    try {
      this.#node = await loadNode();
      this.#checkNotClosed();
      const port = await this.#listenAt(0);
      return { port: (this.#port = port) };
    } catch (error) {
      this.#port = undefined;
      throw error;
    }
  }

  url(path = '/'): string {
    if (!this.#port) throw new ConnectionError('unavailable', 'this proxy has no address before listen()');
    return `ws://${HOST}:${this.#port}${path.startsWith('/') ? '' : '/'}${path}`;
  }

  inject(spec: FaultSpec): Fault {
    if (!this.#port || this.#isClosed) {
      throw new ConnectionError('unavailable', 'faults are injected between listen() and close()');
    }
    const fault = this.#book.inject(spec, async () => {
      if (spec.type === 'down' && !this.#isClosed && !this.#book.has('down')) await this.#listenAt(this.#port ?? 0);
    });
    if (spec.type === 'down') this.#server?.close();
    return fault;
  }

  clear(): Promise<void> {
    return this.#book.clear();
  }

  stats(): FaultProxyStats {
    return {
      connections: this.#connections,
      open: this.#links.size,
      passed: { ...this.#passed },
      held: { toServer: this.#held('toServer'), toClient: this.#held('toClient') },
      swallowed: { ...this.#swallowed },
      faults: { ...this.#book.applied },
    };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#book.clear();
    // A server that is about to listen is not to be told otherwise before it does.
    await this.#binding;
    for (const link of [...this.#links]) link.reset();
    const server = this.#server;
    if (server?.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #checkNotClosed(): void {
    if (this.#isClosed) throw new ConnectionError('unavailable', 'this proxy was closed; make another');
  }

  #held(direction: Direction): number {
    let bytes = 0;
    for (const link of this.#links) bytes += link.held(direction);
    return bytes;
  }

  get #loaded(): Node {
    if (this.#node === undefined) throw new ConnectionError('unavailable', 'this proxy does not listen yet');
    return this.#node;
  }

  get #clock(): TimedClock {
    return this.#options.clock ?? this.#loaded.clock;
  }

  #listenAt(port: number): Promise<number> {
    // Half-open by itself: each side's end is passed on when it is its turn, and not before.
    const server = this.#loaded.net.createServer({ allowHalfOpen: true, noDelay: true }, (client) =>
      this.#accept(client),
    );
    this.#server = server;
    const bound = new Promise<number>((resolve, reject) => {
      server.on('error', reject);
      server.listen(port, HOST, () => resolve((server.address() as AddressInfo).port));
    });
    this.#binding = bound.catch(() => undefined);
    return bound;
  }

  #accept(client: Socket): void {
    const nth = this.#connections++;
    const link = this.#turnAway(client) ?? this.#connect(client, nth);
    this.#links.add(link);
    this.#book.receive(link);
  }

  #turnAway(client: Socket): Link | undefined {
    const specs = [...this.#book.active].map(({ spec }) => spec);
    const refusal = specs.find((spec): spec is RefuseFault => spec.type === 'refuse');
    const isStalled = specs.some(({ type }) => type === 'stall');
    if (refusal === undefined && !isStalled) return undefined;
    return new TurnedAway(client, refusal, (link) => this.#links.delete(link));
  }

  #connect(client: Socket, nth: number): Link {
    const { host = HOST, port } = this.#options.target;
    const server = this.#loaded.net.connect({ host, port, allowHalfOpen: true, noDelay: true });
    return new ProxyLink(client, server, {
      clock: this.#clock,
      random: seededRandom(nthSeed(this.#options.seed ?? 1, nth)),
      passed: (direction, bytes) => (this.#passed[direction] += bytes),
      swallowed: (direction, bytes) => (this.#swallowed[direction] += bytes),
      over: (link) => this.#links.delete(link),
    });
  }
}
