import { ConnectionError, invalidOption, type ErrorCode } from './errors.ts';
import type { Outcome } from './outbox.ts';
import type { SendOptions, Wire } from './wire.ts';

/** What became of a message. `error` where it was not, or not surely, delivered. */
export interface Delivery {
  outcome: Outcome;
  reason?: string;
  error?: ConnectionError;
}

/** Sends, and tells the outcome as a promise that always resolves. */
export function deliver(wire: Wire, message: unknown, options: SendOptions | undefined): Promise<Delivery> {
  checkSendOptions(options);
  const data = wire.encode(message);
  return new Promise((resolve) => {
    wire.submit(message, data, options ?? {}, (outcome, reason) => resolve(deliveryOf(outcome, reason)));
  });
}

/** Throws a ConnectionError `'invalid-option'`. */
export function checkSendOptions({ ttlMs, key }: SendOptions = {}): void {
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
  replaced: ['overflow', 'a newer message of the same key took its place'],
};

function deliveryOf(outcome: Outcome, reason: string | undefined): Delivery {
  if (reason === undefined) return { outcome };
  const known = errors[reason];
  return known === undefined ? { outcome, reason } : { outcome, reason, error: new ConnectionError(...known) };
}
