import { createContext, useContext, type Context } from 'react';
import { ConnectionError, type Connection } from '../index.ts';

/** The connection of a provider. */
export type ConnectionContext = Context<Connection | null>;

/** That of the nearest provider, whichever set of hooks it belongs to. */
export const nearest: ConnectionContext = /* @__PURE__ */ createContext<Connection | null>(null);

/** The connection of a set's own provider, or else of the nearest. Throws a ConnectionError `'no-provider-component'`. */
export function useConnectionOf(own: ConnectionContext): Connection {
  const ofSet = useContext(own);
  const ofAny = useContext(nearest);
  const connection = ofSet ?? ofAny;
  if (connection !== null) return connection;
  throw new ConnectionError(
    'no-provider-component',
    'this hook needs a <ConnectionProvider> above its component; useWebSocket needs none',
  );
}
