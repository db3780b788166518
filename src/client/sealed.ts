import type { ConnectionOptions } from './options.ts';

const contents = new WeakMap<object, ConnectionOptions>();

/** Options as an input that shows nothing: whoever looks at it, an inspector or JSON, sees an empty object. */
export function sealed(options: ConnectionOptions): object {
  const seal = Object.freeze({});
  contents.set(seal, options);
  return seal;
}

/** What was sealed; undefined for any other input. */
export function unsealed(input: unknown): ConnectionOptions | undefined {
  return typeof input === 'object' && input !== null ? contents.get(input) : undefined;
}
