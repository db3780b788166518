/** One way through a link. */
export type Direction = 'toServer' | 'toClient';

/** What every fault may be told. */
export interface FaultTiming {
  /** It ends by itself after so long. Unit ms · default: until `end()` · range 1 … 2³¹−1. */
  forMs?: number;
}

/** What a fault that befalls some connections and not others may be told. */
export interface FaultScope extends FaultTiming {
  /** Which connections it befalls: those that are there, those to come, or all. Default `'all'`; of `reset` and `close` `'existing'`. */
  on?: 'existing' | 'new' | 'all';
}

/** What a fault of one way or both may be told. */
export interface DirectedFault extends FaultScope {
  /** Which way. Default `'both'`. */
  direction?: Direction | 'both';
}

/** Cut off at once, both sides: a RST in TCP, a close 1006 to a WebSocket. */
export interface ResetFault extends FaultScope {
  type: 'reset';
}

/**
 * What is sent is swallowed, an end of the connection too; nobody is told. A connection that has lost something does not
 * come back when the fault ends: it is reset by the next thing that is sent, since a stream with a hole in it is none.
 */
export interface BlackholeFault extends DirectedFault {
  type: 'blackhole';
}

/** The server's side is gone; the client's stays open and silent. After the fault's end the next thing the client sends meets a reset. */
export interface HalfOpenFault extends FaultScope {
  type: 'halfOpen';
}

/** Everything comes later; order is kept. */
export interface LatencyFault extends DirectedFault {
  type: 'latency';
  /** Least delay, each way. Unit ms · default 0 · range 0 … 2³¹−1. */
  delayMs?: number;
  /** On top of it, anywhere in 0 … `jitterMs`, by the seed. Unit ms · default 0 · range 0 … 2³¹−1. */
  jitterMs?: number;
}

/**
 * A narrow line: whatever is sent faster than it carries waits, in three buffers. If several limits apply, the lowest one
 * counts, with its buffers.
 */
export interface BandwidthFault extends DirectedFault {
  type: 'bandwidth';
  /** What the line carries, each way. Unit bytes a second · range 1 … ∞. */
  bytesPerSecond: number;
  /** The network's queue in front of the narrow place: its contents arrive even if the sender resets the connection. Unit bytes · default 100,000 · range 1 … ∞. */
  queueBytes?: number;
  /** The most that the sender's kernel holds: `bufferedAmount` does not show it, and a reset discards it. Simulated network only; behind a fault proxy the kernel is the system's own. Unit bytes · default 1,000,000 · range 1 … ∞. */
  kernelBytes?: number;
}

/** The upgrade of new connections is answered with a status of HTTP. */
export interface RefuseFault extends FaultTiming {
  type: 'refuse';
  /** What the upgrade is answered with. Default 503 · range 300 … 599. */
  status?: number;
  /** The header `Retry-After`. RFC 9110 §10.2.3 · unit s · default: no such header · range 0 … ∞, whole. */
  retryAfterSeconds?: number;
}

/** New connections are accepted, and nothing is ever said to them; not after the fault's end either. */
export interface StallFault extends FaultTiming {
  type: 'stall';
}

/** Of what is sent, the first bytes pass; then the connection is reset. Counted from when the fault befalls it. */
export interface TruncateFault extends FaultScope {
  type: 'truncate';
  /** How many bytes pass. Unit bytes · range 0 … ∞, whole. */
  afterBytes: number;
  /** Which way they are counted. Default `'toClient'`. */
  direction?: Direction;
}

/** The client is sent a closing frame, between two frames of the server, and the connection is ended. RFC 6455 §5.5.1. */
export interface CloseFault extends FaultScope {
  type: 'close';
  /** The close code. Default 1001, a server that goes away · range 1000 … 4999, whole, without 1004, 1005, 1006 and 1015, which are never sent. */
  code?: number;
  /** The close reason. Default none · at most 123 bytes of UTF-8. */
  reason?: string;
}

/** Nobody is there: connections are reset, new ones refused. */
export interface DownFault extends FaultTiming {
  type: 'down';
}

/** Connections come up, handshake and all, and are reset soon after, each of them. */
export interface FlapFault extends FaultScope {
  type: 'flap';
  /** How long each lives after its handshake. Unit ms · default 20 · range 0 … 2³¹−1. */
  aliveMs?: number;
  /** On top of it, anywhere in 0 … `jitterMs`, by the seed. Unit ms · default 0 · range 0 … 2³¹−1. */
  jitterMs?: number;
}

/** What can be done to connections: plain data, so that a script of faults can be written down, logged and played again. */
export type FaultSpec =
  | ResetFault
  | BlackholeFault
  | HalfOpenFault
  | LatencyFault
  | BandwidthFault
  | RefuseFault
  | StallFault
  | TruncateFault
  | CloseFault
  | DownFault
  | FlapFault;

/** Names of the faults. */
export type FaultType = FaultSpec['type'];

/** A fault that was injected. */
export interface Fault {
  readonly spec: FaultSpec;
  /** False once it has ended. A `reset` or `close` of existing connections has ended at once. */
  readonly isActive: boolean;
  /** How many connections it has befallen. */
  readonly applied: number;
  /** Ends it; a second time does nothing. Resolves when that is in force; `down` of a proxy rejects if its port was taken in between. */
  end(): Promise<void>;
}
