import type { IncomingMessage } from 'node:http';
import { SUBPROTOCOL } from '../protocol/topicFrames.ts';
import { hostUrl } from './origins.ts';
import { targetOf } from './paths.ts';
import type { Refusal } from './refusal.ts';

/** A token of HTTP. RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^`|~\w]+$/u;
/** 16 bytes in base64. RFC 6455 §4.1. */
const KEY = /^[+/\da-z]{22}==$/iu;

/** What a well-formed opening handshake asks for. RFC 6455 §4.2.1. */
export interface Opening {
  readonly url: URL;
  /** `topics.v1+json`, or empty: basic mode. */
  readonly protocol: string;
  /** The other subprotocols that were offered. */
  readonly others: readonly string[];
}

/** Reads the head of an upgrade before anybody is asked about it. */
export function readOpening(request: IncomingMessage): Opening | Refusal {
  const { headers, method, httpVersion } = request;
  if (headers.upgrade?.toLowerCase() !== 'websocket') {
    return { status: 426, body: 'only WebSocket is spoken here', headers: { Upgrade: 'websocket' } };
  }
  if (method !== 'GET') return { status: 405, body: 'a WebSocket is opened by GET', headers: { Allow: 'GET' } };
  if (headers['sec-websocket-version'] !== '13') {
    return {
      status: 426,
      body: 'only version 13 of WebSocket is spoken here',
      headers: { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
    };
  }
  if (httpVersion !== '1.1') return bad('a WebSocket is opened over HTTP/1.1');
  if (!KEY.test(headers['sec-websocket-key'] ?? '')) return bad('Sec-WebSocket-Key is missing or malformed');
  const offered = offeredProtocols(headers['sec-websocket-protocol']);
  if (offered === undefined) return bad('Sec-WebSocket-Protocol is no list of different tokens');
  const url = hostUrl(headers.host, 'encrypted' in request.socket ? 'wss:' : 'ws:');
  const target = targetOf(request.url ?? '');
  if (url === undefined || target === undefined) return bad('Host or the target of the request is malformed');
  // By a setter: a path that begins with two slashes would be read as another host.
  url.pathname = target.pathname;
  url.search = target.search;
  return {
    url,
    protocol: offered.includes(SUBPROTOCOL) ? SUBPROTOCOL : '',
    others: offered.filter((name) => name !== SUBPROTOCOL),
  };
}

/** Undefined where the header cannot be read: who offers the same twice has not read RFC 6455 §4.1 either. */
function offeredProtocols(header: string | undefined): string[] | undefined {
  if (header === undefined) return [];
  const offered = header.split(',').map((name) => name.trim());
  const isList = offered.every((name) => TOKEN.test(name)) && new Set(offered).size === offered.length;
  return isList ? offered : undefined;
}

function bad(body: string): Refusal {
  return { status: 400, body };
}
