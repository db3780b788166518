import { ConnectionError, type ErrorCode } from './errors.ts';
import type { Outcome } from './outbox.ts';
import type { SendOptions } from './options.ts';
import type { OutcomeListener } from './sender.ts';
import { validateSend } from './validate.ts';
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
  validateSend(options);
  const data = wire.sender.coder.encode(message);
  return new Promise((resolve) => {
    const onOutcome: OutcomeListener = (outcome, reason) => resolve(deliveryOf(outcome, reason));
    if (isDisposed) wire.refuse(message, onOutcome);
    else wire.submit(message, data, options ?? {}, onOutcome);
  });
}

const errors: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  overflow: ['overflow', 'the outbox was full; raise outbox.maxMessages or maxBytes, or send less at a time'],
  'too-large': ['too-large', 'the message is larger than outbox.maxBytes'],
  ttl: ['expired', 'the message waited longer than its ttlMs'],
  disconnected: ['closed', 'disconnect() was called before the message could go out'],
  closed: ['closed', 'the connection is closed; call connect() first'],
  failed: ['closed', 'the connection has failed; call connect() first'],
  disposed: ['disposed', 'the connection has been disposed of'],
  'not-open': ['closed', 'there was no open connection, and queue: false said not to wait for one'],
  unencodable: ['invalid-option', 'the codec cannot encode this message, or its options cannot be used'],
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
  const error = deliveryError(outcome, reason);
  return error === undefined ? { outcome, reason } : { outcome, reason, error };
}

/** An outcome and its reason, as the events `outcome` and `dropped` tell them, as the error that `deliver()` answers with. Undefined for a message that was delivered. */
export function deliveryError(outcome: Outcome, reason: string): ConnectionError | undefined {
  if (outcome === 'uncertain') {
    const why = `the message may or may not have arrived: ${uncertain[reason] ?? reason}`;
    return new ConnectionError('uncertain', why);
  }
  const known = errors[reason];
  return known && new ConnectionError(...known);
}
