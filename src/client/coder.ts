import { isBinary, jsonCodec, rawCodec, validated, type Codec, type RawData } from '../protocol/codec.ts';
import { ConnectionError } from './errors.ts';
import type { ConnectionOptions } from './options.ts';

/** Messages to frames and back, as the options say. */
export class Coder {
  /** Text that is no JSON is worth a word of explanation, once. */
  readonly isJson: boolean;
  /** Throws what the codec or the schema throws. */
  readonly decode: (data: unknown) => unknown;
  readonly #codec: Codec<unknown, unknown>;

  constructor({ codec = 'json', schema }: ConnectionOptions) {
    this.isJson = codec === 'json';
    const chosen: Codec<unknown, any> = codec === 'json' ? jsonCodec : codec === 'raw' ? rawCodec : codec;
    const decode = (data: unknown): unknown => chosen.decode(data);
    this.#codec = chosen;
    this.decode = schema === undefined ? decode : validated(decode, schema);
  }

  /** Throws a ConnectionError `'invalid-option'` for a message that the codec cannot encode. */
  encode(message: unknown): RawData {
    const data: unknown = this.#encode(message);
    if (typeof data === 'string' || isBinary(data)) return data;
    const what = 'codec.encode: has to return a string or binary data';
    throw new ConnectionError('invalid-option', what);
  }

  #encode(message: unknown): unknown {
    try {
      return this.#codec.encode(message);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const what = `message: has to be something the codec can encode; ${why}`;
      throw new ConnectionError('invalid-option', what, { cause });
    }
  }
}
