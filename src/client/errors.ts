/** Why something did not work. A closed set, under semver. */
export type ErrorCode =
  | 'invalid-option'
  | 'no-websocket'
  | 'provider-failed'
  | 'greet-failed'
  | 'connect-timeout'
  | 'closed'
  | 'fatal-close'
  | 'attempts-exhausted'
  | 'unauthorized'
  | 'too-large'
  | 'overflow'
  | 'expired'
  | 'uncertain'
  | 'slow-consumer'
  | 'disposed'
  | 'denied'
  | 'unavailable'
  | 'no-provider-component';

/** The one class of error of this package. `code` says what, the message says what to do about it, `cause` is what lay beneath. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: ErrorCode;
  declare readonly cause?: unknown;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Whether a value is a {@link ConnectionError}, also one of another copy of this package. */
export function isConnectionError(value: unknown): value is ConnectionError {
  return value instanceof Error && value.name === 'ConnectionError' && 'code' in value;
}

/** An option that cannot be used: names it, says what is accepted and what was given. Values are not shown: they may be secrets. */
export function invalidOption(option: string, accepted: string, given: unknown): ConnectionError {
  const what = typeof given === 'number' || typeof given === 'boolean' ? String(given) : describe(given);
  return new ConnectionError('invalid-option', `${option}: ${accepted}; got ${what}`);
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return value.length > 0 ? 'another string' : 'an empty string';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
