import { useEffect, useSyncExternalStore } from 'react';
import { isConnectionError } from '../index.ts';
import {
  topicClientOf,
  type Gap,
  type SubscribeOptions,
  type TopicClient,
  type TopicMap,
  type TopicMessage,
  type TopicName,
  type TopicStatus,
} from '../topics/index.ts';
import { nearest, useConnectionOf } from './context.ts';
import { useKept } from './kept.ts';
import { useNewest } from './newest.ts';
import { Paced, usePacedValue } from './paced.ts';

/* eslint @typescript-eslint/no-unnecessary-type-parameters: 'off' -- What a topic carries is said at the hook. */
/** Hooks for the topics of the nearest provider's connection, which offers `topics.v1+json` among its `protocols`. */
export interface TopicHooks<Topics extends TopicMap = Record<string, any>> {
  /**
   * Listens to a topic while the component is shown. Without a `listener` it gives the newest data, rendered anew once per
   * frame at most; with one it calls the newest of them for every message, and renders nothing. `last`, `since` and `onGap` as
   * of {@link TopicClient.subscribe}; another `last` begins anew.
   */
  readonly useTopic: {
    <T extends TopicName<Topics>>(topic: T, listener?: undefined, options?: SubscribeOptions): Topics[T] | undefined;
    <T extends TopicName<Topics>>(
      topic: T,
      listener: (data: Topics[T], message: TopicMessage<Topics[T]>) => void,
      options?: SubscribeOptions,
    ): void;
  };
  /** How a topic stands, whoever listens to it: its state, the last gap that was announced, why it is denied. Rendered anew when that changes. */
  readonly useTopicState: (topic: TopicName<Topics>) => TopicStatus;
  /** The topic client of the connection, to publish with. It stays the same, and causes no render. */
  readonly useTopicClient: () => TopicClient<Topics>;
}

type TopicListener = (data: any, message: TopicMessage) => void;

/** The topic client of the nearest provider's connection, to publish with. It stays the same, and causes no render. */
export function useTopicClient(): TopicClient {
  return topicClientOf(useConnectionOf(nearest));
}

export function useTopic(
  topic: string,
  listener?: TopicListener,
  { last, since, onGap }: SubscribeOptions = {},
): unknown {
  // While it is drawn: before the provider dials, so that the hub hears first who we are.
  const client = useTopicClient();
  const newest = useNewest({ listener, since, onGap });
  const value = useKept(makeValue, [client, topic]);
  useEffect(
    () =>
      subscribed(client, topic, {
        last,
        since: newest.current.since,
        onGap: (gap) => newest.current.onGap?.(gap),
        hand: (data, message) => {
          const { listener: hand } = newest.current;
          if (hand === undefined) value.set(data);
          else hand(data, message);
        },
      }),
    [client, topic, last, newest, value],
  );
  return usePacedValue(value.paced);
}

/** How a topic of the nearest provider's connection stands, whoever listens to it. Rendered anew when that changes. */
export function useTopicState(topic: string): TopicStatus {
  const client = useTopicClient();
  const { subscribe, get } = useKept(
    () => ({
      subscribe: (listener: () => void) => client.onStatus(topic, listener),
      get: () => client.status(topic),
    }),
    [client, topic],
  );
  return useSyncExternalStore(subscribe, get, idle);
}

/** The hooks with the types of an application's topics. They are the same hooks. */
export function createTopicHooks<Topics extends TopicMap>(): TopicHooks<Topics> {
  return { useTopic, useTopicState, useTopicClient } as unknown as TopicHooks<Topics>;
}

/** What a server draws: nobody listens there. */
const atRest: TopicStatus = { state: 'idle', gap: undefined, denial: undefined };
const idle = (): TopicStatus => atRest;

/** The newest message of a topic, to be rendered once for each frame at most. */
function makeValue() {
  let latest: unknown = undefined;
  const paced = new Paced<unknown>(() => latest, 'frame');
  const set = (data: unknown): void => {
    latest = data;
    paced.changed();
  };
  return { paced, set };
}

interface Wish {
  readonly last: number | undefined;
  readonly since: SubscribeOptions['since'];
  readonly onGap: (gap: Gap) => unknown;
  readonly hand: TopicListener;
}

/** Over a connection that has been disposed of there is nothing to hear, as with messages. */
function subscribed(client: TopicClient, topic: string, { hand, ...options }: Wish): () => void {
  try {
    return client.subscribe(topic, hand, options).unsubscribe;
  } catch (error) {
    if (isConnectionError(error) && error.code === 'disposed') return () => undefined;
    throw error;
  }
}
