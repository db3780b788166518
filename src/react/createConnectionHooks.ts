import { createContext, type ReactNode } from 'react';
import type { Connection, ConnectionSnapshot, StateName } from '../index.ts';
import { providerOf, type ConnectionProviderProps } from './ConnectionProvider.tsx';
import { connectionStatusOf, type ConnectionStatusProps } from './ConnectionStatus.tsx';
import { stateHook } from './connectionState.ts';
import { useConnectionOf, type ConnectionContext } from './context.ts';
import { latestMessageHook, messageHook, messagesHook } from './messages.ts';
import type { Pace } from './paced.ts';
import { statusHook, type Status, type StatusLabels } from './status.ts';

/** Provider, hooks and status line that belong together, for one type of messages. */
export interface ConnectionHooks<In, Out> {
  /**
   * Gives a connection to the components in it. It dials when it is mounted and hangs up when it is unmounted; a
   * connection that somebody else has dialled is left to them. One made from `options` is disposed of in the end, and
   * made anew where `url` or any other option changes that is not a function: the old socket is gone before the new one dials.
   * Throws a ConnectionError `'invalid-option'` for both or neither of its props, and for options that cannot be used.
   */
  readonly ConnectionProvider: (props: ConnectionProviderProps<In, Out>) => ReactNode;
  /** The connection of the nearest provider. It stays the same through all states, so that it causes no render. Throws `'no-provider-component'` outside of one, as all hooks do. */
  readonly useConnection: () => Connection<In, Out>;
  /** The state, or what `selector` makes of the chart's snapshot. Rendered anew only where that has changed, compared one level deep. */
  readonly useConnectionState: { (): StateName; <T>(selector: (snapshot: ConnectionSnapshot) => T): T };
  /** The state in words, for a status line of one's own. Rendered anew when the state changes or another attempt is planned. */
  readonly useConnectionStatus: (labels?: Partial<StatusLabels>) => Status;
  /** Calls the newest `listener` for every message, once, while the component is shown. Renders nothing. */
  readonly useMessage: (listener: (message: In, event: unknown) => void) => void;
  /**
   * The newest message, or what `selector` makes of it; where it gives `undefined`, the message is not meant. `undefined` until there is one.
   * Rendered anew once per frame at most, or per `everyMs` (unit ms · default `'frame'` · from 0, else it throws `'invalid-option'`); messages in between are skipped, the last one never is.
   */
  readonly useLatestMessage: {
    (selector?: undefined, options?: { readonly everyMs?: Pace }): In | undefined;
    <T>(selector: (message: In) => T | undefined, options?: { readonly everyMs?: Pace }): T | undefined;
  };
  /** The newest messages, oldest first. None is skipped; rendered anew once per frame at most. `last`: how many at most · default 100 · range 0 … ∞, whole, else it throws `'invalid-option'`. */
  readonly useMessages: (options?: { readonly last?: number }) => readonly In[];
  /** One line for people: a dot, the state in words, a countdown to the next attempt, and a button to make it now. Only the countdown is rendered each second. */
  readonly ConnectionStatus: (props: ConnectionStatusProps) => ReactNode;
}

/**
 * Makes a provider with hooks of its own: typed, and apart from those of another set, so that a component can use two
 * connections. Hooks of a set without its provider above them use the nearest provider of any.
 */
export function createConnectionHooks<In = any, Out = any>(): ConnectionHooks<In, Out> {
  const own: ConnectionContext = createContext<Connection | null>(null);
  return {
    ConnectionProvider: providerOf(own),
    useConnection: () => useConnectionOf(own),
    useConnectionState: stateHook(own),
    useConnectionStatus: statusHook(own),
    useMessage: messageHook(own),
    useLatestMessage: latestMessageHook(own),
    useMessages: messagesHook(own) as ConnectionHooks<In, Out>['useMessages'],
    ConnectionStatus: connectionStatusOf(own),
  };
}
