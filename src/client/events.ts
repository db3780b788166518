import type { Close, OutboxLevel, StateName } from '../../machines/connection.types.ts';
import type { ConnectionError } from './errors.ts';
import type { Outcome } from './outbox.ts';

/** What went unusually; told once for each connection, as soon as somebody listens. `'still-down'` is told at every outage that lasts for half of `retry.maxAttempts`. */
export type WarningCode =
  | 'heartbeat-off'
  | 'ping-unanswered'
  | 'unconfirmable'
  | 'not-json'
  | 'closed-after-ping'
  | 'still-down'
  | 'upgrade-refused';

/** One vocabulary: for `connection.on(name)`, for the actor's emitted events, and as `connection.<name>` for a parent machine. Times in ms. */
export interface ConnectionEvents<In = any, Out = any> {
  /** The connection is in another of the six states. `error`, in backoff and failed: what went wrong, with what lay beneath as its cause. */
  state: { state: StateName; previous: StateName; since: number; because: string; error?: ConnectionError };
  /** The gate is up. `attempt`: how many retries it took; `protocol`: what the server chose, or empty. */
  opened: { attempt: number; protocol: string };
  /** The open connection is gone, and not by `disconnect()`. */
  lost: { close: Close; because: string };
  /** The next attempt is planned: in `delayMs`, at `at` of the connection's clock. */
  retrying: { attempt: number; delayMs: number; at: number; because: string };
  /** After `disconnect()`; `close` is undefined where no closing handshake was completed. */
  closed: { close: Close | undefined };
  /** It gave up, and why: `error.code` says which way. */
  failed: { error: ConnectionError };
  /** A message, as the codec made it. `onMessage` is the faster way to the same. */
  message: { message: In };
  /** A frame that the codec or the schema refused. */
  invalid: { data: unknown; error: unknown };
  /** What became of a queued or refused message. */
  outcome: { outcome: Outcome; reason?: string; message: Out };
  /** The same, for those that were not, or not surely, delivered. */
  dropped: { outcome: 'dropped' | 'expired' | 'rejected' | 'uncertain'; reason: string; message: Out };
  /** The outbox has become empty, has begun to hold, or is full. Sizes in bytes. */
  outbox: { level: OutboxLevel; messages: number; bytes: number };
  /** A ping was answered, after so many ms; or this peer answers none. */
  heartbeat: { roundTripMs: number } | { answered: false };
  /** Something is unusual and no failure; `message` says what to do about it. */
  warned: { code: WarningCode; message: string };
}

/** Names for `on`. */
export type EventName = keyof ConnectionEvents;

/** The same names, to look a name up. */
export const eventNames: Readonly<Record<EventName, true>> = {
  state: true,
  opened: true,
  lost: true,
  retrying: true,
  closed: true,
  failed: true,
  message: true,
  invalid: true,
  outcome: true,
  dropped: true,
  outbox: true,
  heartbeat: true,
  warned: true,
};

/** What the actor emits: each of {@link ConnectionEvents} with its name as `type`. */
export type ConnectionEmitted<In = any, Out = any> = {
  [K in EventName]: { type: K } & ConnectionEvents<In, Out>[K];
}[EventName];

/** What a parent machine receives that hands `parentRef: self` over. */
export type ConnectionOutput<In = any, Out = any> = {
  [K in EventName]: { type: `connection.${K}` } & ConnectionEvents<In, Out>[K];
}[EventName];
