import type { ConnectionOptions } from '../../src/index.ts';
import { createConnectionHooks, createTopicHooks } from '../../src/react/index.ts';
import type { PageFrame, PageTopics, PeerFrame } from '../frames.ts';

/** Provider, hooks and status line of this page: they know what is said on its connection. */
export const {
  ConnectionProvider,
  ConnectionStatus,
  useConnection,
  useConnectionState,
  useConnectionStatus,
  useMessage,
} = createConnectionHooks<PeerFrame, PageFrame>();

/** And what is published on its topics. */
export const { useTopic, useTopicClient, useTopicState } = createTopicHooks<PageTopics>();

/** By which the server knows whose socket to drop. */
export const clientId = crypto.randomUUID();

/** `?attempts=1` leaves a single retry: then a restart of the server ends in `failed`. */
const attempts = new URLSearchParams(location.search).get('attempts');

/** Of the connection that the page shows. `equal` keeps the first wait long enough to be seen. */
export const options: ConnectionOptions<PeerFrame, PageFrame> = {
  url: `/ws/${clientId}`,
  protocols: 'topics.v1+json',
  retry: { jitter: 'equal', ...(attempts === null ? {} : { maxAttempts: Number(attempts) }) },
};
