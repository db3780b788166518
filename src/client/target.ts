import { ConnectionError, invalidOption } from './errors.ts';

const ACCEPTED_URL = 'ws:, wss:, http: or https:, without a fragment (in a browser also relative to the page)';

/** An address that any WebSocket class takes. WHATWG WebSockets §3.1: `http(s)` becomes `ws(s)`. */
export function normalizeUrl(value: unknown): string {
  // An empty one would be the page itself: most likely a setting that is missing.
  if (!(typeof value === 'string' || value instanceof URL) || value === '')
    throw invalidOption('url', ACCEPTED_URL, value);
  const url = parse(value);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new ConnectionError('invalid-option', `url: ${ACCEPTED_URL}; got the scheme ${url.protocol}`);
  }
  if (url.hash !== '') throw new ConnectionError('invalid-option', `url: ${ACCEPTED_URL}; got one with a fragment`);
  return url.href;
}

/** An address of the page's own server, where there is no page: a server renders, and only the browser will dial. */
export function isForPage(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('/') && pageAddress() === undefined;
}

function pageAddress(): string | undefined {
  const { document, location } = globalThis as { document?: { baseURI?: string }; location?: { href?: string } };
  return document?.baseURI ?? location?.href;
}

function parse(value: string | URL): URL {
  const base = pageAddress();
  try {
    return new URL(value, base);
  } catch {
    // Not kept as cause: Node's error shows the whole address, and a credential in it.
    throw invalidOption('url', ACCEPTED_URL, value);
  }
}

/** RFC 9110 §5.6.2: what a subprotocol's name may be made of. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/u;

/** Subprotocols as a WebSocket class takes them; `undefined` for none. RFC 6455 §4.1: tokens, each once. */
export function normalizeProtocols(value: unknown): string | string[] | undefined {
  if (value === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!list.every((name) => typeof name === 'string' && TOKEN.test(name)) || new Set(list).size !== list.length) {
    throw invalidOption('protocols', "names of subprotocols, each once, of letters, digits and !#$%&'*+-.^_`|~", value);
  }
  if (list.length === 0) return undefined;
  return value as string | string[];
}
