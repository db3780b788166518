import type { Connection } from '../index.ts';

/** By address, those that a component keeps: what a render that never takes effect has made is not among them. */
const connections = new Map<string, Connection>();

/** The connection that all who share an address have together, if there is one. */
export function sharedAt(url: string | URL): Connection | undefined {
  return connections.get(keyOf(url));
}

/** From now on all who share the address have this one. */
export function share(url: string | URL, connection: Connection): void {
  connections.set(keyOf(url), connection);
}

export function unshare(connection: Connection): void {
  for (const [key, shared] of connections) if (shared === connection) connections.delete(key);
}

/** An address as it is dialled; where a server renders there may be no page that it belongs to. */
function keyOf(url: string | URL): string {
  const { document } = globalThis as { document?: { baseURI?: string } };
  try {
    return new URL(url, document?.baseURI).href.replace(/^http/u, 'ws');
  } catch {
    return String(url);
  }
}
