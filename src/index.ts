/** The client: a WebSocket connection as a statechart. */
export { browserEnvironment } from './client/browserEnvironment.ts';
export { connectionFrom, createConnection } from './client/connection.ts';
export type { Connection, ConnectionStats } from './client/connection.ts';
export type { ControlRecord } from './client/chronicle.ts';
export { connectionMachine, provideConnection } from './client/connectionMachine.ts';
export type { ConnectionActorRef, ConnectionInput, ConnectionSnapshot } from './client/connectionMachine.ts';
export { deliveryError } from './client/deliver.ts';
export type { Delivery } from './client/deliver.ts';
export { ConnectionError, isConnectionError } from './client/errors.ts';
export type { ErrorCode } from './client/errors.ts';
export type { ConnectionEmitted, ConnectionEvents, ConnectionOutput, EventName, WarningCode } from './client/events.ts';
export type {
  Attempt,
  Clock,
  ConfirmOptions,
  ConnectionOptions,
  DrainedOptions,
  Environment,
  Greeting,
  HeartbeatOptions,
  OutboxOptions,
  Provider,
  SendOptions,
  Verdict,
  WebSocketClass,
} from './client/options.ts';
export type { Disposition, Outcome } from './client/outbox.ts';
export type { MessagesOptions } from './client/messageIterator.ts';
export { SchemaError } from './protocol/codec.ts';
export type { Codec, RawData, SchemaIssue, SchemaResult, StandardSchema } from './protocol/codec.ts';
export type {
  Close,
  CloseVerdict,
  ConnectionEvent,
  Heartbeat,
  OutboxLevel,
  ParentRef,
  Reason,
  RetryOptions,
  StateName,
} from '../machines/connection.types.ts';
