/** The charts on their own: pure statecharts, to draw, to test, and to provide with actors of one's own. */
export { connectionMachine } from './connection.machine.ts';
export { subscriptionMachine } from './subscription.machine.ts';
export type { SubscriptionContext, SubscriptionEvent, SubscriptionStateName } from './subscription.types.ts';
export type {
  ChartInput,
  ChartSettings,
  Close,
  CloseVerdict,
  ConnectionContext,
  ConnectionEvent,
  ConnectionTag,
  FailureCode,
  Heartbeat,
  HeartbeatPace,
  OutboxLevel,
  Reason,
  RetryOptions,
  StateName,
  Trouble,
} from './connection.types.ts';
