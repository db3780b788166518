import { ConnectionError, invalidOption } from '../client/errors.ts';
import { MAX_ID_BYTES, nameProblem } from '../protocol/frameFields.ts';
import type { PublishOptions, SubscribeOptions, TopicClientOptions } from './types.ts';

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isAmount = (value: unknown): boolean => typeof value === 'number' && value >= 1;
const isFunction = (value: unknown): boolean => typeof value === 'function';

/** What each option accepts, in words and as a check. */
type Accepted<T> = Readonly<Record<keyof T, readonly [string, (value: unknown) => boolean]>>;

const forClient: Accepted<TopicClientOptions> = {
  maxPublishes: ['a number of publishes from 1 to Infinity', isAmount],
  maxPublishBytes: ['a number of bytes from 1 to Infinity', isAmount],
  topicOf: ['a function', isFunction],
  dataOf: ['a function', isFunction],
};
const forSubscribe: Accepted<SubscribeOptions> = {
  last: ['a whole number of messages from 0', isCount],
  since: ['a position { epoch, offset }, one of positions()', isPosition],
  onGap: ['a function', isFunction],
};
const forPublish: Accepted<PublishOptions> = {
  id: [
    `a string of 1 to ${MAX_ID_BYTES} bytes without control characters`,
    (value) => nameProblem(value, MAX_ID_BYTES) === undefined,
  ],
  ttlMs: ['a number of milliseconds from 1 to Infinity', isAmount],
};

/** Each throws a ConnectionError `'invalid-option'` that names what cannot be used, and what can. */
export const validateClient = (options: unknown): void => check(options, forClient);
export const validatePublish = (options: unknown): void => check(options, forPublish);

export function validateSubscribe(listener: unknown, options: unknown): void {
  if (!isFunction(listener)) throw invalidOption('listener', 'a function', listener);
  check(options, forSubscribe);
}

export function validateTopic(topic: unknown): void {
  const problem = nameProblem(topic, Infinity);
  if (problem !== undefined) throw new ConnectionError('invalid-option', `topic: ${problem}`);
}

function isPosition(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { epoch, offset } = value as { readonly epoch?: unknown; readonly offset?: unknown };
  return nameProblem(epoch, MAX_ID_BYTES) === undefined && isCount(offset);
}

function check<T>(options: unknown, accepted: Accepted<T>): void {
  if (!isObject(options)) throw invalidOption('options', 'an object', options);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(accepted, name)) {
      const names = Object.keys(accepted).join(', ');
      throw new ConnectionError('invalid-option', `${name}: there is no such option; there are ${names}`);
    }
    const [words, isRight] = accepted[name as keyof T];
    if (value !== undefined && !isRight(value)) throw invalidOption(name, words, value);
  }
}
