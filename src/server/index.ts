/** The hub: a topic server for Node, on `ws`. */
export { memoryBroker } from './brokers/memory.ts';
export type { MemoryBrokerOptions } from './brokers/memory.ts';
export type { LogBounds } from './brokers/topicLog.ts';
export type { Broker, Entry, Published, Reading, ReadLimit } from './broker.ts';
export { createHub } from './hub.ts';
export type { Hub } from './hub.ts';
export type { Action, Client, Handshake, HubLimits, HubOptions, Logger, Principal } from './options.ts';
export type { HubStats } from './stats.ts';
export { hubClose, SUBPROTOCOL } from '../protocol/topicFrames.ts';
export type {
  ClientFrame,
  FrameErrorCode,
  HelloLimits,
  HubFrame,
  Position,
  ResetReason,
  Rid,
  Unrecovered,
} from '../protocol/topicFrames.ts';
