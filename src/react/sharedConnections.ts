'use client';
import type { Connection, ConnectionOptions } from '../index.ts';

/** Weak, since a render that never takes effect leaves what it made behind. */
const connections = new Map<string, WeakRef<Connection>>();
const collected = new FinalizationRegistry<string>((key) => {
  if (connections.get(key)?.deref() === undefined) connections.delete(key);
});

/** The connection that all who share an address have together: that of the first, with its options. */
export function shared(url: NonNullable<ConnectionOptions['url']>, create: () => Connection): Connection {
  if (typeof url === 'function') return create();
  const key = String(url);
  const existing = connections.get(key)?.deref();
  if (existing !== undefined && existing.getSnapshot().status === 'active') return existing;
  const connection = create();
  connections.set(key, new WeakRef(connection));
  collected.register(connection, key);
  return connection;
}
