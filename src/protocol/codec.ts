/** What a WebSocket carries. WHATWG WebSockets, `send(data)`. */
export type RawData = string | ArrayBuffer | ArrayBufferView | Blob;

/** Turns messages into what a socket carries, and back. */
export interface Codec<In, Out> {
  encode(message: Out): RawData;
  /** Throwing sends the frame to `invalid`. */
  decode(data: unknown): In;
}

/** Objects as JSON text; strings and binary data go as they are, and binary frames arrive as they are. RFC 8259. */
export const jsonCodec: Codec<unknown, unknown> = {
  encode(message) {
    if (typeof message === 'string' || isBinary(message)) return message;
    const text = JSON.stringify(message) as string | undefined;
    if (text === undefined) throw new TypeError(`${typeof message} has no JSON form`);
    return text;
  },
  decode: (data) => (typeof data === 'string' ? (JSON.parse(data) as unknown) : data),
};

/** Everything as it is. */
export const rawCodec: Codec<unknown, unknown> = {
  encode(message) {
    if (typeof message === 'string' || isBinary(message)) return message;
    throw new TypeError(`the raw codec sends strings and binary data, not ${describeType(message)}`);
  },
  decode: (data) => data,
};

/**
 * The part of Standard Schema v1 that is used here: any library that implements it (Zod, Valibot, ArkType, …) will do.
 * https://standardschema.dev
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}
/** What a schema makes of a message: the value, or what is wrong with it. */
export type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };
/** One thing that a schema has against a message, and where in it. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A message that its schema refused. `issues` are the schema's own words. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
  readonly issues: readonly SchemaIssue[];
  constructor(issues: readonly SchemaIssue[]) {
    super(issues.map(({ message }) => message).join('; '));
    this.issues = issues;
  }
}

/** A decoder that lets only what the schema accepts through, as the schema returns it. Asynchronous schemas would break the order and are refused. */
export function validated<In>(
  decode: (data: unknown) => unknown,
  schema: StandardSchema<unknown, In>,
): (data: unknown) => In {
  const standard = schema['~standard'];
  return (data) => {
    const result = standard.validate(decode(data));
    if ('then' in result) {
      result.then(undefined, () => undefined);
      throw new TypeError(
        'the schema is asynchronous: messages would overtake each other; use one that validates at once',
      );
    }
    if (result.issues !== undefined) throw new SchemaError(result.issues);
    return result.value;
  };
}

export function isBinary(value: unknown): value is ArrayBuffer | ArrayBufferView | Blob {
  if (typeof value !== 'object' || value === null) return false;
  if (ArrayBuffer.isView(value)) return true;
  const tag = Object.prototype.toString.call(value);
  return (
    tag === '[object ArrayBuffer]' ||
    tag === '[object SharedArrayBuffer]' ||
    tag === '[object Blob]' ||
    tag === '[object File]'
  );
}

function describeType(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

/** How many bytes the payload of a frame takes: UTF-8 for text. Unit bytes. RFC 6455 §5.6. */
export function byteLengthOf(data: RawData): number {
  if (typeof data === 'string') return utf8Length(data);
  return 'byteLength' in data ? data.byteLength : data.size;
}

/** The same at a glance: text counts a byte for each UTF-16 unit, and what is no data none. Unit bytes. */
export function roughLengthOf(data: unknown): number {
  if (typeof data === 'string') return data.length;
  return isBinary(data) ? byteLengthOf(data) : 0;
}

/** Length of a string in UTF-8, lone surrogates counted as U+FFFD. Unit bytes. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) length += 1;
    else if (isPair(text, i)) {
      length += 2;
      i++;
    } else length += 2;
  }
  return length;
}

function isPair(text: string, i: number): boolean {
  const isHigh = (text.charCodeAt(i) & 0xfc00) === 0xd800;
  return isHigh && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
}

/** Binary data as it is now, so that later changes by its owner do not reach the wire. WHATWG `send` copies, too. */
export function copied(data: RawData): RawData {
  if (typeof data === 'string') return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return 'byteLength' in data ? new Uint8Array(data).slice().buffer : data;
}
