import type { AnyActorRef, InspectionEvent, Observer } from 'xstate';
import { chartSettings } from '../../machines/connection.facts.ts';
import type {
  ChartInput,
  Close,
  CloseVerdict,
  ParentRef,
  Reason,
  RetryOptions,
} from '../../machines/connection.types.ts';
import type { Codec, RawData, StandardSchema } from '../protocol/codec.ts';

/** What a loss means: a {@link CloseVerdict}, or a retry not before so many ms. */
export type Verdict = CloseVerdict | { readonly retryAfterMs: number };

/** What a provider is told about the attempt it works for. */
export interface Attempt {
  /** Retries since the connection was last fresh; 0 at the first dial. */
  readonly attempt: number;
  readonly reason: Reason;
  /** Aborted when the attempt ends without a connection: deadline, `disconnect()`, `reconnect()`, `dispose()`. */
  readonly signal: AbortSignal;
  /** What `authenticate` gave. */
  readonly credential?: unknown;
}

/** What `greet` is given to talk to the peer with. */
export interface Greeting<In = any, Out = any> {
  /** Straight to the socket, before anything else. Throws a ConnectionError: `'closed'` once the greeting is over. */
  readonly send: (message: Out) => void;
  /** The next message of the peer; no listener sees it. Rejects with `'closed'` when the socket is lost or the attempt ends. */
  readonly receive: () => Promise<In>;
  /** What `authenticate` gave. */
  readonly credential?: unknown;
  /** Aborted when the attempt ends without a connection. */
  readonly signal: AbortSignal;
}

/** How often a pong is asked for while messages wait to be confirmed. */
export interface ConfirmOptions {
  /** After so many messages. Default 64 · range 1 … ∞. */
  everyMessages?: number | undefined;
  /** After so long. Unit ms · default 250 · range 1 … 2³¹−1. */
  everyMs?: number | undefined;
}

/** A value, or a function that is asked for one at every attempt. Its rejection is a failed attempt; its late answer is ignored. */
export type Provider<T> = T | ((attempt: Attempt) => T | Promise<T>);

/** How peers are asked whether they live. */
export interface HeartbeatOptions {
  /** Time between an answer and the next ping. Unit ms · default 25,000 · range 1 … 2³¹−1. Proxies cut idle links after 30 s and more. */
  intervalMs?: number | undefined;
  /** Silence after a ping that counts as death, of a peer that answers pings. Unit ms · default 10,000 · range 1 … 2³¹−1. A slow mobile link answers within 5 s. */
  timeoutMs?: number | undefined;
  /** The same after a wake-up, and while a new socket is proved. Unit ms · default 2,500 · range 1 … 2³¹−1. People are waiting then. */
  wakeTimeoutMs?: number | undefined;
  /** An application frame, or one made for the token. Default `{"type":"ping"}`. */
  ping?: (RawData | ((token: string) => RawData)) | undefined;
  /** Which frames answer it. Default: text of at most 128 characters, an object with `type: 'pong'`. Asked only while a ping is out. */
  isPong?: ((data: unknown) => boolean) | undefined;
  /** The token that a pong carries back: makes round trip and confirmation exact. Default: field `t` of a JSON pong, where `ping` is a function. */
  pongToken?: ((data: unknown) => string | undefined) | undefined;
  /** Silence counts even against a peer that has never answered. Default false. */
  required?: boolean | undefined;
}

/** What is held while the connection is not open, and how much of it. */
export interface OutboxOptions<Out> {
  /** How many messages may wait. Default 1,024 · range 0 … ∞. */
  maxMessages?: number | undefined;
  /** Payload bytes, UTF-8 for text. Unit bytes · default 1,048,576 (1 MiB) · range 0 … ∞. A larger message is `'rejected'`. */
  maxBytes?: number | undefined;
  /** How long a message may wait: to be sent, and with `confirm` for its confirmation. Time during which the machine sleeps counts. Unit ms · default Infinity · range 1 … ∞. */
  ttlMs?: number | undefined;
  /** Which message gives way when it is full. Default `'drop-oldest'`: for most streams the newest is worth most. */
  overflow?: 'drop-oldest' | 'drop-newest' | 'reject' | undefined;
  /**
   * At most `messages` in any `perMs` milliseconds, across sockets; what is past it is `'queued'`. Pings, frames of `greet` and subscriptions of topics count and never wait: leave room for them.
   * `messages` 1 … 1,000,000, `perMs` 1 … 2³¹−1. Default: no limit. For servers that close, or ban, where more comes.
   */
  rate?: { readonly messages: number; readonly perMs: number } | undefined;
  /** A newer message of the same key goes to the tail; the queued one settles as `'dropped'` (`'replaced'`). Default: no keys. */
  keyOf?: ((message: Out) => string | undefined) | undefined;
}

/** How a single message is to be treated. */
export interface SendOptions {
  /** How long it may wait. Unit ms · default that of `outbox.ttlMs` · range 1 … ∞. */
  readonly ttlMs?: number | undefined;
  /** A newer message of the same key takes its place while it waits. Default that of `outbox.keyOf`. */
  readonly key?: string | undefined;
  /** False: `'dropped'` (`'not-open'`) where it would have to wait. Default true. */
  readonly queue?: boolean | undefined;
}

/** What to wait for, and how long. */
export interface DrainedOptions {
  /** How much may still wait. Unit bytes · default 0 · range 0 … ∞. To keep a fast line busy, some 100 kB or more. */
  readonly belowBytes?: number | undefined;
  /** Ends the wait: it rejects with a ConnectionError `'closed'`, whose cause is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Where facts of network and page come from. */
export interface Environment {
  /** Called when the connection begins to care; the function it returns, when it stops. Report what is the case now, at once, then what changes. */
  start(
    report: (event: {
      type: 'network.online' | 'network.offline' | 'page.hidden' | 'page.left' | 'page.resumed';
    }) => void,
  ): () => void;
  /**
   * A clock that does not go back. Unit ms · default `performance.timeOrigin + performance.now()`, which are ms since the epoch. It may stand still while the machine sleeps: what
   * `Date.now()` gains on it by more than 1 s has passed for `connection.now()`. If the two drift apart by more than 10 s, the connection checks its peer as well. Next to a `clock`
   * that has a `now` of its own, this is the wall clock.
   */
  now?(): number;
}

/** Any WebSocket: a browser's, Node's own, that of `ws`, a fake one. WHATWG WebSockets. */
export type WebSocketClass = new (url: string, protocols?: string | string[]) => any;

/** Everything a connection can be told. Only `url` is required. */
export interface ConnectionOptions<In = any, Out = any> {
  /** `ws:`, `wss:`, or `http(s):`, which becomes `ws(s):`; in a browser also relative to the page, and such a one (`/live`) is taken where a server renders. No fragment. */
  url: Provider<string | URL>;
  /** Subprotocols to offer. RFC 6455 §1.9 · default none. */
  protocols?: Provider<string | string[] | undefined>;
  /** Asked at every attempt, before url and protocols. What it gives is handed to them, to `createSocket` and to `greet` as `credential`. A rejection is a failed attempt. */
  authenticate?: ((attempt: Omit<Attempt, 'credential'>) => unknown) | undefined;
  /** Talks to the peer on every new socket, before any ping or message: to log in, to subscribe. A rejection is a failed attempt. */
  greet?: ((greeting: Greeting<In, Out>) => void | Promise<void>) | undefined;
  /** The class to dial with. Default the platform's; Node below 22 has none: give it that of `ws`. */
  WebSocket?: WebSocketClass | undefined;
  /** Makes the socket, where headers, an agent or TLS options are needed. It must not be shared or used elsewhere. */
  createSocket?: ((url: string, protocols: string | string[] | undefined, attempt: Attempt) => any) | undefined;
  /** How binary frames arrive: `'arraybuffer'` or `'blob'`. Default `'arraybuffer'`: it can be read at once. */
  binaryType?: 'arraybuffer' | 'blob' | undefined;
  /** How messages become frames and back. Default `'json'`: objects ↔ JSON text; strings and binary data as they are. `'raw'`: everything as it is. */
  codec?: 'json' | 'raw' | Codec<In, Out> | undefined;
  /** Any Standard Schema that validates at once; `In` is inferred from it. What it refuses goes to `invalid`. */
  schema?: StandardSchema<any, In> | undefined;
  /** For a whole attempt: providers, handshake, greeting, proof. Unit ms · default 10,000 · range 1 … 2³¹−1. */
  connectTimeoutMs?: number | undefined;
  /** How long a socket may take that is closing by itself: its `readyState` was seen to be CLOSING. After that it counts as lost. Unit ms · default 2,000 · range 1 … 2³¹−1. */
  closeTimeoutMs?: number | undefined;
  /** How long `disconnect()`, `reconnect()` and a hub's drain wait for the peer's close frame, which proves that it has read everything sent before. Unit ms · default 10,000: slow lines need time · range 0 (don't wait: what is in transit may be lost) … 2³¹−1. */
  drainTimeoutMs?: number | undefined;
  /** Time in `open` after which failed attempts are forgotten. Unit ms · default 5,000 · range 1 … 2³¹−1. Forgetting at once would let a flapping server be dialled without pause. */
  stableAfterMs?: number | undefined;
  /** `bufferedAmount` above which sends go to the outbox; they drain below half of it. Unit bytes · default 16,777,216 (16 MiB) · range 1 … ∞. */
  maxBufferedBytes?: number | undefined;
  /** `'auto'`: a hub is pinged as it asks for; else protocol pings where the socket can send them (`ws`); else none. An object: pings of the application. Default `'auto'`. */
  heartbeat?: 'auto' | false | HeartbeatOptions | undefined;
  /** `'ping'`, or how often: messages are kept until the pong to a later ping shows that they have arrived, and go out again after a loss. Default `'none'`. */
  confirm?: 'none' | 'ping' | ConfirmOptions | undefined;
  /** How retries are spaced, and how many there are. */
  retry?: RetryOptions | undefined;
  /** False: transport mode, any loss ends in `failed`. Default true. */
  reconnect?: boolean | undefined;
  /** What is held while there is no connection, and how much of it. */
  outbox?: OutboxOptions<Out> | undefined;
  /**
   * Judges a close after the socket had opened, and an upgrade that was refused with an HTTP status: its `reason` is `HTTP 401`
   * then, its `code` what the status counts as. `undefined` leaves it to the table of close codes, and so does one that throws, which is reported.
   */
  verdict?: ((close: Close) => Verdict | undefined) | undefined;
  /** Where facts of network and page come from, wholly. Default `browserEnvironment` in browsers and their workers; elsewhere there is none. */
  environment?: Environment | undefined;
  /** The actor to tell, as `connection.<event>`: `self` of the machine that invokes this one. */
  parentRef?: ParentRef | AnyActorRef | undefined;
  /** Handed to the actor at its creation. It sees states, events and facts; no URL, credential or payload. */
  inspect?: (Observer<InspectionEvent> | ((event: InspectionEvent) => void)) | undefined;
  /** Chance, for the jitter and the tokens of pings: at least 0, below 1. Default `Math.random`. */
  random?: (() => number) | undefined;
  /** Timers of the chart. Default the platform's; in tests `SimulatedClock` of `socketchart/testing`. */
  clock?: Clock | undefined;
  /** Name of the actor, for inspectors. */
  id?: string | undefined;
}

/** Timers, and the time they go by, if the clock has one. A `now` that gives no number counts as standing still. */
export interface Clock {
  setTimeout(fn: (...args: any[]) => void, timeoutMs: number): any;
  clearTimeout(id: any): void;
  now?(): number;
}

/** What does not concern the chart, with defaults filled in. */
export interface DataOptions {
  readonly maxBufferedBytes: number;
  readonly outbox: {
    readonly maxMessages: number;
    readonly maxBytes: number;
    readonly ttlMs: number;
    readonly overflow: 'drop-oldest' | 'drop-newest' | 'reject';
    readonly keyOf?: (message: any) => string | undefined;
    readonly rate?: { readonly messages: number; readonly perMs: number };
  };
  /** Undefined: messages are not kept until they are confirmed. */
  readonly confirm:
    { readonly everyMessages: number; readonly everyMs: number; readonly timeoutMs: number } | undefined;
}

/** Defaults of the data plane. Those of the chart are in machines/connection.facts.ts. */
export const dataDefaults = {
  maxBufferedBytes: 16 * 1024 * 1024,
  outbox: { maxMessages: 1024, maxBytes: 1024 * 1024, ttlMs: Infinity, overflow: 'drop-oldest' },
  confirm: { everyMessages: 64 },
} as const;

export function dataOptions(options: ConnectionOptions): DataOptions {
  const { outbox = {}, maxBufferedBytes, confirm = 'none' } = options;
  const { everyMessages = dataDefaults.confirm.everyMessages } = typeof confirm === 'object' ? confirm : {};
  const { pongTimeoutMs, confirmEveryMs } = chartSettings(chartInput(options));
  return {
    maxBufferedBytes: maxBufferedBytes ?? dataDefaults.maxBufferedBytes,
    outbox: { ...dataDefaults.outbox, ...given(outbox) },
    confirm: confirmEveryMs === null ? undefined : { everyMessages, everyMs: confirmEveryMs, timeoutMs: pongTimeoutMs },
  };
}

/** A copy, so that what was checked stays as it is, of what is not undefined. */
export const given = <T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;

/** The client's options as the chart's input: a compile-time proof that one is assignable to the other. */
export const chartInput = (options: ConnectionOptions): ChartInput => options;
