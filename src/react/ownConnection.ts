'use client';
import { useState } from 'react';
import { createConnection, type Connection, type ConnectionOptions } from '../index.ts';
import { useNewest } from './newest.ts';
import { shared } from './sharedConnections.ts';

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
  const make = (previous?: { url: string; rest: string; connection: Connection | undefined }) => {
    const create = (): Connection => {
      // Asked for when it is dialled: by then it is known.
      const wished = { ...options, url: options?.url === null ? () => newest.current?.url : options?.url };
      return createConnection(following(wished, () => newest.current ?? wished) as ConnectionOptions);
    };
    const made = options && (isShared && options.url !== null ? shared(options.url, create) : create());
    // What was sent while the address was not known goes out; the other one has shown that it is an address.
    const isLearned = previous?.url === written(null) && previous.rest === rest && !isShared;
    return { url, rest, connection: isLearned ? previous.connection : made };
  };
  const [own, setOwn] = useState(() => make());
  if (own.url === url && own.rest === rest) return own.connection;
  const next = make(own);
  setOwn(next);
  return next.connection;
}

/** What tells options apart: all but their functions, and what else nobody can look into. */
function written(options: unknown): string {
  return JSON.stringify({ options }, (_, value: unknown) => {
    if (typeof value === 'function') return 'function';
    if (typeof value === 'number' || typeof value === 'bigint') return String(value);
    if (isPlain(value))
      return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
    return typeof value !== 'object' || value === null || Array.isArray(value) ? value : 'object';
  });
}

/** A copy whose functions call those of the newest options. */
function following(options: object, newest: () => object): object {
  const entries = Object.entries(options).map(([key, value]: [string, unknown]) => {
    const member = (): unknown => (newest() as Readonly<Record<string, unknown>>)[key];
    // A class and a schema are not ours to wrap.
    if (typeof value === 'function' && key !== 'WebSocket' && key !== 'schema') {
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
