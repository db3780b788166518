import type { Broker } from './broker.ts';
import { memoryBroker } from './brokers/memory.ts';
import {
  aboveZero,
  aFunction,
  anObject,
  check,
  count,
  describe,
  given,
  isFunction,
  isObject,
  type Accepted,
  type Check,
} from './checkOptions.ts';
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

const has =
  (...methods: readonly string[]): Check =>
  (value) =>
    isObject(value) && methods.every((method) => isFunction((value as Record<string, unknown>)[method]));
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string);

const accepted: Readonly<Record<keyof HubOptions, Accepted>> = {
  broker: ['a broker: { publish, read, subscribe, onGeneration }', has('publish', 'read', 'subscribe', 'onGeneration')],
  authenticate: aFunction,
  authorize: aFunction,
  allowedOrigins: [
    "an array of origins such as 'https://example.com', or a function",
    (value) => isFunction(value) || (Array.isArray(value) && value.every((origin) => typeof origin === 'string')),
  ],
  onDuplicate: ["'both', 'replace' or 'refuse'", oneOf('both', 'replace', 'refuse')],
  limits: anObject,
  slowConsumer: ["'disconnect', 'latest' or 'resync'", oneOf('disconnect', 'latest', 'resync')],
  history: anObject,
  heartbeat: ['false or { intervalMs, timeoutMs }', (value) => value === false || isObject(value)],
  onFrame: aFunction,
  showFrom: ['true or false', (value) => typeof value === 'boolean'],
  logger: ['{ info, warn, error }', has('info', 'warn', 'error')],
  now: aFunction,
  random: aFunction,
};

const acceptedLimits: Readonly<Record<keyof HubLimits, Accepted>> = {
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
