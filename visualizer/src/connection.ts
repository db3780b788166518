import type { ConnectionOptions } from '../../src/index.ts';
import { createConnectionHooks, createTopicHooks } from '../../src/react/index.ts';
import type { PageFrame, PageTopics, PeerFrame } from '../frames.ts';
import { world } from './world.ts';

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

/** By which the server knows whose numbers it counts. */
export const clientId = crypto.randomUUID();

/** The line to the server, which can be hurt: a port of its own, that the server has written into the page. */
const linePort = document.querySelector<HTMLMetaElement>('meta[name=socketchart-line]')?.content ?? '';
export const wireUrl = `ws://${location.hostname}:${linePort}/ws/${clientId}`;

const query = new URLSearchParams(location.search);
/** `?attempts=1` leaves a single retry: then a restart of the server ends in `failed`. */
const attempts = query.get('attempts');
/** Of this start of the server: without it the page can be watched, and nothing can be hurt. */
export const token = query.get('token') ?? '';
export const mayCommand = token !== '';

/** Of the connection that the page shows. `equal` keeps the first wait long enough to be seen. */
export const options: ConnectionOptions<PeerFrame, PageFrame> = {
  url: wireUrl,
  protocols: 'topics.v1+json',
  environment: world,
  retry: { jitter: 'equal', ...(attempts === null ? {} : { maxAttempts: Number(attempts) }) },
};
