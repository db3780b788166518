import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { createConnection, type Codec, type ConnectionOptions, type RawData } from '../../src/index.ts';
import { eventsOf } from '../fixtures/events.ts';
import { fakeConnection, type Fake, type StagedSocket } from '../fixtures/stagedSocket.ts';

function opened(options: Partial<ConnectionOptions<unknown, unknown>> = {}): Fake<StagedSocket> {
  const fake = fakeConnection(options);
  fake.connection.connect();
  fake.socket.opens();
  return fake;
}

describe("codec 'json'", () => {
  test('sends objects, arrays, numbers, booleans and null as JSON, strings and binary data as they are', () => {
    const { connection, socket } = opened();
    const bytes = Uint8Array.of(1);

    for (const message of [{ a: 1 }, [1], 7, true, null, 'text', bytes]) expect(connection.send(message)).toBe('sent');

    expect(socket.sent).toEqual(['{"a":1}', '[1]', '7', 'true', 'null', 'text', bytes]);
  });

  test('gives text as what its JSON says, and binary frames as they are', () => {
    const { connection, socket } = opened();
    const messages = eventsOf(connection, 'message');
    const { buffer } = Uint8Array.of(1);

    for (const data of ['{"a":1}', '"text"', 'null', buffer]) socket.receives(data);

    expect(messages.map(({ message }) => message)).toEqual([{ a: 1 }, 'text', null, buffer]);
  });

  test("text that is no JSON goes to `invalid`, 'not-json' is told once, and nothing throws", () => {
    const { connection, socket } = opened();
    const invalid = eventsOf(connection, 'invalid');
    const warned = eventsOf(connection, 'warned');
    const messages = eventsOf(connection, 'message');

    for (const data of ['hello', 'world', '1']) socket.receives(data);

    expect(invalid).toMatchObject([{ data: 'hello', error: expect.any(SyntaxError) as unknown }, { data: 'world' }]);
    expect(warned.map(({ code }) => code)).toEqual(['not-json']);
    expect(messages).toEqual([{ message: 1 }]);
    expect(connection.stats().received.messages).toBe(3);
  });

  test('a warning that nobody heard is told the next time', () => {
    const { connection, socket } = opened();
    socket.receives('hello');
    const warned = eventsOf(connection, 'warned');
    socket.receives('world');
    expect(warned.map(({ code }) => code)).toEqual(['not-json']);
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a bigint', 10n],
    ['a circle', circular],
  ])("a message that has no JSON form throws 'invalid-option' in every state: %s", (_, message) => {
    const fake = fakeConnection();
    const { connection } = fake;
    const refused = expect.objectContaining({
      code: 'invalid-option',
      message: expect.stringMatching(/^message: /u) as string,
    }) as Error;

    for (const move of [() => undefined, () => connection.connect(), () => fake.socket.opens()]) {
      move();
      expect(() => connection.send(message)).toThrow(refused);
      expect(() => connection.deliver(message)).toThrow(refused);
    }

    expect(fake.socket.sent).toEqual([]);
  });
});

test("codec 'raw' refuses what a socket does not carry, and says what it does", () => {
  const { connection } = opened({ codec: 'raw' });

  expect(() => connection.send({ a: 1 })).toThrow(/the raw codec sends strings and binary data, not object/u);
  expect(() => connection.send(null)).toThrow(/not null/u);
});

describe('a codec of the application', () => {
  class Counting implements Codec<string, number> {
    readonly #unit: string;
    constructor(unit: string) {
      this.#unit = unit;
    }
    encode(count: number): RawData {
      return `${count} ${this.#unit}`;
    }
    decode(data: unknown): string {
      if (typeof data !== 'string' || !data.endsWith(this.#unit)) throw new RangeError('another unit');
      return data.slice(0, -this.#unit.length - 1);
    }
  }

  test('may be an instance of a class, with its `this`', () => {
    const { connection, socket } = opened({ codec: new Counting('apples') as Codec<unknown, unknown> });
    const messages = eventsOf(connection, 'message');

    connection.send(3);
    socket.receives('4 apples');

    expect(socket.sent).toEqual(['3 apples']);
    expect(messages).toEqual([{ message: '4' }]);
  });

  test('sends to `invalid` what it throws at, and warns of nothing', () => {
    const { connection, socket } = opened({ codec: new Counting('apples') as Codec<unknown, unknown> });
    const invalid = eventsOf(connection, 'invalid');
    const warned = eventsOf(connection, 'warned');

    socket.receives('4 pears');

    expect(invalid).toMatchObject([{ data: '4 pears', error: { message: 'another unit' } }]);
    expect(warned).toEqual([]);
  });

  test("that encodes to what no socket carries is named: 'invalid-option'", () => {
    const codec = { encode: () => ({}) as never, decode: (data: unknown) => data };
    const { connection } = opened({ codec });

    expect(() => connection.send(1)).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringMatching(/^codec\.encode: /u) as string,
      }),
    );
  });

  test('gives its types to the connection', () => {
    const connection = createConnection('ws://fake.test', { codec: new Counting('apples') });

    expectTypeOf<Parameters<typeof connection.send>[0]>().toEqualTypeOf<number>();
    connection.onMessage((message) => expectTypeOf(message).toEqualTypeOf<string>());
    // @ts-expect-error -- this codec encodes numbers
    expect(connection.send('three')).toBe('queued');
  });
});

describe('a schema', () => {
  const schema = z.object({ n: z.string().transform(Number) });

  test('lets through what it accepts, as it returns it', () => {
    const { connection, socket } = opened({ schema });
    const messages = eventsOf(connection, 'message');

    socket.receives('{"n":"7"}');

    expect(messages).toEqual([{ message: { n: 7 } }]);
  });

  test('sends what it refuses to `invalid`, with its issues, and never throws', () => {
    const { connection, socket } = opened({ schema });
    const messages = eventsOf(connection, 'message');
    const invalid = eventsOf(connection, 'invalid');

    socket.receives('{"n":7}');
    socket.receives('{"n":"8"}');

    expect(invalid).toMatchObject([{ data: '{"n":7}', error: { name: 'SchemaError', issues: [{ path: ['n'] }] } }]);
    expect(messages).toEqual([{ message: { n: 8 } }]);
  });

  test('that is asynchronous is refused: messages would overtake each other', async () => {
    const asynchronous = z.string().refine((text) => Promise.resolve(text.length > 3));
    const { connection, socket } = opened({ schema: asynchronous });
    const messages = eventsOf(connection, 'message');
    const invalid = eventsOf(connection, 'invalid');

    socket.receives('"long enough"');
    socket.receives('"no"');
    await Promise.resolve();

    expect(messages).toEqual([]);
    expect(invalid).toHaveLength(2);
    expect(invalid[0]?.error).toMatchObject({ message: expect.stringContaining('asynchronous') as string });
  });

  test('gives its output as the type of messages', () => {
    const connection = createConnection('ws://fake.test', { schema });

    connection.onMessage((message) => expectTypeOf(message).toEqualTypeOf<{ n: number }>());
    connection.on('message', (event) => expectTypeOf(event.message).toEqualTypeOf<{ n: number }>());
    expectTypeOf(connection.messages()).toEqualTypeOf<AsyncIterableIterator<{ n: number }>>();
  });
});

describe('binary data that is held', () => {
  const makers: Record<string, (bytes: Uint8Array<ArrayBuffer>) => RawData> = {
    'an ArrayBuffer': ({ buffer }) => buffer,
    'a view': (bytes) => bytes,
    'a DataView': ({ buffer }) => new DataView(buffer),
  };

  test.each(Object.entries(makers))('is sent as it was when it was given: %s', (_, make) => {
    const fake = fakeConnection();
    const bytes = Uint8Array.of(1, 2, 3);

    fake.connection.send(make(bytes));
    bytes.fill(9);
    fake.connection.connect();
    fake.socket.opens();

    const [data] = fake.socket.sent as (ArrayBuffer | Uint8Array<ArrayBuffer>)[];
    expect([...new Uint8Array(data as ArrayBuffer)]).toEqual([1, 2, 3]);
  });

  test('is given back in its outcome as the very object that was sent', () => {
    const { connection } = fakeConnection();
    const bytes = Uint8Array.of(1);
    const outcomes = eventsOf(connection, 'outcome');

    connection.send(bytes);
    connection.disconnect();

    expect(outcomes[0]?.message).toBe(bytes);
  });
});
