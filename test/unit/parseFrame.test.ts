import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_DEPTH, parseFrame, topicProblem } from '../../src/protocol/parseFrame.ts';

const rules = { topicBytes: 16 };
const SECRET = 'AAAAAAAAAAAAAAAAAAAAAA';
const parse = (frame: unknown) => parseFrame(JSON.stringify(frame), rules);
const parseBasic = (frame: unknown) => parseFrame(JSON.stringify(frame), rules, true);
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('a frame of ours', () => {
  test.each([
    { type: 'subscribe', topic: 'a' },
    { type: 'subscribe', topic: 'a', rid: 'r', since: { epoch: 'e', offset: 0 }, last: 0 },
    { type: 'subscribe', topic: '__proto__', rid: -1 },
    { type: 'resume', topics: [] },
    {
      type: 'resume',
      rid: 7,
      topics: [
        { topic: 'a', epoch: 'e', offset: 1 },
        { topic: 'b', epoch: 'e', offset: 2 },
      ],
    },
    { type: 'unsubscribe', topic: 'constructor', rid: 0 },
    { type: 'ping' },
    { type: 'ping', t: null },
    { type: 'ping', t: { at: [1] } },
    { type: 'auth', token: 'a\nb' },
  ])('comes out as it was said: %j', (frame) => {
    expect(parse(frame)).toEqual({ kind: 'client', frame, client: undefined });
  });

  test.each([[null], [0], [''], [[]], [{ a: { b: [] } }]])('publishes %j as it is', (data) => {
    const frame = { type: 'publish', topic: 'a', data, id: 'i', rid: 'r' };
    expect(parse(frame)).toEqual({
      kind: 'client',
      frame: { ...frame, dataText: JSON.stringify(data) },
      client: undefined,
    });
  });

  test('says with which words its data was written: no digit and no order is lost', () => {
    const dataText = '{ "b":1.0, "2":12345678901234567890, "1":1e400, "data":"}\\"],\\\\", "__proto__":[{}] }';
    const heard = parseFrame(
      `{"data":0,"x":{"data":1},"type":"publish","d\\u0061ta" : ${dataText} ,"topic":"a"}`,
      rules,
    );
    expect(heard).toMatchObject({ kind: 'client', frame: { type: 'publish', dataText } });
  });

  test('may name fields that nobody knows, and carry the secret of its client', () => {
    const heard = parse({ type: 'unsubscribe', topic: 'a', since: 'ever', toString: 1, client: SECRET });
    expect(heard).toEqual({ kind: 'client', frame: { type: 'unsubscribe', topic: 'a' }, client: SECRET });
  });

  test.each([
    ['topic is not a string', { type: 'subscribe' }],
    ['topic is not a string', { type: 'subscribe', topic: ['a'] }],
    ['topic is empty', { type: 'unsubscribe', topic: '' }],
    ['topic is longer than 16 bytes', { type: 'subscribe', topic: 'x'.repeat(17) }],
    ['topic is longer than 16 bytes', { type: 'subscribe', topic: '日'.repeat(6) }],
    ['topic holds', { type: 'subscribe', topic: 'a\u0000' }],
    ['topic holds', { type: 'publish', topic: 'a\u007F', data: 1 }],
    ['topic holds', { type: 'subscribe', topic: '\u0085' }],
    ['topic holds', { type: 'subscribe', topic: '\uD83D' }],
    ['rid is neither', { type: 'subscribe', topic: 'a', rid: null }],
    ['rid is neither', { type: 'subscribe', topic: 'a', rid: 1.5 }],
    ['rid is neither', { type: 'subscribe', topic: 'a', rid: 2 ** 53 }],
    ['rid is longer than 64 bytes', { type: 'subscribe', topic: 'a', rid: 'x'.repeat(65) }],
    ['since is not an object', { type: 'subscribe', topic: 'a', since: null }],
    ['since is not an object', { type: 'subscribe', topic: 'a', since: ['e', 1] }],
    ['since.epoch is not a string', { type: 'subscribe', topic: 'a', since: { offset: 1 } }],
    [
      'since.epoch is longer than 64 bytes',
      { type: 'subscribe', topic: 'a', since: { epoch: 'x'.repeat(65), offset: 1 } },
    ],
    ['since.offset is not a whole number from 0', { type: 'subscribe', topic: 'a', since: { epoch: 'e', offset: -1 } }],
    [
      'since.offset is not a whole number from 0',
      { type: 'subscribe', topic: 'a', since: { epoch: 'e', offset: '1' } },
    ],
    ['last is not a whole number from 0', { type: 'subscribe', topic: 'a', last: 0.5 }],
    ['last is not a whole number from 0', { type: 'subscribe', topic: 'a', last: -1 }],
    ['last is not a whole number from 0', { type: 'subscribe', topic: 'a', last: '3' }],
    ['topics is not a list', { type: 'resume' }],
    ['topics is not a list', { type: 'resume', topics: {} }],
    ['topics[0] is not an object', { type: 'resume', topics: ['a'] }],
    [
      'topics[1].epoch is empty',
      {
        type: 'resume',
        topics: [
          { topic: 'a', epoch: 'e', offset: 1 },
          { topic: 'b', epoch: '' },
        ],
      },
    ],
    ['topics[1] names', { type: 'resume', topics: Array(2).fill({ topic: 'a', epoch: 'e', offset: 1 }) }],
    ['data is missing', { type: 'publish', topic: 'a' }],
    ['id is longer than 64 bytes', { type: 'publish', topic: 'a', data: 1, id: 'é'.repeat(33) }],
    ['id is empty', { type: 'publish', topic: 'a', data: 1, id: '' }],
    ['id is not a string', { type: 'publish', topic: 'a', data: 1, id: 1 }],
    ['id holds', { type: 'publish', topic: 'a', data: 1, id: 'a\r\nb' }],
    ['token is not a string', { type: 'auth', token: 1 }],
    ['token is not a string', { type: 'auth', token: '' }],
    ['client is not 128 bits', { type: 'ping', client: 'me' }],
  ])('is malformed where %s', (message, frame) => {
    expect(parse(frame)).toMatchObject({
      kind: 'malformed',
      code: 'bad_frame',
      message: expect.stringContaining(message) as string,
    });
  });

  test('that is malformed is answered with what was right of it, and never with what it said', () => {
    const heard = parse({ type: 'publish', topic: 'a', id: 'i', rid: 'r', data: 1, client: 'secret-that-is-wrong' });
    expect(heard).toMatchObject({ kind: 'malformed', about: { topic: 'a', id: 'i', rid: 'r' } });
    expect(JSON.stringify(heard)).not.toContain('secret-that-is-wrong');
    expect(parse({ type: 'publish', topic: '', id: 7, rid: {} })).toMatchObject({ kind: 'malformed', about: {} });
  });

  test.each(['a'.repeat(16), '日'.repeat(5), '🚀'.repeat(4), '__proto__', ' '])(
    'may be about the topic %j',
    (topic) => {
      expect(topicProblem(topic, 16)).toBe(undefined);
      expect(parse({ type: 'subscribe', topic }).kind).toBe('client');
    },
  );
});

describe('JSON that is none of ours', () => {
  test.each([
    [null],
    [0],
    ['subscribe'],
    [[]],
    [['subscribe', 'a']],
    [{}],
    [{ type: 7 }],
    [{ type: 'chat', client: 'bob', topic: '' }],
    [{ type: 'constructor' }],
    [{ type: '__proto__' }],
    [{ type: ['ping'] }],
  ])('is another: %j', (frame) => {
    expect(parse(frame)).toEqual({ kind: 'other', frame, client: undefined });
    expect(parseBasic(frame)).toEqual({ kind: 'other', frame, client: undefined });
  });

  test('may bring the secret of its client, too', () => {
    expect(parse({ type: 'chat', client: SECRET })).toMatchObject({ kind: 'other', client: SECRET });
  });

  test.each(['', ' ', '{', '{"type":"ping"', "{'type':'ping'}", 'NaN', '\uFEFF{}', '{"type":"ping"}{}'])(
    'and text that is no JSON is malformed: %j',
    (text) => {
      expect(parseFrame(text, rules)).toMatchObject({ kind: 'malformed', message: 'this is no JSON', about: {} });
    },
  );
});

describe('basic mode', () => {
  test.each([
    [
      { type: 'subscribe', topic: 'a', rid: [], since: 1, last: 'all', client: 7 },
      { type: 'subscribe', topic: 'a' },
    ],
    [
      { type: 'unsubscribe', topic: 'a', rid: [] },
      { type: 'unsubscribe', topic: 'a' },
    ],
    [
      { type: 'ping', t: 5 },
      { type: 'ping', t: 5 },
    ],
  ])('knows of %j no more than %j', (said, frame) => {
    expect(parseBasic(said)).toEqual({ kind: 'client', frame, client: undefined });
  });

  test.each([{ type: 'publish' }, { type: 'resume', topics: 1 }, { type: 'auth' }])(
    'takes %j for another frame',
    (frame) => {
      expect(parseBasic(frame)).toEqual({ kind: 'other', frame, client: undefined });
    },
  );

  test('minds the names of topics', () => {
    expect(parseBasic({ type: 'subscribe', topic: '\n' }).kind).toBe('malformed');
  });
});

describe('nesting', () => {
  test.each([
    ['of a frame', (inner: string) => inner],
    ['of data', (inner: string) => `{"type":"publish","topic":"a","data":${inner}}`],
    ['of what a ping carries', (inner: string) => `{"type":"ping","t":${inner}}`],
    ['of a field that nobody knows', (inner: string) => `{"type":"ping","x":${inner}}`],
  ])('%s is taken up to a depth that can be written again, however deep it goes on', (_, around) => {
    const outer = around('0').includes('{') ? 1 : 0;
    const deepest = parseFrame(around(nested(MAX_DEPTH - outer)), rules);
    expect(deepest.kind).not.toBe('malformed');
    expect(() => JSON.stringify(deepest)).not.toThrow();
    for (const depth of [MAX_DEPTH - outer + 1, 5_000, 200_000]) {
      expect(parseFrame(around(nested(depth)), rules)).toMatchObject({ kind: 'malformed', about: {} });
    }
    expect(parseFrame(around('{"a":'.repeat(200_000) + '1' + '}'.repeat(200_000)), rules).kind).toBe('malformed');
  });

  test('of brackets in strings counts for nothing', () => {
    const text = `{"type":"publish","topic":"a","data":${JSON.stringify('\\"[{'.repeat(1_000))}}`;
    expect(parseFrame(text, rules).kind).toBe('client');
  });
});

describe('whatever is said', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'type',
      'topic',
      'topics',
      'data',
      'id',
      'rid',
      'since',
      'last',
      'epoch',
      'offset',
      'token',
      't',
      'client',
    ),
    fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty'),
    fc.string(),
  );
  const type = fc.constantFrom('subscribe', 'resume', 'unsubscribe', 'publish', 'ping', 'auth', 'hello', 'chat');
  const scalar = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    word,
  );
  const value = fc.oneof(
    scalar,
    fc.array(scalar),
    fc.dictionary(word, scalar),
    fc.json().map((text) => JSON.parse(text) as unknown),
  );
  const frame = fc.tuple(type, fc.dictionary(word, value)).map(([type, fields]) => ({ ...fields, type }));
  const text = fc.oneof(
    frame.map((frame) => JSON.stringify(frame)),
    fc.tuple(frame, fc.nat(), fc.string({ maxLength: 2 })).map(([frame, at, typo]) => {
      const text = JSON.stringify(frame);
      const i = at % text.length;
      return text.slice(0, i) + typo + text.slice(i + 1);
    }),
    fc.json(),
    fc.string({ unit: 'binary' }),
  );

  test('is heard without a throw, and what is taken for ours is as its type says', () => {
    fc.assert(
      fc.property(text, fc.boolean(), (text, isBasic) => {
        const heard = parseFrame(text, rules, isBasic);
        if (heard.kind === 'malformed') return;
        if (heard.kind === 'other') {
          expect(heard.frame).toEqual(JSON.parse(text));
          return;
        }
        const { frame } = heard;
        if ('topic' in frame) expect(topicProblem(frame.topic, 16)).toBe(undefined);
        if ('rid' in frame) expect(['string', 'number']).toContain(typeof frame.rid);
        if ('since' in frame) expect(Number.isSafeInteger(frame.since.offset)).toBe(true);
        if (frame.type === 'publish') expect(JSON.parse(frame.dataText)).toEqual(frame.data);
      }),
      { numRuns: 5_000 },
    );
  });

  test('keeps its data to the letter', () => {
    const space = fc.constantFrom('', ' ', '\n\t');
    fc.assert(
      fc.property(fc.json(), fc.json(), space, space, (data, other, before, after) => {
        const text = `{"x":${other},"type":"publish","data"${after}:${before}${data}${after},"topic":"a","y":${other}}`;
        const heard = parseFrame(text, rules);
        if (heard.kind !== 'malformed') expect(heard).toMatchObject({ frame: { dataText: data.trim() } });
      }),
      { numRuns: 2_000 },
    );
  });
});
