import { useSyncExternalStore } from 'react';
import { shallowEqual, useSelector } from '@xstate/react';
import type { Connection, ConnectionSnapshot, StateName } from '../index.ts';
import { useConnectionOf, type ConnectionContext } from './context.ts';

/** What `useSelector` asks of an actor. The actor itself is not handed out: it would emit every message, whether anybody listens or not. */
interface Store {
  readonly getSnapshot: () => ConnectionSnapshot;
  readonly subscribe: (observer: { readonly next: (snapshot: ConnectionSnapshot) => void }) => {
    readonly unsubscribe: () => void;
  };
}

const stores = new WeakMap<Connection, Store>();

function storeOf(connection: Connection): Store {
  let store = stores.get(connection);
  if (store === undefined) {
    const { getSnapshot, subscribe } = connection;
    store = { getSnapshot, subscribe: ({ next }) => subscribe(next) };
    stores.set(connection, store);
  }
  return store;
}

const never = (): (() => void) => () => undefined;

/** The state of a snapshot, one of the six. */
export const stateOf = ({ value }: ConnectionSnapshot): StateName =>
  (typeof value === 'string' ? value : Object.keys(value)[0]) as StateName;

/** What a selector makes of the chart's snapshot; the component is rendered anew when that is something else. */
export function useSnapshot<T>(connection: Connection, selector: (snapshot: ConnectionSnapshot) => T): T {
  // A page that was rendered on a server shows `idle`, and has to agree with it at first: the connection may be open by then.
  const isHydrated = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  const select = isHydrated ? selector : (snapshot: ConnectionSnapshot) => selector(asIdle(snapshot));
  return useSelector(storeOf(connection) as never, select as never, shallowEqual) as T;
}

/** The snapshot that a connection with these settings begins with: what the server had. */
function asIdle({ machine, context }: ConnectionSnapshot): ConnectionSnapshot {
  const begin = machine.config.context as (given: { readonly input: undefined }) => typeof context;
  const { settings } = context;
  return machine.resolveState({
    value: 'idle',
    context: { ...begin({ input: undefined }), settings },
  }) as ConnectionSnapshot;
}

export const stateHook = (own: ConnectionContext) =>
  function useConnectionState<T = StateName>(selector?: (snapshot: ConnectionSnapshot) => T): T {
    return useSnapshot(useConnectionOf(own), selector ?? (stateOf as (snapshot: ConnectionSnapshot) => T));
  };
