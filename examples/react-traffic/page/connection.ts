/** The hooks of this page, with the types of its topics. */
import { createConnectionHooks, createTopicHooks } from '../../../src/react/index.ts';
import type { Topics } from '../topics.ts';

export const { ConnectionProvider, ConnectionStatus } = createConnectionHooks();
export const { useTopic, useTopicState, useTopicClient } = createTopicHooks<Topics>();
