import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteLengthOf, copied, isBinary, jsonCodec, rawCodec, utf8Length } from '../../src/protocol/codec.ts';

const encoder = new TextEncoder();

/** Any UTF-16 there can be, lone surrogates among it. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom('\ud800', '\udbff', '\udc00', '\udfff', 'a', 'é', '€', '😀'), { maxLength: 12 })
    .map((parts) => parts.join('')),
);

describe('the length of a text in bytes', () => {
  test('is what TextEncoder makes of it, for every string there can be', () => {
    fc.assert(
      fc.property(text, (text) => {
        expect(utf8Length(text)).toBe(encoder.encode(text).byteLength);
        expect(byteLengthOf(text)).toBe(utf8Length(text));
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    ['', 0],
    ['a', 1],
    ['\u007f\u0080', 3],
    ['\u07ff\u0800', 5],
    ['😀', 4],
    ['\ud83d', 3],
    ['\ude00\ud83d', 6],
    ['\ud83d\ud83d\ude00', 7],
  ])('of %j is %i', (text, length) => {
    expect(utf8Length(text)).toBe(length);
  });
});

/** Binary data in every form a WebSocket takes, with the bytes it stands for. */
const binary = fc
  .record({
    bytes: fc.uint8Array({ minLength: 8, maxLength: 64 }),
    start: fc.nat({ max: 7 }),
    form: fc.nat({ max: 4 }),
  })
  .map(({ bytes, start, form }) => {
    const { buffer } = bytes.slice();
    const end = start + Math.floor((buffer.byteLength - start) / 2);
    const part = new Uint8Array(buffer.slice(start, end));
    const aligned = new Uint8Array(buffer.slice(0, 8));
    switch (form) {
      case 0:
        return { data: buffer, expected: new Uint8Array(buffer.slice(0)) };
      case 1:
        return { data: new Uint8Array(buffer, start, end - start), expected: part };
      case 2:
        return { data: new DataView(buffer, start, end - start), expected: part };
      case 3:
        return { data: Buffer.from(buffer, start, end - start), expected: part };
      default:
        return { data: new Float32Array(buffer, 0, 2), expected: aligned };
    }
  });

const bytesOf = (data: unknown): Uint8Array => {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(data as ArrayBuffer);
};

describe('binary data', () => {
  test('is as long as the bytes it stands for: of a view its part, not its buffer', () => {
    fc.assert(
      fc.property(binary, ({ data, expected }) => {
        expect(isBinary(data)).toBe(true);
        expect(byteLengthOf(data)).toBe(expected.byteLength);
      }),
    );
    expect(byteLengthOf(new Blob(['1234', 'é']))).toBe(6);
  });

  test('is copied as it is now: what its owner does to it later does not show', () => {
    fc.assert(
      fc.property(binary, ({ data, expected }) => {
        const copy = copied(data);
        bytesOf(data).fill(0xaa);
        expect([...bytesOf(copy)]).toEqual([...expected]);
      }),
    );
  });

  test('of a view brings no more than its part along: a small part of a large buffer does not hold it all', () => {
    const copy = copied(new Uint8Array(1_000_000).subarray(10, 20)) as Uint8Array;
    expect(copy.buffer.byteLength).toBe(10);
  });

  test('that cannot change is not copied: texts and Blobs', () => {
    const blob = new Blob(['x']);
    expect(copied(blob)).toBe(blob);
    expect(copied('x')).toBe('x');
  });

  test.each([null, undefined, 1, {}, [], 'text', { byteLength: 3 }, new Date()])('is not %j', (value) => {
    expect(isBinary(value)).toBe(false);
  });

  test.each([jsonCodec, rawCodec])('and texts go through a codec of ours as they are', (codec) => {
    for (const data of ['text', new ArrayBuffer(2), new Uint8Array(3), new Blob(['x'])]) {
      expect(codec.encode(data)).toBe(data);
    }
  });
});

test('JSON comes back as it went', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const isText = typeof value === 'string';
      expect(jsonCodec.decode(isText ? JSON.stringify(value) : jsonCodec.encode(value))).toEqual(
        JSON.parse(JSON.stringify(value)),
      );
    }),
  );
});
