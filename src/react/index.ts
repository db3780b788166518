'use client';
/** React: a provider, hooks and a status line over the client. State comes through `useSelector` of `@xstate/react`, messages past React. */
import { providerOf } from './ConnectionProvider.tsx';
import { connectionStatusOf } from './ConnectionStatus.tsx';
import { stateHook } from './connectionState.ts';
import { nearest, useConnectionOf } from './context.ts';
import type { ConnectionHooks } from './createConnectionHooks.ts';
import { latestMessageHook, messageHook, messagesHook } from './messages.ts';
import type { Pace } from './paced.ts';
import { statusHook } from './status.ts';
import { useTopic as untypedUseTopic, type TopicHooks } from './topics.ts';

type Hooks = ConnectionHooks<any, any>;
/* eslint @typescript-eslint/no-unnecessary-type-parameters: 'off' -- Of a set without types, it is said at the hook what the messages are. */
interface LatestMessageHook {
  <M = any>(selector?: undefined, options?: { readonly everyMs?: Pace }): M | undefined;
  <T>(selector: (message: any) => T | undefined, options?: { readonly everyMs?: Pace }): T | undefined;
}

// The set of the nearest provider, one by one: what is not imported is not bundled.
export const ConnectionProvider: Hooks['ConnectionProvider'] = /* @__PURE__ */ providerOf(nearest);
export const useConnection: Hooks['useConnection'] = () => useConnectionOf(nearest);
export const useConnectionState: Hooks['useConnectionState'] = /* @__PURE__ */ stateHook(nearest);
export const useConnectionStatus: Hooks['useConnectionStatus'] = /* @__PURE__ */ statusHook(nearest);
export const useMessage: Hooks['useMessage'] = /* @__PURE__ */ messageHook(nearest);
export const useLatestMessage: LatestMessageHook = /* @__PURE__ */ latestMessageHook(nearest);
export const useMessages: <M = any>(options?: { readonly last?: number }) => readonly M[] =
  /* @__PURE__ */ messagesHook(nearest);
export const ConnectionStatus: Hooks['ConnectionStatus'] = /* @__PURE__ */ connectionStatusOf(nearest);
export const useTopic: TopicHooks['useTopic'] = untypedUseTopic as TopicHooks['useTopic'];
export { createTopicHooks, useTopicClient, useTopicState } from './topics.ts';
export type { TopicHooks } from './topics.ts';
export { createConnectionHooks } from './createConnectionHooks.ts';
export type { ConnectionHooks } from './createConnectionHooks.ts';
export type { ConnectionProviderProps } from './ConnectionProvider.tsx';
export type { ConnectionStatusProps } from './ConnectionStatus.tsx';
export type { Pace } from './paced.ts';
export type { ShownStatus, Status, StatusLabels, StatusTone } from './status.ts';
export { useWebSocket } from './useWebSocket.ts';
export type { UseWebSocketOptions, UseWebSocketResult, WebSocketHandlers } from './useWebSocket.ts';
