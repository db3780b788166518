'use client';
import type { ReactNode } from 'react';
import { ConnectionError, type Connection, type ConnectionOptions } from '../index.ts';
import { nearest, type ConnectionContext } from './context.ts';
import { useLease } from './lease.ts';
import { useOwnConnection } from './ownConnection.ts';

/** Either a connection of the application's own, or the options of one that the provider makes. */
export type ConnectionProviderProps<In = any, Out = any> = { readonly children?: ReactNode } & (
  | { readonly connection: Connection<In, Out>; readonly options?: undefined }
  | { readonly options: ConnectionOptions<In, Out>; readonly connection?: undefined }
);

/** The provider of one set of hooks. */
export function providerOf(Own: ConnectionContext) {
  return function ConnectionProvider({ connection: given, options, children }: ConnectionProviderProps): ReactNode {
    if (!given === !options) {
      const what = `<ConnectionProvider>: give it either connection={…} or options={…}; got ${given ? 'both' : 'neither'}`;
      throw new ConnectionError('invalid-option', what);
    }
    const made = useOwnConnection(options);
    const connection = (given ?? made) as Connection;
    useLease(connection, given === undefined);
    return (
      <nearest.Provider value={connection}>
        <Own.Provider value={connection}>{children}</Own.Provider>
      </nearest.Provider>
    );
  };
}
