import type { Draw } from '../simulation/draw.ts';
import { clientFrame } from './rawClient.ts';

/** Whatever is secret holds it: no line of the log may. */
export const SECRET = 'hush-hush';
/** The largest frame that the hub under attack takes. Unit bytes. */
export const PAYLOAD_BYTES = 4_096;
/** The deepest JSON that a hub reads: PROTOCOL.md, Limits. */
const MOST_DEPTH = 128;
/** More pieces than a hub takes of one message. */
const TOO_MANY_PIECES = 1_100;

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** Names that mean something to objects of JavaScript, and some that do not. */
export const words = [
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toString',
  'valueOf',
  'then',
  'toJSON',
  '__defineGetter__',
  '__lookupSetter__',
  'isPrototypeOf',
  'length',
  'denied',
  'later',
  'witness',
  'news',
  'ü',
  '💥',
  '../../etc',
  '%2e%2e',
] as const;

/** What is said in one go, and what has to become of it where that is certain. */
export interface Saying {
  readonly kind: string;
  readonly wire: Buffer;
  /** Of WebSocket. */
  readonly frames: number;
  /** It ends the connection with this code; 1005: without one. */
  readonly end?: number;
  /** It is answered with an error. */
  readonly isMalformed?: boolean;
}

/** What is known of the connection that it is said on. */
export interface Place {
  readonly isBasic: boolean;
  readonly hasLogin: boolean;
}

/** Something that leaves the connection open. */
export function drawHarmless(draw: Draw, place: Place): Saying {
  const say = draw.weighed<() => Saying>([
    [6, () => text('well-formed', JSON.stringify(wellFormed(draw)))],
    [4, () => text('wrong fields', JSON.stringify(wrong(draw, place)), true)],
    [3, () => text('no JSON', noJson(draw), true)],
    [3, () => text('keys of prototypes', ofPrototypes(draw))],
    [2, () => text('other JSON', JSON.stringify(anyValue(draw)))],
    [2, () => deep(draw)],
    [2, () => text('letters changed', changed(draw, JSON.stringify(wellFormed(draw))))],
    [2, () => inPieces(draw, JSON.stringify(wellFormed(draw)))],
    [2, () => control(draw)],
  ]);
  return say();
}

/** Something that ends the connection. */
export function drawFatal(draw: Draw, { isBasic, hasLogin }: Place): Saying {
  const say = draw.weighed<() => Saying>([
    [6, () => noWebSocket(draw)],
    [2, () => one('binary', clientFrame(BINARY, draw.pick('', '{}', '\0\0')), 4400)],
    [3, () => notUtf8(draw)],
    [3, () => tooLarge(draw)],
    [3, () => goodbye(draw)],
    [3, () => oddGoodbye(draw)],
    [0.2, () => tooManyPieces()],
    [
      hasLogin && !isBasic ? 2 : 0,
      () => one('stolen token', clientFrame(TEXT, `{"type":"auth","token":"${SECRET}"}`), 4401),
    ],
  ]);
  return say();
}

function text(kind: string, said: string, isMalformed = false): Saying {
  return { kind, wire: clientFrame(TEXT, said), frames: 1, isMalformed };
}

function one(kind: string, wire: Buffer, end: number): Saying {
  return { kind, wire, frames: 1, end };
}

function wellFormed(draw: Draw): object {
  const topic = draw.pick(...words);
  const rid = draw.pick<unknown>(undefined, draw.pick(...words), draw.whole(-5, 5));
  const id = draw.pick<unknown>(undefined, draw.pick(...words), `id ${draw.whole(0, 1e9)}`);
  const position = { epoch: draw.pick(...words), offset: draw.whole(0, 9) };
  const client = draw.pick<unknown>(undefined, 'hush-hush-hush-hush-hu');
  return draw.pick<object>(
    { type: 'subscribe', topic, rid, client },
    { type: 'subscribe', topic, rid, since: position },
    { type: 'subscribe', topic, rid, last: draw.whole(0, 50) },
    { type: 'resume', rid, topics: [{ topic, ...position }] },
    { type: 'unsubscribe', topic, rid },
    { type: 'publish', topic, rid, id, data: anyValue(draw), client },
    { type: 'publish', topic, id, data: SECRET },
    { type: 'ping', t: anyValue(draw) },
    { type: topic, topic, client },
  );
}

/** A frame that the mode knows, with a field that is not as it has to be. */
function wrong(draw: Draw, { isBasic }: Place): object {
  const topic = draw.pick(...words);
  const notTopic = draw.pick<unknown>(
    undefined,
    null,
    7,
    '',
    [],
    {},
    [topic],
    'a\u0000b',
    'a\nb',
    '\u0085',
    '\ud800',
    'x\udfff',
    'x'.repeat(257),
    'ü'.repeat(129),
  );
  const frames: [object, ...object[]] = [
    { type: 'subscribe', topic: notTopic },
    { type: 'unsubscribe', topic: notTopic },
  ];
  if (!isBasic) {
    const notId = draw.pick<unknown>(null, true, '', {}, 'x'.repeat(65), '\u007f', [topic]);
    const notCount = draw.pick<unknown>(null, -1, 1.5, 2 ** 53, '1', {});
    const position = { topic, epoch: 'e', offset: 0 };
    frames.push(
      { type: 'publish', topic: notTopic, data: 1, id: SECRET },
      { type: 'publish', topic },
      { type: 'publish', topic, data: 1, id: notId },
      { type: 'publish', topic, data: 1, id: 7 },
      { type: 'subscribe', topic, rid: notId },
      { type: 'subscribe', topic, last: notCount },
      { type: 'subscribe', topic, since: { epoch: 'e', offset: notCount } },
      { type: 'subscribe', topic, since: { epoch: notId, offset: 1 } },
      { type: 'subscribe', topic, client: draw.pick<unknown>(null, 7, '', SECRET, topic) },
      { type: 'resume', topics: draw.pick<unknown>(undefined, null, {}, topic, [7], [null], [{ topic }]) },
      { type: 'resume', topics: [position, position] },
      { type: 'auth', token: draw.pick<unknown>(undefined, null, '', {}, 7) },
    );
  }
  return draw.pick(...frames);
}

function noJson(draw: Draw): string {
  const whole = JSON.stringify(wellFormed(draw));
  return draw.pick(
    whole.slice(0, draw.whole(0, whole.length - 1)),
    `${whole}}`,
    `${whole}${whole}`,
    whole.replaceAll('"', "'"),
    `\ufeff${whole}`,
    `${whole}\0`,
    '',
    ' ',
    'undefined',
    'NaN',
    '{"type":"ping",}',
    '{"type":"ping","t":01}',
    '"a\nb"',
    '[1,]',
    '\0',
  );
}

function ofPrototypes(draw: Draw): string {
  const topic = JSON.stringify(draw.pick(...words));
  const key = JSON.stringify(draw.pick(...words));
  return draw.pick(
    `{"type":"subscribe","topic":${topic},"__proto__":{"topic":"witness","polluted":1}}`,
    `{"__proto__":{"type":"subscribe","topic":${topic},"polluted":1}}`,
    `{"constructor":{"prototype":{"polluted":1}},${key}:1}`,
    `{"type":${topic},"__proto__":null}`,
    `{"type":"publish","topic":${topic},"data":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}`,
    `{"type":"publish","topic":${topic},"data":1,"id":${key},"rid":${key},"__proto__":{"id":"x"}}`,
    `{"type":"ping","t":{"__proto__":{"polluted":1},"toJSON":1,"then":1}}`,
    `{"type":"resume","topics":[{"topic":${topic},"epoch":${key},"offset":0,"__proto__":{"polluted":1}}]}`,
    `{"type":"subscribe","topic":${topic},"since":{"__proto__":{"epoch":"e","offset":1},"epoch":${key},"offset":1}}`,
    `{"type":"ping","type":"subscribe","topic":${topic},"topic":${key}}`,
    `{"type":"dance",${key}:{${key}:{${key}:{}}}}`,
  );
}

function anyValue(draw: Draw): unknown {
  const word = draw.pick(...words);
  return draw.pick<unknown>(
    null,
    true,
    0,
    -0.5,
    1e308,
    '',
    word,
    [],
    {},
    [word, [word]],
    Object.fromEntries([[word, 1]]),
    { [`x${word}`]: { a: [null] } },
    'x'.repeat(draw.whole(0, 1_500)),
    '\u2028\u0000\ud800',
  );
}

function deep(draw: Draw): Saying {
  const depth = draw.pick(MOST_DEPTH - 2, MOST_DEPTH + 1, draw.whole(MOST_DEPTH + 1, 500));
  const [open, close] = draw.pick<readonly [string, string]>(['[', ']'], ['{"":', '}']);
  const nested = `${open.repeat(depth)}1${close.repeat(depth)}`;
  const said = draw.pick(nested, `{"type":"ping","t":${nested}}`, `{"type":"publish","topic":"a","data":${nested}}`);
  return text('deep JSON', said, depth > MOST_DEPTH);
}

function changed(draw: Draw, said: string): string {
  const letters = Array.from(said);
  for (let n = draw.whole(1, 4); n > 0; n--) {
    const at = draw.whole(0, letters.length - 1);
    letters[at] = draw.pick('"', '\\', '{', '}', ',', ':', '\0', '9', 'e', '', `${letters[at]}${letters[at]}`);
  }
  return letters.join('');
}

/** Cut between any two bytes, also within a letter, and with other frames between the pieces. */
function inPieces(draw: Draw, said: string): Saying {
  const bytes = Buffer.from(said);
  const wires: Buffer[] = [];
  const pieces = draw.whole(2, 6);
  let from = 0;
  for (let n = 1; n <= pieces; n++) {
    const to = n === pieces ? bytes.length : draw.whole(from, bytes.length);
    wires.push(clientFrame(n === 1 ? TEXT : 0, bytes.subarray(from, to), { isFinal: n === pieces }));
    if (n < pieces && draw.chance(0.3)) wires.push(clientFrame(draw.pick(PING, PONG), 'between'));
    from = to;
  }
  return { kind: 'fragments', wire: Buffer.concat(wires), frames: wires.length };
}

function control(draw: Draw): Saying {
  const payload = Buffer.alloc(draw.pick(0, 1, 125), draw.whole(0, 255));
  return { kind: 'pings and pongs', wire: clientFrame(draw.pick(PING, PONG), payload), frames: 1 };
}

/** What RFC 6455 does not allow. */
function noWebSocket(draw: Draw): Saying {
  const said = JSON.stringify({ type: 'ping' });
  const wire = draw.pick(
    clientFrame(TEXT, said, { isMasked: false }),
    clientFrame(draw.pick(3, 4, 5, 6, 7, 11, 12, 13, 14, 15), said),
    withBits(clientFrame(TEXT, said), draw.pick(0x40, 0x20, 0x10, 0x70)),
    clientFrame(draw.pick(CLOSE, PING, PONG), '', { isFinal: false }),
    clientFrame(draw.pick(CLOSE, PING, PONG), 'x'.repeat(126)),
    clientFrame(0, said, { isFinal: draw.chance(0.5) }),
    Buffer.concat([clientFrame(TEXT, '{', { isFinal: false }), clientFrame(TEXT, '}')]),
    Buffer.concat([clientFrame(TEXT, '{', { isFinal: false }), clientFrame(BINARY, '}')]),
  );
  return one('no WebSocket', wire, 1002);
}

function withBits(frame: Buffer, bits: number): Buffer {
  frame[0] = (frame[0] as number) | bits;
  return frame;
}

function notUtf8(draw: Draw): Saying {
  const bad = Buffer.from(
    draw.pick<number[]>(
      [0xff],
      [0xc3, 0x28],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf5, 0x80, 0x80, 0x80],
      [0xe2, 0x82],
      [0x80],
    ),
  );
  const said = Buffer.concat([Buffer.from('{"type":"ping","t":"'), bad, Buffer.from('"}')]);
  if (draw.chance(0.2)) {
    return one('no UTF-8', clientFrame(CLOSE, Buffer.concat([Buffer.from([0x03, 0xe8]), bad])), 1007);
  }
  return one('no UTF-8', clientFrame(TEXT, said), 1007);
}

function tooLarge(draw: Draw): Saying {
  const half = 'x'.repeat(PAYLOAD_BYTES / 2 + 1);
  const promised = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
  promised.writeBigUInt64BE(draw.pick(4_097n, 2n ** 31n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n), 2);
  const wire = draw.pick(
    clientFrame(draw.pick(TEXT, BINARY), 'x'.repeat(PAYLOAD_BYTES + draw.whole(1, 9_000))),
    Buffer.concat([clientFrame(TEXT, half, { isFinal: false }), clientFrame(0, half)]),
    promised,
  );
  return one('too large', wire, 1009);
}

function goodbye(draw: Draw): Saying {
  const code = draw.pick(1000, 1001, 1003, 1007, 1011, 1014, 3000, 4000, 4999, 1005);
  const reason = draw.pick('', 'bye', 'ü'.repeat(61));
  return one('goodbye', clientFrame(CLOSE, code === 1005 ? '' : closing(code, reason)), code);
}

function oddGoodbye(draw: Draw): Saying {
  const code = draw.pick(0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535);
  return one('odd goodbye', clientFrame(CLOSE, draw.pick<Buffer>(closing(code, 'x'), Buffer.from([3]))), 1002);
}

function closing(code: number, reason: string): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  return payload;
}

function tooManyPieces(): Saying {
  const pieces = Array.from({ length: TOO_MANY_PIECES }, (_, n) =>
    clientFrame(n === 0 ? TEXT : 0, '', { isFinal: false }),
  );
  return { kind: 'too many fragments', wire: Buffer.concat(pieces), frames: TOO_MANY_PIECES, end: 1008 };
}
