/**
 * The public face as it was promised: names and signatures, for what exists so far. The assertions are in contract.cases.ts.
 *
 * Left out, since they do not exist yet: the options `authenticate`, `greet` and `confirm`, and the entries
 * react, topics, server, websocket, react-native and testing.
 */
/* eslint-disable @typescript-eslint/no-explicit-any -- The promise leaves the types of messages open. */
export type StateName = 'idle' | 'connecting' | 'open' | 'backoff' | 'closed' | 'failed';
export type RawData = string | ArrayBuffer | ArrayBufferView | Blob;
export type Disposition = 'sent' | 'queued' | 'dropped' | 'rejected';
export type Outcome = 'sent' | 'confirmed' | 'acked' | 'expired' | 'dropped' | 'rejected' | 'uncertain';
export type ErrorCode =
  | 'invalid-option'
  | 'no-websocket'
  | 'provider-failed'
  | 'greet-failed'
  | 'connect-timeout'
  | 'closed'
  | 'fatal-close'
  | 'attempts-exhausted'
  | 'unauthorized'
  | 'too-large'
  | 'overflow'
  | 'expired'
  | 'uncertain'
  | 'slow-consumer'
  | 'disposed'
  | 'denied'
  | 'unavailable'
  | 'no-provider-component';

export interface ConnectionError extends Error {
  readonly code: ErrorCode;
  readonly cause?: unknown;
}

export interface Close {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}
export type Verdict = 'retry' | 'refresh' | 'fail' | { readonly retryAfterMs: number };
export type Reason = 'first' | 'retry' | 'unauthorized' | 'reconnect' | 'resumed' | 'drained';

export interface Codec<In, Out> {
  encode(message: Out): RawData;
  decode(data: unknown): In;
}
export interface HeartbeatOptions {
  intervalMs?: number;
  timeoutMs?: number;
  wakeTimeoutMs?: number;
  ping?: RawData | ((token: string) => RawData);
  isPong?: (data: unknown) => boolean;
  pongToken?: (data: unknown) => string | undefined;
  required?: boolean;
}
export interface RetryOptions {
  baseMs?: number;
  capMs?: number;
  hintCapMs?: number;
  maxAttempts?: number;
  jitter?: 'full' | 'equal' | 'none';
}
export interface OutboxOptions<Out> {
  maxMessages?: number;
  maxBytes?: number;
  ttlMs?: number;
  overflow?: 'drop-oldest' | 'drop-newest' | 'reject';
  keyOf?: (message: Out) => string | undefined;
  rate?: { messages: number; perMs: number };
}
export interface Attempt {
  readonly attempt: number;
  readonly reason: Reason;
  readonly signal: AbortSignal;
  readonly credential?: unknown;
}
export type Provider<T> = T | ((attempt: Attempt) => T | Promise<T>);
export interface Environment {
  start(
    report: (event: {
      type: 'network.online' | 'network.offline' | 'page.hidden' | 'page.left' | 'page.resumed';
    }) => void,
  ): () => void;
  now?(): number;
}

/** `schema`, `parentRef`, `inspect` and `clock` were promised as `unknown` and are stricter: inference.cases.ts shows what they take. */
export interface ConnectionOptions<In = any, Out = any> {
  url: Provider<string | URL>;
  protocols?: Provider<string | string[] | undefined>;
  WebSocket?: new (url: string, protocols?: string | string[]) => any;
  createSocket?: (url: string, protocols: string | string[] | undefined, attempt: Attempt) => any;
  binaryType?: BinaryType;
  codec?: 'json' | 'raw' | Codec<In, Out>;
  connectTimeoutMs?: number;
  closeTimeoutMs?: number;
  stableAfterMs?: number;
  maxBufferedBytes?: number;
  heartbeat?: 'auto' | false | HeartbeatOptions;
  retry?: RetryOptions;
  reconnect?: boolean;
  outbox?: OutboxOptions<Out>;
  verdict?: (close: Close) => Verdict | undefined;
  environment?: Environment;
  random?: () => number;
  id?: string;
}

export interface ConnectionEvents<In = any, Out = any> {
  state: { state: StateName; previous: StateName; since: number; because: string };
  opened: { attempt: number; protocol: string };
  lost: { close: Close; because: string };
  retrying: { attempt: number; delayMs: number; at: number; because: string };
  closed: { close: Close | undefined };
  failed: { error: ConnectionError };
  message: { message: In };
  invalid: { data: unknown; error: unknown };
  outcome: { outcome: Outcome; reason?: string; message: Out };
  dropped: { outcome: 'dropped' | 'expired' | 'rejected' | 'uncertain'; reason: string; message: Out };
  outbox: { level: 'empty' | 'holding' | 'full'; messages: number; bytes: number };
  heartbeat: { roundTripMs: number } | { answered: false };
  warned: {
    code:
      | 'heartbeat-off'
      | 'ping-unanswered'
      | 'unconfirmable'
      | 'not-json'
      | 'closed-after-ping'
      | 'still-down'
      | 'upgrade-refused';
    message: string;
  };
}
export interface ConnectionStats {
  state: StateName;
  since: number;
  attempt: number;
  roundTripMs: number | undefined;
  heartbeat: 'off' | 'unknown' | 'answered' | 'unanswered';
  sent: { messages: number; bytes: number };
  received: { messages: number; bytes: number };
  outbox: { messages: number; bytes: number; uncovered: number };
  outcomes: Record<Outcome, number>;
  sockets: number;
  reconnects: number;
  transitions: Record<string, number>;
}
export interface ControlRecord {
  readonly at: number;
  readonly state: string;
  readonly event: string;
  readonly because: string;
}

/** `actor`, `subscribe` and `getSnapshot` were promised as `any`: inference.cases.ts shows their types. */
export interface Connection<In = any, Out = any> {
  readonly state: StateName;
  readonly isConnected: boolean;
  readonly actor: any;
  connect(): this;
  reconnect(): this;
  disconnect(code?: number, reason?: string): void;
  dispose(): void;
  send(message: Out, options?: { ttlMs?: number; key?: string; queue?: boolean }): Disposition;
  deliver(
    message: Out,
    options?: { ttlMs?: number; key?: string },
  ): Promise<{ outcome: Outcome; reason?: string; error?: ConnectionError }>;
  onMessage(listener: (message: In, event: unknown) => void): () => void;
  on<K extends keyof ConnectionEvents>(name: K, listener: (event: ConnectionEvents<In, Out>[K]) => void): () => void;
  messages(options?: { signal?: AbortSignal; maxMessages?: number }): AsyncIterableIterator<In>;
  opened(signal?: AbortSignal): Promise<void>;
  drained(options?: { belowBytes?: number; signal?: AbortSignal }): Promise<void>;
  subscribe(listener: (snapshot: any) => void): (() => void) & { unsubscribe(): void };
  getSnapshot(): any;
  stats(): ConnectionStats;
  history(): readonly ControlRecord[];
  explain(): string;
}

export type ConnectionOutput<In = any, Out = any> = {
  [K in keyof ConnectionEvents]: { type: `connection.${K}` } & ConnectionEvents<In, Out>[K];
}[keyof ConnectionEvents];

/** The values of `socketchart`, as callers call them. */
export interface Entry {
  createConnection: {
    <In = any, Out = any>(url: string | URL, options?: Omit<ConnectionOptions<In, Out>, 'url'>): Connection<In, Out>;
    <In = any, Out = any>(options: ConnectionOptions<In, Out>): Connection<In, Out>;
  };
  connectionFrom: <In = any, Out = any>(actor: any) => Connection<In, Out>;
  provideConnection: <In = any, Out = any>(options: ConnectionOptions<In, Out>) => any;
  connectionMachine: any;
  isConnectionError: (value: unknown) => value is ConnectionError;
}
