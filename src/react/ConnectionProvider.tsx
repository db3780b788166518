import type { ReactNode } from 'react';
import { ConnectionError, type Connection, type ConnectionEvents, type ConnectionOptions } from '../index.ts';
import { nearest, type ConnectionContext } from './context.ts';
import { useLease } from './lease.ts';
import { useNewest } from './newest.ts';
import { useOwnConnection } from './ownConnection.ts';

/** Either a connection of the application's own, or the options of one that the provider makes. */
export type ConnectionProviderProps<In = any, Out = any> = {
  readonly children?: ReactNode;
  /** What was not, or not surely, delivered; also when the provider goes, and with it what is held. The newest of these functions is called. */
  readonly onDropped?: ((event: ConnectionEvents<In, Out>['dropped']) => void) | undefined;
} & (
  | { readonly connection: Connection<In, Out>; readonly options?: undefined }
  | { readonly options: ConnectionOptions<In, Out>; readonly connection?: undefined }
);

/** The provider of one set of hooks. */
export function providerOf(Own: ConnectionContext) {
  return function ConnectionProvider({
    connection: given,
    options,
    onDropped,
    children,
  }: ConnectionProviderProps): ReactNode {
    if (!given === !options) {
      const what = `<ConnectionProvider>: give it either connection={…} or options={…}; got ${given ? 'both' : 'neither'}`;
      throw new ConnectionError('invalid-option', what);
    }
    if (given !== undefined && typeof (given as Partial<Connection>).getSnapshot !== 'function') {
      throw new ConnectionError('invalid-option', '<ConnectionProvider connection>: what createConnection() gave');
    }
    if (options !== undefined && typeof options !== 'object') {
      throw new ConnectionError(
        'invalid-option',
        "<ConnectionProvider options>: an object such as { url: 'wss://example.com' }",
      );
    }
    const made = useOwnConnection(options);
    const connection = (given ?? made) as Connection;
    const newest = useNewest(onDropped);
    useLease(connection, given === undefined, true, () => connection.on('dropped', (event) => newest.current?.(event)));
    return (
      <nearest.Provider value={connection}>
        <Own.Provider value={connection}>{children}</Own.Provider>
      </nearest.Provider>
    );
  };
}
