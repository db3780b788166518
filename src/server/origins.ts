import { isIPv4 } from 'node:net';

/** Scheme and authority, and nothing after them: no userinfo, path or query. RFC 6454 §6.2. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@\\]+$/iu;
/** `host[:port]`. RFC 9110 §7.2. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w.~-]+)(?::\d{1,5})?$/iu;
const LONGEST_SHOWN = 128;

/** Why the page of an `Origin` header may not connect, and which option would let it; undefined: it may. */
export type OriginCheck = (origin: string | undefined, host: string | undefined) => string | undefined;

/**
 * Reads the option `allowedOrigins`. A client without `Origin` is no browser and may connect; `null` may not. A list stands in place of
 * the default, and compares scheme, host and port without regard to case. Default: the host of the `Host` header, port included, and
 * any page of this machine to this machine. Throws a TypeError for an entry that is no origin.
 */
export function originCheck(allowed: readonly string[] | ((origin: string) => boolean) | undefined): OriginCheck {
  if (typeof allowed === 'function') {
    return (origin) => {
      if (origin === undefined) return undefined;
      const answer: unknown = allowed(origin);
      if (answer === true) return undefined;
      // A promise is no answer, whatever comes of it.
      if (answer instanceof Promise) answer.catch(() => undefined);
      return `the function allowedOrigins does not allow ${shown(origin)}: it has to return true, at once`;
    };
  }
  const listed = allowed === undefined ? undefined : new Set(allowed.map(entryKey));
  return (origin, host) => {
    if (origin === undefined) return undefined;
    const page = originUrl(origin);
    if (page === undefined) {
      return `the origin ${shown(origin)} tells no page from another; only a function allowedOrigins can allow it`;
    }
    if (listed !== undefined) {
      return listed.has(keyOf(page)) ? undefined : `allowedOrigins does not list ${shown(origin)}`;
    }
    if (isSameHost(page, host) || (isLoopback(page) && isLoopback(hostUrl(host, 'http:')))) return undefined;
    return `the origin ${shown(origin)} is not this host; list it in allowedOrigins, as is needed behind a proxy that changes the Host header`;
  };
}

/** A `Host` header as a URL, with default ports as the scheme has them; undefined where it is none. */
export function hostUrl(host: string | undefined, scheme: string): URL | undefined {
  return host !== undefined && HOST.test(host) ? urlOf(`${scheme}//${host}`) : undefined;
}

function originUrl(origin: string): URL | undefined {
  const url = ORIGIN.test(origin) ? urlOf(origin) : undefined;
  return url?.host === '' ? undefined : url;
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** As browsers write it. Schemes the URL standard has no origin for, as those of extensions, are compared by their letters. */
function keyOf({ protocol, host }: URL): string {
  return `${protocol}//${host.toLowerCase()}`;
}

function entryKey(entry: string): string {
  const url = originUrl(entry.replace(/\/$/u, ''));
  if (url === undefined || entry.includes('*')) {
    throw new TypeError(
      `allowedOrigins: '${entry}' is no origin, which is scheme, host and port as in 'https://app.example.com'; for anything else give a function`,
    );
  }
  return keyOf(url);
}

function isWeb({ protocol }: URL): boolean {
  return protocol === 'http:' || protocol === 'https:';
}

function isSameHost(page: URL, host: string | undefined): boolean {
  return isWeb(page) && page.host === hostUrl(host, page.protocol)?.host;
}

function isLoopback(url: URL | undefined): boolean {
  if (url === undefined || !isWeb(url)) return false;
  const { hostname } = url;
  return hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
}

function shown(origin: string): string {
  if (origin === 'null') return 'null';
  const page = originUrl(origin);
  return page === undefined ? '(unreadable)' : `'${keyOf(page).slice(0, LONGEST_SHOWN)}'`;
}
