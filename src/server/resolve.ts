import type { Broker } from './broker.ts';
import { memoryBroker } from './brokers/memory.ts';
import type { HubLimits, HubOptions, Logger } from './options.ts';

/** Options with their defaults filled in. */
export interface ResolvedOptions {
  readonly options: HubOptions;
  readonly limits: HubLimits;
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number } | undefined;
  readonly broker: Broker;
  /** Whether the broker was made here, and ends with the hub. */
  readonly isBrokerOurs: boolean;
  readonly logger: Logger;
}

export const defaultLimits: HubLimits = {
  payloadBytes: 64 * 1024,
  topics: 128,
  topicBytes: 256,
  publishPerSecond: 100,
  framesPerSecond: 200,
  replayPerSecond: 10_000,
  connections: Infinity,
  handshakeTimeoutMs: 10_000,
  firstFrameTimeoutMs: Infinity,
  peerBytes: 1024 * 1024,
};
export const defaultHeartbeat = { intervalMs: 25_000, timeoutMs: 10_000 } as const;

const ignore = (): void => undefined;
const silent: Logger = { info: ignore, warn: ignore, error: ignore };

type Check = (value: unknown) => boolean;
const isFunction: Check = (value) => typeof value === 'function';
const isPositive: Check = (value) => typeof value === 'number' && value > 0;
const isCount: Check = (value) => value === Infinity || (Number.isSafeInteger(value) && (value as number) > 0);
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const has =
  (...methods: readonly string[]): Check =>
  (value) =>
    isObject(value) && methods.every((method) => isFunction((value as Record<string, unknown>)[method]));
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string);

/** What each option accepts, in words and as a check. */
const accepted: Readonly<Record<keyof HubOptions, readonly [string, Check]>> = {
  broker: ['a broker: { publish, read, subscribe, onGeneration }', has('publish', 'read', 'subscribe', 'onGeneration')],
  authenticate: ['a function', isFunction],
  authorize: ['a function', isFunction],
  allowedOrigins: [
    "an array of origins such as 'https://example.com', or a function",
    (value) => isFunction(value) || (Array.isArray(value) && value.every((origin) => typeof origin === 'string')),
  ],
  onDuplicate: ["'both', 'replace' or 'refuse'", oneOf('both', 'replace', 'refuse')],
  limits: ['an object', isObject],
  slowConsumer: ["'disconnect', 'latest' or 'resync'", oneOf('disconnect', 'latest', 'resync')],
  history: ['an object', isObject],
  heartbeat: ['false or { intervalMs, timeoutMs }', (value) => value === false || isObject(value)],
  onFrame: ['a function', isFunction],
  showFrom: ['true or false', (value) => typeof value === 'boolean'],
  logger: ['{ info, warn, error }', has('info', 'warn', 'error')],
  now: ['a function', isFunction],
  random: ['a function', isFunction],
};

const aboveZero = ['a number above 0', isPositive] as const;
const count = ['a whole number from 1, or Infinity', isCount] as const;
const acceptedLimits: Readonly<Record<keyof HubLimits, readonly [string, Check]>> = {
  payloadBytes: count,
  topics: count,
  topicBytes: count,
  publishPerSecond: aboveZero,
  framesPerSecond: aboveZero,
  replayPerSecond: aboveZero,
  connections: count,
  handshakeTimeoutMs: aboveZero,
  firstFrameTimeoutMs: aboveZero,
  peerBytes: count,
};

/** Throws a TypeError that names the option and what is accepted. */
export function resolveOptions(options: HubOptions): ResolvedOptions {
  check('', options, accepted);
  const { limits = {}, heartbeat = {}, history, now, random, logger = silent } = options;
  check('limits.', limits, acceptedLimits);
  if (heartbeat !== false) check('heartbeat.', heartbeat, { intervalMs: aboveZero, timeoutMs: aboveZero });
  if (history !== undefined && options.broker !== undefined) {
    throw new TypeError('history: is what the default broker keeps; give it to the broker of your own instead');
  }
  return {
    options,
    limits: { ...defaultLimits, ...given(limits) },
    heartbeat: heartbeat === false ? undefined : { ...defaultHeartbeat, ...given(heartbeat) },
    broker: options.broker ?? memoryBroker(given({ history, now, random })),
    isBrokerOurs: options.broker === undefined,
    logger,
  };
}

/** Throws a TypeError that names the argument and what is accepted. `what`: `'a whole number'`, or of what else it is a number. */
export function checkNumber(name: string, value: unknown, min: number, max: number, what: string): void {
  const isNumber = typeof value === 'number' && value >= min && value <= max;
  if (isNumber && (what !== 'a whole number' || Number.isInteger(value))) return;
  throw new TypeError(`${name}: ${what} from ${min} to ${max}; got ${describe(value)}`);
}

function check(prefix: string, options: object, accepted: Readonly<Record<string, readonly [string, Check]>>): void {
  for (const [name, value] of Object.entries(options)) {
    const known = Object.hasOwn(accepted, name) ? accepted[name] : undefined;
    if (known === undefined) {
      throw new TypeError(`${prefix}${name}: there is no such option; there are ${Object.keys(accepted).join(', ')}`);
    }
    const [words, isRight] = known;
    if (value !== undefined && !isRight(value))
      throw new TypeError(`${prefix}${name}: ${words}; got ${describe(value)}`);
  }
}

function given<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

function describe(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : value === null
      ? 'null'
      : typeof value;
}
