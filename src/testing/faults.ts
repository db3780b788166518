/** A direction of a connection. */
export type Direction = 'toServer' | 'toClient';

/** Options of every fault. */
export interface FaultTiming {
  /** It ends by itself after this time. Unit ms · default: until `end()` · range 1 … 2³¹−1. */
  forMs?: number;
}

/** Options of a fault that can be limited to some connections. */
export interface FaultScope extends FaultTiming {
  /** Which connections it affects: existing ones, new ones, or all. Default `'all'`; of `reset` and `close` `'existing'`. */
  on?: 'existing' | 'new' | 'all';
}

/** Options of a fault that can be limited to one direction. */
export interface DirectedFault extends FaultScope {
  /** Which direction it affects. Default `'both'`. */
  direction?: Direction | 'both';
}

/** Both sides are cut off at once: an RST in TCP, close code 1006 in a WebSocket. */
export interface ResetFault extends FaultScope {
  type: 'reset';
}

/**
 * Everything that is sent is lost silently, even the end of the connection. A connection that has lost something does not
 * recover when the fault ends: the next send resets it, since its stream is incomplete.
 */
export interface BlackholeFault extends DirectedFault {
  type: 'blackhole';
}

/** The server's side is gone; the client's stays open and silent. After the fault's end, the client's next send is answered with a reset. */
export interface HalfOpenFault extends FaultScope {
  type: 'halfOpen';
}

/** Everything arrives later, in order. */
export interface LatencyFault extends DirectedFault {
  type: 'latency';
  /** Minimum delay, in each direction. Unit ms · default 0 · range 0 … 2³¹−1. */
  delayMs?: number;
  /** On top of it, anywhere in 0 … `jitterMs`, by the seed. Unit ms · default 0 · range 0 … 2³¹−1. */
  jitterMs?: number;
}

/**
 * A narrow line: whatever is sent faster than its rate waits in three buffers. If several apply, the one with the lowest
 * rate counts, with its buffers.
 */
export interface BandwidthFault extends DirectedFault {
  type: 'bandwidth';
  /** Rate of the line, in each direction. Unit bytes a second · range 1 … ∞. */
  bytesPerSecond: number;
  /** The network's queue in front of the narrow place: its contents arrive even if the sender resets the connection. Unit bytes · default 100,000 · range 1 … ∞. */
  queueBytes?: number;
  /** The most that the sender's kernel holds: `bufferedAmount` does not show it, and a reset discards it. Simulated network only; behind a fault proxy the kernel is the system's own. Unit bytes · default 1,000,000 · range 1 … ∞. */
  kernelBytes?: number;
}

/** The upgrade of new connections is rejected with an HTTP status. */
export interface RefuseFault extends FaultTiming {
  type: 'refuse';
  /** Status of the response. Default 503 · range 300 … 599. */
  status?: number;
  /** The header `Retry-After`. RFC 9110 §10.2.3 · unit s · default: no such header · range 0 … ∞, whole. */
  retryAfterSeconds?: number;
}

/** New connections are accepted and never answered, not even after the fault's end. */
export interface StallFault extends FaultTiming {
  type: 'stall';
}

/** The first bytes pass, then the connection is reset. Counted from when the fault begins to affect it. */
export interface TruncateFault extends FaultScope {
  type: 'truncate';
  /** How many bytes pass. Unit bytes · range 0 … ∞, whole. */
  afterBytes: number;
  /** In which direction they are counted. Default `'toClient'`. */
  direction?: Direction;
}

/** The client gets a close frame, between two frames of the server, and the connection ends. RFC 6455 §5.5.1. */
export interface CloseFault extends FaultScope {
  type: 'close';
  /** The close code. Default 1001, going away · range 1000 … 4999, whole, without 1004, 1005, 1006 and 1015, which are never sent. */
  code?: number;
  /** The close reason. Default none · at most 123 bytes of UTF-8. */
  reason?: string;
}

/** The server is down: existing connections are reset, new ones refused. */
export interface DownFault extends FaultTiming {
  type: 'down';
}

/** Every connection is reset soon after its handshake. */
export interface FlapFault extends FaultScope {
  type: 'flap';
  /** How long each lives after its handshake. Unit ms · default 20 · range 0 … 2³¹−1. */
  aliveMs?: number;
  /** On top of it, anywhere in 0 … `jitterMs`, by the seed. Unit ms · default 0 · range 0 … 2³¹−1. */
  jitterMs?: number;
}

/** A fault, as plain data: it can be stored, logged and replayed. */
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
  /** How many connections it has affected. */
  readonly applied: number;
  /** Ends it; does nothing if it has ended. Resolves once that is in effect; `down` of a proxy rejects if its port has been taken meanwhile. */
  end(): Promise<void>;
}
