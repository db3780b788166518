/** The six states of a connection. A connection is in exactly one of them. */
export type StateName = 'idle' | 'connecting' | 'open' | 'backoff' | 'closed' | 'failed';

/** What happens to a send in a state: it is held, it goes out, or it is refused. Every state bears exactly one. */
export type ConnectionTag = 'holding' | 'ready' | 'rejecting';

/**
 * How a socket ended. RFC 6455 §7.1.5. Where no close frame came, `code` is 1006, and `reason` what the platform tells: `ECONNREFUSED` and
 * its like in Node, `HTTP 404` of a refused upgrade, nothing in browsers. An upgrade that was
 * refused with 401, 403, 429 or 503 has the code 4401, 4403, 4429 or 4503.
 */
export interface Close {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** Why an attempt is made. Providers receive it, so that they can fetch a fresh token on `'unauthorized'`. */
export type Reason = 'first' | 'retry' | 'unauthorized' | 'reconnect' | 'resumed' | 'drained';

/** What is known of the peer's habit to answer pings. Kept for the life of the connection. */
export type Heartbeat = 'off' | 'unknown' | 'answered' | 'unanswered';

/** How often a peer is asked for a sign of life, and how long it may take. Unit ms. */
export interface HeartbeatPace {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** How full the outbox is: nothing in it, something, or at one of its bounds. */
export type OutboxLevel = 'empty' | 'holding' | 'full';

/** What a loss means for the chart: dial again, dial again with fresh credentials, or give up. */
export type CloseVerdict = 'retry' | 'refresh' | 'fail';

/** What went wrong last; the because-sentence is made from it. */
export type Trouble =
  | 'closed'
  | 'refused'
  | 'connect-timeout'
  | 'provider-failed'
  | 'greet-failed'
  | 'no-websocket'
  | 'unproven'
  | 'silent'
  | 'page-left'
  | 'drained'
  | 'half-closed'
  | 'restored';

/** Why the connection is in `failed`. */
export type FailureCode =
  | 'attempts-exhausted'
  | 'closed'
  | 'fatal-close'
  | 'unauthorized'
  | 'connect-timeout'
  | 'provider-failed'
  | 'greet-failed'
  | 'no-websocket';

/** How retries are spaced. Delays in ms. */
export interface RetryOptions {
  /** Range of the first delay. Unit ms · default 1,000 · range 1 … 2³¹−1. One second is long enough for a restart, short enough not to be noticed. */
  baseMs?: number | undefined;
  /** Longest delay of our own making. A server may ask for more, up to `hintCapMs`. Unit ms · default 30,000, or `baseMs` if that is more · range `baseMs` … 2³¹−1. Past half a minute people reload the page. */
  capMs?: number | undefined;
  /**
   * Longest time for which a server is left alone because it asked for it: by `Retry-After`, by `retry-after=<ms>` in a close reason, by a hub's `drain`, or by `verdict`. If it asks for more, `because` says so.
   * Unit ms · default 300,000 · range 1 … 2³¹−1. Five minutes let a busy server breathe, and a mistaken one does not park its clients for days.
   */
  hintCapMs?: number | undefined;
  /** Retries after the first dial, before `failed`; those that a server asked for by a hint do not count. Default 30, at most 13 minutes of waiting; a service that must never give up takes Infinity · range 0 … ∞, 0: none at all. */
  maxAttempts?: number | undefined;
  /** `'full'`: anywhere in 0 … delay; `'equal'`: in its upper half; `'none'`: exactly it. Default `'full'`: it spreads a crowd best. */
  jitter?: 'full' | 'equal' | 'none' | undefined;
}

/** What the chart itself needs to know of the options: durations, counts and yes-or-no. No address, no credential. */
export interface ChartSettings {
  readonly connectTimeoutMs: number;
  readonly closeTimeoutMs: number;
  /** 0: a voluntary end waits for nothing. */
  readonly drainTimeoutMs: number;
  readonly stableAfterMs: number;
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
  readonly wakeTimeoutMs: number;
  /** False where `heartbeat: false`: no ping is ever sent. */
  readonly hasHeartbeat: boolean;
  /** Silence counts even against a peer that has never answered. */
  readonly isAnswerRequired: boolean;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  readonly hintCapMs: number;
  /** `null` stands for Infinity: a snapshot has to survive JSON. */
  readonly maxAttempts: number | null;
  readonly jitter: 'full' | 'equal' | 'none';
  /** False in transport mode: any loss ends in `failed`. */
  readonly isReconnecting: boolean;
  /** A provider is there that can bring a fresh credential. */
  readonly canRefresh: boolean;
  /** How often a pong is asked for while messages wait to be confirmed; null: they are not. */
  readonly confirmEveryMs: number | null;
  /** The machine was given `parentRef`: its events go to the parent, too. */
  readonly hasParent: boolean;
}

/** The facts of a connection, for people to look at. It holds no message, no URL and no credential. */
export interface ConnectionContext {
  readonly settings: ChartSettings;
  /** Retries since the connection was last fresh; 0 at the first dial. The delay grows with it. */
  readonly attempt: number;
  /** How many of these a server asked for by a hint: they do not count against `maxAttempts`. */
  readonly hinted: number;
  /** The running or next try is not counted as an attempt. */
  readonly isUncounted: boolean;
  /** Why the running or next attempt is made. */
  readonly reason: Reason;
  /** The planned delay before the next attempt, in ms. */
  readonly retryDelayMs: number;
  /** When the next attempt is due, in ms of the connection's clock. */
  readonly retryAt: number;
  /** Earliest moment a server's hint allows, in ms of the connection's clock: nothing but the application's own command dials before it. */
  readonly retryNotBefore: number;
  /** What the server asked for when it last told when to come back, without any bound, in ms; null: no hint holds. */
  readonly hintMs: number | null;
  /** This wait was shortened already: a second event of the network does not shorten it again. */
  readonly isHurried: boolean;
  readonly lastClose: Close | null;
  readonly trouble: Trouble | null;
  /** How long the last ping waited that was given up, in ms. */
  readonly silenceMs: number;
  readonly failure: FailureCode | null;
  /** A loss is remembered: the next socket is proved before the outbox is emptied into it. */
  readonly hasLoss: boolean;
  /** Credentials were refreshed since the connection was last fresh. */
  readonly isRefreshed: boolean;
  readonly heartbeat: Heartbeat;
  /** What the hub at the other end asks for; null: the settings hold. */
  readonly pace: HeartbeatPace | null;
  /** This peer has sent a pong: waiting for one makes sense. */
  readonly isProvable: boolean;
  /** On the present socket something came after a ping. */
  readonly hasSpoken: boolean;
  /** Times this peer was left for its silence without ever having sent a pong. */
  readonly silences: number;
  /** Sockets in a row that opened and gave no pong while proving. */
  readonly silentProofs: number;
  /** Probes in a row repeated because our own timer was late. */
  readonly reprobes: number;
  /** The running probe follows a wake-up and has the shorter deadline. */
  readonly isWakeProbe: boolean;
  /** Since the running probe the peer has said something, though not the pong that it owes. */
  readonly isHeard: boolean;
  /** When the first ping of the running probe or proof went out, in ms of the connection's clock without the time the machine slept; null: none runs. */
  readonly probedAt: number | null;
  /** When the running probe or proof is decided, in ms of the connection's clock without the time the machine slept; null: none runs. */
  readonly probeBy: number | null;
  /** When the running or last attempt has to have led to an open socket, in ms of the connection's clock without the time the machine slept. */
  readonly connectBy: number;
  /** When a socket that is closing is abandoned, in ms of the connection's clock; null: the present one is not closing. */
  readonly closeBy: number | null;
  /** When the hub wants us back, in ms of the connection's clock; null: it said nothing. */
  readonly drainUntil: number | null;
  /** Number of the running attempt's providers; answers to older ones are ignored. */
  readonly token: number;
  readonly outbox: OutboxLevel;
  readonly isOnline: boolean;
  readonly isHidden: boolean;
}

/** The part of the options that the chart reads. `ConnectionOptions` of the client is assignable to it. */
export interface ChartInput {
  connectTimeoutMs?: number | undefined;
  closeTimeoutMs?: number | undefined;
  drainTimeoutMs?: number | undefined;
  stableAfterMs?: number | undefined;
  heartbeat?:
    | 'auto'
    | false
    | {
        intervalMs?: number | undefined;
        timeoutMs?: number | undefined;
        wakeTimeoutMs?: number | undefined;
        required?: boolean | undefined;
      }
    | undefined;
  confirm?: 'none' | 'ping' | { everyMs?: number | undefined } | undefined;
  retry?: RetryOptions | undefined;
  reconnect?: boolean | undefined;
  /** Only whether it is there is read. */
  authenticate?: unknown;
  /** Only whether it is a function is read. */
  url?: unknown;
  /** Only whether it is a function is read. */
  protocols?: unknown;
  /** Only whether it is there is read. */
  parentRef?: unknown;
}

/** Everything the chart can be told. Commands are imperative, facts are in the past tense. */
export type ConnectionEvent =
  | { type: 'client.connect' }
  | { type: 'client.reconnect' }
  /** `code` 1000 or 3000–4999, `reason` at most 123 bytes of UTF-8. */
  | { type: 'client.disconnect'; code?: number | undefined; reason?: string | undefined }
  | {
      type: 'client.send';
      message: unknown;
      /** Unit ms; the outbox's own where left out. */
      ttlMs?: number;
      key?: string;
      /** False: drop it rather than hold it. */
      queue?: boolean;
    }
  /** The transport runs in an actor that is not new: stopped and started again, or restored from a snapshot. */
  | { type: 'transport.started'; restored?: boolean }
  | { type: 'transport.resolved'; token: number }
  | { type: 'transport.rejected'; token: number; code?: 'provider-failed' | 'no-websocket' }
  /** `protocol` is for people to see; the client leaves it out, since it may be a credential. */
  | {
      type: 'socket.opened';
      protocol?: string;
      greets: boolean;
      /** False: there is no way to ping. An object: there is, and a hub said how often. */
      heartbeat: boolean | HeartbeatPace;
    }
  | { type: 'socket.greeted' }
  /** The `greet` function was rejected. */
  | { type: 'socket.refused' }
  /** A frame came while a probe was out; `pong` where it is the answer to our ping. */
  | { type: 'socket.alive'; pong: boolean }
  /** The socket's `readyState` is CLOSING: its end is near, or stuck. */
  | { type: 'socket.closing' }
  | {
      type: 'socket.closed';
      close: Close;
      verdict: CloseVerdict;
      /** A hint of the server or of `verdict`: not before so many ms. */
      retryAfterMs?: number | undefined;
      /** The status of a refused upgrade, where the platform tells. */
      httpStatus?: number | undefined;
      /** The handshake was completed: the code is the peer's own, also where `socket.opened` was not told yet. */
      hasOpened?: boolean | undefined;
    }
  | { type: 'network.online' }
  | { type: 'network.offline' }
  | { type: 'page.hidden' }
  | { type: 'page.left' }
  | { type: 'page.resumed' }
  | { type: 'clock.jumped' }
  | { type: 'hub.draining'; retryAfterMs: number }
  /** The hub wants us back now. */
  | { type: 'drain.due' }
  | {
      type: 'outbox.changed';
      level: OutboxLevel;
      /** When the outbox wants to be looked at again; left out: not at all. */
      dueInMs?: number | undefined;
      /** True: from now on messages wait for their confirmation; false: none does any more; left out: as before. */
      isConfirming?: boolean | undefined;
    }
  | { type: 'outbox.due' }
  | { type: 'confirm.due' };

/** What whoever knows the clock and the socket writes on an event by which silence, or the wait for a close frame, is judged. */
export interface Stamp {
  /** The timer itself was held up. */
  readonly isLate?: boolean;
  /** How much longer the silence may last, for what lies in front of the pong; left out where no ping is out. Unit ms. */
  readonly excusedMs?: number | undefined;
}

/** What the chart looks at when it asks a question or changes a fact. */
export interface Now {
  readonly context: ConnectionContext;
  readonly event: ConnectionEvent;
}

/** Whoever is told what the connection does: an actor that invokes or spawned it. */
export interface ParentRef {
  send(event: { type: string }): void;
}

/** Time and chance as the chart sees them; `self` is the actor that asks. */
export interface Ports {
  /** Unit ms, of any epoch, never going back. It goes on while the machine sleeps. */
  now(self: unknown): number;
  /** The same without sleep, as timers go. Unit ms. */
  awake(self: unknown): number;
  /** At least 0, below 1. */
  random(self: unknown): number;
}
