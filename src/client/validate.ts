import { MAX_DELAY_MS } from '../../machines/backoff.ts';
import { chartSettings, defaults } from '../../machines/connection.facts.ts';
import { byteLengthOf, isBinary } from '../protocol/codec.ts';
import { ConnectionError, invalidOption } from './errors.ts';
import type { ConnectionOptions, SendOptions } from './options.ts';
import { isForPage, normalizeProtocols, normalizeUrl } from './target.ts';

type Check = (name: string, value: unknown) => unknown;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isFunction = (value: unknown): boolean => typeof value === 'function';
const isText = (value: unknown): boolean => typeof value === 'string';

const be =
  (what: string, isIt: (value: unknown) => boolean): Check =>
  (name, value) => {
    if (!isIt(value)) throw invalidOption(name, what, value);
  };
const number = (unit: string, min: number, max: number, isFit: (value: unknown) => boolean, kind = 'a number'): Check =>
  be(
    `${kind} of ${unit} from ${min}${max === Infinity ? ', or Infinity' : ` to ${max}`}`,
    (value) => value === max || (isFit(value) && (value as number) >= min && (value as number) < max),
  );
const whole = (unit: string, min = 0, max = Infinity): Check =>
  number(unit, min, max, Number.isInteger, 'a whole number');
const delay = number('milliseconds', 1, MAX_DELAY_MS, Number.isFinite);
const ttl = number('milliseconds', 1, Infinity, Number.isFinite);
const bytes = number('bytes', 0, Infinity, Number.isFinite);
const flag = be('true or false', (value) => typeof value === 'boolean');
const callable = be('a function', isFunction);
const text = be('a string', isText);
const anything: Check = () => undefined;
const oneOf =
  (...accepted: readonly string[]): Check =>
  (name, value) => {
    if (accepted.includes(value as string)) return;
    const list = accepted.map((word) => `'${word}'`).join(' or ');
    if (typeof value !== 'string') throw invalidOption(name, list, value);
    throw new ConnectionError('invalid-option', `${name}: ${list}; got '${value}'`);
  };
const having = (what: string, ...methods: readonly string[]): Check =>
  be(what, (value) => isObject(value) && methods.every((method) => isFunction(value[method])));
const orElse =
  (isOther: (value: unknown) => boolean, otherwise: Check): Check =>
  (name, value) => {
    if (!isOther(value)) otherwise(name, value);
  };

const record =
  (what: string, checks: Readonly<Record<string, Check>>): Check =>
  (name, value) => {
    if (!isObject(value)) throw invalidOption(name === '' ? 'options' : name, what, value);
    for (const [key, given] of Object.entries(value)) {
      const path = name === '' ? key : `${name}.${key}`;
      const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
      if (check === undefined) {
        const known = Object.keys(checks).join(', ');
        throw new ConnectionError('invalid-option', `${path}: there is no such option; there are ${known}`);
      }
      if (given !== undefined) check(path, given);
    }
  };

const retry = record('an object', {
  baseMs: delay,
  capMs: delay,
  hintCapMs: delay,
  maxAttempts: whole('retries'),
  jitter: oneOf('full', 'equal', 'none'),
});

const heartbeat = record("'auto', false or an object", {
  intervalMs: delay,
  timeoutMs: delay,
  wakeTimeoutMs: delay,
  ping: be(
    'a string or binary data, or a function that returns it',
    (value) => isFunction(value) || isText(value) || isBinary(value),
  ),
  isPong: callable,
  pongToken: callable,
  required: flag,
});

const confirm = record("'none', 'ping' or an object", {
  everyMessages: whole('messages', 1),
  everyMs: delay,
});

const rateFields = record('{ messages, perMs }', {
  messages: whole('messages', 1, 1_000_000),
  perMs: whole('milliseconds', 1, MAX_DELAY_MS),
});
/** Both are needed. */
const rate: Check = (name, value) => {
  rateFields(
    name,
    isObject(value) ? { ...value, messages: value['messages'] ?? null, perMs: value['perMs'] ?? null } : value,
  );
};

const outbox = record('an object', {
  maxMessages: whole('messages'),
  maxBytes: bytes,
  ttlMs: ttl,
  overflow: oneOf('drop-oldest', 'drop-newest', 'reject'),
  keyOf: callable,
  rate,
});

const schema = be('a Standard Schema (see standardschema.dev)', (value) =>
  isFunction((value as { '~standard'?: { validate?: unknown } } | null)?.['~standard']?.validate),
);

const options = record('an object with at least a url', {
  url: orElse(
    (value) => isFunction(value) || isForPage(value),
    (_, value) => normalizeUrl(value),
  ),
  protocols: orElse(isFunction, (_, value) => normalizeProtocols(value)),
  authenticate: callable,
  greet: callable,
  WebSocket: callable,
  createSocket: callable,
  binaryType: oneOf('arraybuffer', 'blob'),
  codec: orElse(
    (value) => value === 'json' || value === 'raw',
    having("'json', 'raw' or { encode, decode }", 'encode', 'decode'),
  ),
  schema,
  connectTimeoutMs: delay,
  closeTimeoutMs: delay,
  drainTimeoutMs: number('milliseconds', 0, MAX_DELAY_MS, Number.isFinite),
  stableAfterMs: delay,
  maxBufferedBytes: number('bytes', 1, Infinity, Number.isFinite),
  heartbeat: orElse((value) => value === 'auto' || value === false, heartbeat),
  confirm: orElse((value) => value === 'none' || value === 'ping', confirm),
  retry,
  reconnect: flag,
  outbox,
  verdict: callable,
  environment: having('{ start, now? }', 'start'),
  parentRef: having('the `self` of the machine that invokes this one', 'send'),
  inspect: anything,
  random: callable,
  clock: having('{ setTimeout, clearTimeout, now? }', 'setTimeout', 'clearTimeout'),
  id: text,
});

/** Throws a ConnectionError `'invalid-option'` that names the option and what is accepted. */
export function validateOptions(given: ConnectionOptions): void {
  options('', given);
  const { url } = given as { url?: unknown };
  if (url === undefined) throw invalidOption('url', 'a WebSocket URL, or a function that gives one', url);
  const { baseMs = defaults.retryBaseMs, capMs } = given.retry ?? {};
  if (capMs !== undefined && capMs < baseMs)
    throw invalidOption('retry.capMs', `at least retry.baseMs (${baseMs})`, capMs);
  const { confirm = 'none', heartbeat } = given;
  if (confirm !== 'none' && heartbeat === false) {
    throw new ConnectionError('invalid-option', "confirm: needs pings; set heartbeat: 'auto'");
  }
  const { rate } = given.outbox ?? {};
  const { hasHeartbeat, pingIntervalMs } = chartSettings(given);
  if (rate !== undefined && hasHeartbeat && rate.perMs >= rate.messages * pingIntervalMs) {
    const what =
      'outbox.rate: leaves no room beside the pings, which count: set heartbeat to false, or its intervalMs above perMs ÷ messages';
    throw new ConnectionError('invalid-option', what);
  }
  for (const name of ['maxMessages', 'maxBytes'] as const) {
    if (confirm === 'none' || given.outbox?.[name] !== 0) continue;
    const what = `outbox.${name}: cannot be 0 with confirm, which keeps messages there`;
    throw new ConnectionError('invalid-option', what);
  }
}

/** Throws a ConnectionError `'invalid-option'` for what cannot be said of a single message. */
export function validateSend(options: SendOptions | undefined): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || (options as unknown) === null)
    throw invalidOption('options', 'an object', options);
  const { ttlMs, key, queue } = options;
  if (ttlMs !== undefined) ttl('ttlMs', ttlMs);
  if (key !== undefined) text('key', key);
  if (queue !== undefined) flag('queue', queue);
}

/** Throw a ConnectionError `'invalid-option'` for what cannot be waited for, and for what cannot be kept. */
export const validateDrained = (belowBytes: unknown): unknown => bytes('belowBytes', belowBytes);
export const validateUnread = (maxMessages: unknown): unknown => whole('messages', 1)('maxMessages', maxMessages);

/** RFC 6455 §7.4 and WHATWG `close()`: 1000 or 3000–4999, and a reason that fits a control frame. */
export function validateClose(code: unknown, reason: unknown): void {
  if (
    code !== undefined &&
    code !== 1000 &&
    !(Number.isInteger(code) && (code as number) >= 3000 && (code as number) <= 4999)
  ) {
    throw invalidOption('code', '1000, or a whole number from 3000 to 4999', code);
  }
  if (reason === undefined) return;
  if (typeof reason !== 'string') throw invalidOption('reason', 'a string', reason);
  const length = byteLengthOf(reason);
  if (length > 123) throw invalidOption('reason', 'a string of at most 123 bytes of UTF-8', length);
}
