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

/* eslint @typescript-eslint/no-unnecessary-type-parameters: 'off' -- Of a set without types, it is said at the hook what the messages are. */
/** The type of {@link useLatestMessage}: its messages are what the selector says, or `any`. */
export interface LatestMessageHook {
  <M = any>(selector?: undefined, options?: { readonly everyMs?: Pace }): M | undefined;
  <T>(selector: (message: any) => T | undefined, options?: { readonly everyMs?: Pace }): T | undefined;
}

// The set of the nearest provider, one by one: what is not imported is not bundled.

/** Gives a connection to the components in it: dials when it is mounted, hangs up when it is unmounted. As in {@link ConnectionHooks}. */
export const ConnectionProvider: ConnectionHooks<any, any>['ConnectionProvider'] = /* @__PURE__ */ providerOf(nearest);
/** The connection of the nearest provider; it stays the same through all states. Throws a ConnectionError `'no-provider-component'` outside of one, as all hooks do. */
export const useConnection: ConnectionHooks<any, any>['useConnection'] = () => useConnectionOf(nearest);
/** The state, or what a selector makes of the chart's snapshot. Rendered anew only where that has changed, compared one level deep. */
export const useConnectionState: ConnectionHooks<any, any>['useConnectionState'] = /* @__PURE__ */ stateHook(nearest);
/** The state in words, for a status line of one's own. Rendered anew when the state changes or another attempt is planned. */
export const useConnectionStatus: ConnectionHooks<any, any>['useConnectionStatus'] =
  /* @__PURE__ */ statusHook(nearest);
/** Calls the newest listener for every message, once, while the component is shown. Renders nothing. */
export const useMessage: ConnectionHooks<any, any>['useMessage'] = /* @__PURE__ */ messageHook(nearest);
/** The newest message, or what a selector makes of it; `undefined` until there is one. Rendered anew once per frame at most, or per `everyMs`; the last message is never skipped. */
export const useLatestMessage: LatestMessageHook = /* @__PURE__ */ latestMessageHook(nearest);
/** The newest messages, oldest first. None is skipped; rendered anew once per frame at most. `last`: how many · default 100 · range 0 … ∞, whole, else it throws `'invalid-option'`. */
export const useMessages: <M = any>(options?: { readonly last?: number }) => readonly M[] =
  /* @__PURE__ */ messagesHook(nearest);
/** One line for people: a dot, the state in words, a countdown to the next attempt, and a button to make it now. */
export const ConnectionStatus: ConnectionHooks<any, any>['ConnectionStatus'] =
  /* @__PURE__ */ connectionStatusOf(nearest);
/** The newest data of a topic, or with a listener every message of it, while the component is shown. As in {@link TopicHooks}. */
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
