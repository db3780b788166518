/** The package against its promise. What callers write has to be accepted; what they read has to be at least what was promised. */
import type * as promised from './api.contract.ts';
import type * as ours from '../../src/index.ts';
import * as entry from '../../src/index.ts';

interface Message {
  readonly text: string;
}
interface Order {
  readonly item: number;
}

/** Fails to compile unless the first fits where the second is wanted. */
type Fits<Given extends Wanted, Wanted> = Given;
type Same<A extends B, B extends C, C = A> = readonly [A, B, C];

export type Words = [
  Same<ours.StateName, promised.StateName>,
  Same<ours.Disposition, promised.Disposition>,
  Same<ours.Outcome, promised.Outcome>,
  Same<ours.ErrorCode, promised.ErrorCode>,
  Same<ours.Reason, promised.Reason>,
  Same<ours.RawData, promised.RawData>,
  Same<ours.Verdict, promised.Verdict>,
  Same<ours.Close, promised.Close>,
  Same<keyof ours.ConnectionEvents, keyof promised.ConnectionEvents>,
  Same<ours.WarningCode, promised.ConnectionEvents['warned']['code']>,
];

export type Written = [
  Fits<promised.ConnectionOptions<Message, Order>, ours.ConnectionOptions<Message, Order>>,
  Fits<promised.ConnectionOptions, ours.ConnectionOptions>,
  Fits<promised.HeartbeatOptions, ours.HeartbeatOptions>,
  Fits<promised.RetryOptions, ours.RetryOptions>,
  Fits<promised.OutboxOptions<Order>, ours.OutboxOptions<Order>>,
  Fits<promised.Codec<Message, Order>, ours.Codec<Message, Order>>,
  Fits<promised.Environment, ours.Environment>,
  Fits<promised.Provider<string | URL>, ours.Provider<string | URL>>,
];

export type Read = [
  Fits<ours.Connection<Message, Order>, promised.Connection<Message, Order>>,
  Fits<ours.Connection, promised.Connection>,
  Fits<ours.ConnectionStats, promised.ConnectionStats>,
  Fits<ours.ControlRecord, promised.ControlRecord>,
  Fits<ours.ConnectionEvents<Message, Order>, promised.ConnectionEvents<Message, Order>>,
  Fits<ours.ConnectionOutput<Message, Order>, promised.ConnectionOutput<Message, Order>>,
  Fits<promised.ConnectionOutput<Message, Order>['type'], ours.ConnectionOutput<Message, Order>['type']>,
  Fits<ours.ConnectionError, promised.ConnectionError>,
  Fits<ours.Attempt, promised.Attempt>,
  Fits<keyof promised.ConnectionOptions, keyof ours.ConnectionOptions>,
  Fits<keyof promised.Connection, keyof ours.Connection>,
];

/** The types that were promised without a shape are there by name. */
export type Named = [
  ours.ConnectionActorRef,
  ours.ConnectionSnapshot,
  ours.ConnectionInput,
  ours.ConnectionEvent,
  ours.Provider<string>,
];

/** The values are there by name, and take what was promised. */
export const values: promised.Entry = entry;
export const error: ours.ConnectionError = new entry.ConnectionError('closed', 'why', { cause: 1 });
