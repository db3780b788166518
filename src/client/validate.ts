import { MAX_DELAY_MS } from '../../machines/backoff.ts';
import { chartSettings, defaults } from '../../machines/connection.facts.ts';
import { byteLengthOf, isBinary } from '../protocol/codec.ts';
import { ConnectionError, invalidOption } from './errors.ts';
import type { ConnectionOptions, SendOptions } from './options.ts';
import { isForPage, normalizeProtocols, normalizeUrl } from './target.ts';

type Check = (name: string, value: unknown) => unknown;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isWhole = (value: unknown): value is number => Number.isInteger(value);

const number =
  (min: number, max: number, unit: string): Check =>
  (name, value) => {
    if (typeof value === 'number' && value >= min && value <= max) return;
    throw invalidOption(name, `a number of ${unit} from ${min} to ${max === Infinity ? 'Infinity' : max}`, value);
  };
const delay = number(1, MAX_DELAY_MS, 'milliseconds');
const ttl = number(1, Infinity, 'milliseconds');
const bytes = number(0, Infinity, 'bytes');
const whole =
  (unit: string, min = 0, max = Infinity): Check =>
  (name, value) => {
    if (value === max || (isWhole(value) && value >= min && value < max)) return;
    const upTo = max === Infinity ? ', or Infinity' : ` to ${max}`;
    throw invalidOption(name, `a whole number of ${unit} from ${min}${upTo}`, value);
  };
const flag: Check = (name, value) => {
  if (typeof value !== 'boolean') throw invalidOption(name, 'true or false', value);
};
const callable: Check = (name, value) => {
  if (typeof value !== 'function') throw invalidOption(name, 'a function', value);
};
const text: Check = (name, value) => {
  if (typeof value !== 'string') throw invalidOption(name, 'a string', value);
};
const anything: Check = () => undefined;
const oneOf =
  (...accepted: readonly string[]): Check =>
  (name, value) => {
    if (accepted.includes(value as string)) return;
    const list = accepted.map((word) => `'${word}'`).join(' or ');
    if (typeof value !== 'string') throw invalidOption(name, list, value);
    throw new ConnectionError('invalid-option', `${name}: ${list}; got '${value}'`);
  };
const isFunction = (value: unknown): boolean => typeof value === 'function';
const having =
  (what: string, ...methods: readonly string[]): Check =>
  (name, value) => {
    const has = (method: string) => typeof (value as Record<string, unknown>)[method] === 'function';
    if (typeof value === 'object' && value !== null && methods.every(has)) return;
    throw invalidOption(name, what, value);
  };
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
  ping: orElse(
    (value) => typeof value === 'function' || typeof value === 'string' || isBinary(value),
    (name, value) => {
      throw invalidOption(name, 'a string, binary data, or a function that gives one', value);
    },
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

const schema: Check = (name, value) => {
  const standard = (value as { '~standard'?: { validate?: unknown } } | null)?.['~standard'];
  if (typeof standard?.validate !== 'function') {
    throw invalidOption(
      name,
      "a Standard Schema (an object or function with '~standard'; see standardschema.dev)",
      value,
    );
  }
};

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
  drainTimeoutMs: number(0, MAX_DELAY_MS, 'milliseconds'),
  stableAfterMs: delay,
  maxBufferedBytes: number(1, Infinity, 'bytes'),
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
    throw new ConnectionError('invalid-option', "confirm: needs pings, so that heartbeat cannot be false; set 'auto'");
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
    const what = `outbox.${name}: cannot be 0 with confirm, which keeps messages there until they are confirmed`;
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

/** Throws a ConnectionError `'invalid-option'` for what cannot be waited for. */
export function validateDrained(belowBytes: unknown): void {
  bytes('belowBytes', belowBytes);
}

/** RFC 6455 §7.4 and WHATWG `close()`: 1000 or 3000–4999, and a reason that fits a control frame. */
export function validateClose(code: unknown, reason: unknown): void {
  if (code !== undefined && code !== 1000 && !(isWhole(code) && code >= 3000 && code <= 4999)) {
    throw invalidOption('code', '1000, or a whole number from 3000 to 4999', code);
  }
  if (reason === undefined) return;
  if (typeof reason !== 'string') throw invalidOption('reason', 'a string', reason);
  const length = byteLengthOf(reason);
  if (length > 123) throw invalidOption('reason', 'a string of at most 123 bytes of UTF-8', length);
}
