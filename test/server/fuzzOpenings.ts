import type { Draw } from '../simulation/draw.ts';
import { SECRET, words } from './fuzzFrames.ts';

/** Whoever says this is somebody; for what the others stand see {@link tokens}. */
export const GOOD_TOKEN = `${SECRET}-good`;
/** Tokens that make `authenticate` throw, give what is no principal, and never answer. */
export const tokens = { throws: `${SECRET}-throws`, odd: `${SECRET}-odd`, never: `${SECRET}-never` } as const;

/** The head of a request, and what has to come of it. */
export interface Opening {
  readonly kind: string;
  readonly head: Buffer;
  /** The status of the answer; undefined: none is awaited. */
  readonly status: number | undefined;
  readonly isBasic: boolean;
}

interface Request {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** An upgrade that is granted. */
export function drawGranted(draw: Draw): Opening {
  const protocols = draw.weighed<string | undefined>([
    [5, 'topics.v1+json'],
    [2, `${SECRET}, topics.v1+json`],
    [2, undefined],
    [1, `chat, ${SECRET}`],
    [1, 'topics.v2+json'],
    [1, '__proto__, constructor'],
  ]);
  const isBasic = protocols?.includes('topics.v1+json') !== true;
  return opening('granted', 101, { target: target(draw), headers: { 'Sec-WebSocket-Protocol': protocols } }, isBasic);
}

/** An upgrade that is refused, or no upgrade at all. */
export function drawRefused(draw: Draw, hasLogin: boolean): Opening {
  const place = target(draw);
  const cases: [readonly [number, Request], ...(readonly [number, Request])[]] = [
    [426, { target: place, headers: { 'Sec-WebSocket-Version': draw.pick('8', '', 'x', undefined) } }],
    [400, { target: place, headers: { 'Sec-WebSocket-Key': draw.pick('', 'short', '====', undefined) } }],
    [400, { target: place, headers: { 'Sec-WebSocket-Protocol': draw.pick('a,,b', 'a, a', '"', 'a b', '') } }],
    [403, { target: place, headers: { Origin: draw.pick('http://evil.test', 'null', '__proto__', 'http://') } }],
    [404, { target: draw.pick('/', '/ws', '/ws/a/b', '/__proto__', '//ws', '/ws/../ws/a/b') }],
    [400, { target: `/ws/${draw.pick('%E0%A4%A', '%', '%00', 'x'.repeat(129), '%0a')}?token=${GOOD_TOKEN}` }],
    [405, { target: place, method: 'POST' }],
    [426, { target: place, headers: { Upgrade: draw.pick('h2c', '__proto__') } }],
  ];
  if (hasLogin) {
    cases.push(
      [401, { target: `/ws/a?token=${draw.pick('', SECRET, '__proto__')}` }],
      [401, { target: `/ws/a?token=${tokens.throws}` }],
      [500, { target: `/ws/a?token=${tokens.odd}` }],
    );
  }
  const [status, request] = draw.pick(...cases);
  return opening('refused', status, request);
}

/** What nobody need answer: a head that is cut, damaged or none, or one whose credential takes for ever. */
export function drawUnfinished(draw: Draw): Opening {
  const { head } = opening('', undefined, { target: target(draw) });
  const damaged = Buffer.from(head);
  for (let n = draw.whole(1, 5); n > 0; n--) damaged[draw.whole(0, head.length - 1)] = draw.whole(0, 255);
  const endless = opening('', undefined, { target: `/ws/a?token=${tokens.never}` }).head;
  const [kind, bytes] = draw.pick<readonly [string, Buffer]>(
    ['half a head', head.subarray(0, draw.whole(0, head.length - 1))],
    ['half a head', head.subarray(0, draw.whole(0, head.length - 1))],
    ['damaged head', damaged],
    ['no head', Buffer.from(Array.from({ length: draw.whole(1, 300) }, () => draw.whole(0, 255)))],
    ['endless credential', endless],
    ['a request', Buffer.from('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['a frame', Buffer.from([0x81, 0x80, 1, 2, 3, 4])],
  );
  return { kind, head: bytes, status: undefined, isBasic: true };
}

function target(draw: Draw): string {
  const clientId = draw.pick(...words, 'x'.repeat(128), 'a b', '<script>');
  return `/ws/${encodeURIComponent(clientId)}?token=${GOOD_TOKEN}&__proto__=1`;
}

function opening(
  kind: string,
  status: number | undefined,
  { method = 'GET', target = '/', headers = {} }: Request,
  isBasic = true,
): Opening {
  const all: Readonly<Record<string, string | undefined>> = {
    Host: '127.0.0.1',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    Authorization: `Bearer ${SECRET}`,
    Cookie: `session=${SECRET}`,
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
  return { kind, head: Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`), status, isBasic };
}
