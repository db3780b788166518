/** Topics over a connection: every message once and in order, or a gap that is told; publishes that enter the log once. */
export { createTopicClient, topicClientOf } from './topicClient.ts';
export type { TopicConnectionOptions } from './topicClient.ts';
export type {
  Gap,
  GapReason,
  Guarantee,
  Published,
  PublishOptions,
  SubscribeOptions,
  TopicClient,
  TopicClientOptions,
  TopicMap,
  TopicMessage,
  TopicName,
  TopicStatus,
  TopicSubscription,
} from './types.ts';
export type { SubscriptionStateName } from '../../machines/subscription.types.ts';
export type { Position } from '../protocol/topicFrames.ts';
