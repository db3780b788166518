import { ConnectionError, invalidOption, type ErrorCode } from './errors.ts';
import type { Outcome } from './outbox.ts';
import type { OutcomeListener, SendOptions } from './sender.ts';
import type { Wire } from './wire.ts';

/** What became of a message. `error` where it was not, or not surely, delivered. */
export interface Delivery {
  outcome: Outcome;
  reason?: string;
  error?: ConnectionError;
}

/** Sends, and tells the outcome as a promise that always resolves. */
export function deliver(
  wire: Wire,
  isDisposed: boolean,
  message: unknown,
  options: SendOptions | undefined,
): Promise<Delivery> {
  checkSendOptions(options);
  const data = wire.sender.coder.encode(message);
  return new Promise((resolve) => {
    const onOutcome: OutcomeListener = (outcome, reason) => resolve(deliveryOf(outcome, reason));
    if (isDisposed) wire.refuse(message, onOutcome);
    else wire.submit(message, data, options ?? {}, onOutcome);
  });
}

/** Throws a ConnectionError `'invalid-option'`. */
export function checkSendOptions(options: SendOptions | undefined): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || (options as unknown) === null)
    throw invalidOption('options', 'an object', options);
  const { ttlMs, key } = options;
  if (ttlMs !== undefined && !(typeof ttlMs === 'number' && ttlMs > 0)) {
    throw invalidOption('ttlMs', 'a number of milliseconds above 0', ttlMs);
  }
  if (key !== undefined && typeof key !== 'string') throw invalidOption('key', 'a string', key);
}

const errors: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  overflow: ['overflow', 'the outbox was full; raise outbox.maxMessages or maxBytes, or send less while not connected'],
  'too-large': ['too-large', 'the message is larger than outbox.maxBytes'],
  ttl: ['expired', 'the message waited longer than its ttlMs'],
  disconnected: ['closed', 'disconnect() was called before the message could go out'],
  closed: ['closed', 'the connection is closed; call connect() first'],
  failed: ['closed', 'the connection has failed; call connect() first'],
  disposed: ['disposed', 'the connection has been disposed of'],
  unsendable: ['invalid-option', 'the socket refuses this message again and again'],
  replaced: ['overflow', 'a newer message of the same key took its place'],
};

/** Handed over, and what became of it nobody knows. */
const uncertain: Readonly<Record<string, string>> = {
  ttl: 'its ttlMs passed before a pong confirmed it',
  disconnected: 'disconnect() was called before a pong confirmed it',
  disposed: 'the connection was disposed of before a pong confirmed it',
  unconfirmed: 'it was handed over, up to five times, and no pong confirmed it',
  'too-large': 'the peer closed with 1009, and may have found it too big',
  unsendable: 'it was handed over, and the next socket refused it again and again',
};

function deliveryOf(outcome: Outcome, reason: string | undefined): Delivery {
  if (reason === undefined) return { outcome };
  if (outcome === 'uncertain') {
    const why = `the message may or may not have arrived: ${uncertain[reason] ?? reason}`;
    return { outcome, reason, error: new ConnectionError('uncertain', why) };
  }
  const known = errors[reason];
  return known === undefined ? { outcome, reason } : { outcome, reason, error: new ConnectionError(...known) };
}
