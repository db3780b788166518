import { useState } from 'react';
import { createConnection, type Connection, type ConnectionOptions } from '../index.ts';
import { leaseOf } from './lease.ts';
import { useNewest } from './newest.ts';
import { useCommitEffect } from './platform.ts';
import { share, sharedAt } from './sharedConnections.ts';

/** Options as a component has them: the address may not be known yet. */
export type OwnOptions<In = any, Out = any> = Omit<ConnectionOptions<In, Out>, 'url'> & {
  readonly url: ConnectionOptions<In, Out>['url'] | null;
};

/**
 * The connection that belongs to a component's options. Functions among them are always those of the newest render, and
 * never a reason for another connection; anything else that changes is. Nothing is dialled here.
 * Throws a ConnectionError `'invalid-option'`.
 */
export function useOwnConnection(options: OwnOptions | undefined, isShared = false): Connection | undefined {
  const newest = useNewest(options);
  const url = written(options?.url);
  const rest = written({ ...options, url: isShared });
  /** Where those who share it look for it. */
  const address = isShared && typeof options?.url !== 'function' ? (options?.url ?? undefined) : undefined;
  const make = (previous?: Own): Own => {
    if (options === undefined) return { url, rest, connection: undefined };
    const shared = address === undefined ? undefined : sharedAt(address);
    // Asked for when it is dialled: by then it is known.
    const wished = { ...options, url: options.url === null ? () => newest.current?.url : options.url };
    const connection =
      shared ?? createConnection(following(wished, () => newest.current ?? wished) as ConnectionOptions);
    // What was sent while the address was not known goes out; the other one has shown that it is an address.
    const isLearned = previous?.url === written(null) && previous.rest === rest && !isShared;
    return { url, rest, connection: isLearned ? previous.connection : connection };
  };
  const [own, setOwn] = useState(make);
  const isCurrent = own.url === url && own.rest === rest;
  const current = isCurrent ? own : make(own);
  if (!isCurrent) setOwn(current);

  // Who shares what with whom is settled when a render takes effect: meanwhile another may have begun, or the last have ended.
  useCommitEffect(() => {
    if (address === undefined || current.connection === undefined) return;
    const shared = sharedAt(address);
    if (shared === current.connection) return;
    if (shared === undefined && !isOver(current.connection)) return share(address, current.connection);
    leaseOf(current.connection).passOver();
    setOwn(make());
  });
  return current.connection;
}

interface Own {
  readonly url: string;
  readonly rest: string;
  readonly connection: Connection | undefined;
}

const isOver = (connection: Connection): boolean => connection.getSnapshot().status !== 'active';

/** Made by libraries and platforms: neither copied nor compared. */
const foreign: ReadonlySet<string> = new Set(['WebSocket', 'schema', 'environment', 'clock', 'inspect', 'parentRef']);

/** What tells options apart: all but their functions, and what else nobody can look into. */
function written(options: unknown): string {
  return JSON.stringify({ options }, (key, value: unknown) => {
    if (foreign.has(key) || typeof value === 'function') return typeof value;
    if (typeof value === 'number' || typeof value === 'bigint') return String(value);
    if (isPlain(value))
      return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
    return typeof value !== 'object' || value === null || Array.isArray(value) ? value : 'object';
  });
}

/** A copy whose functions call those of the newest options. */
function following(options: object, newest: () => object): object {
  const entries = Object.entries(options).map(([key, value]: [string, unknown]) => {
    if (foreign.has(key)) return [key, value];
    const member = (): unknown => (newest() as Readonly<Record<string, unknown>>)[key];
    if (typeof value === 'function') {
      return [
        key,
        (...given: unknown[]): unknown => {
          const method = member();
          return Reflect.apply(typeof method === 'function' ? method : value, newest(), given);
        },
      ];
    }
    return [key, isPlain(value) ? following(value, () => member() ?? value) : value];
  });
  return Object.fromEntries(entries) as object;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
