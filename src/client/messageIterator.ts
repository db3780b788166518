import { ConnectionError } from './errors.ts';
import { validateUnread } from './validate.ts';
import type { Wire } from './wire.ts';

/** Unread messages an iterator keeps before it gives up. */
const DEFAULT_MAX_MESSAGES = 1_024;

/** How messages are iterated over. */
export interface MessagesOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
  /** Unread messages that are kept; one more, and the iteration throws `'slow-consumer'`. Default 1,024 · range 1 … ∞. */
  readonly maxMessages?: number | undefined;
}

interface Waiting<T> {
  readonly resolve: (result: IteratorResult<T>) => void;
  readonly reject: (error: unknown) => void;
}

/** Messages to iterate over, bounded: one that reads too slowly is told so and ends, instead of filling the memory. */
export function messageIterator<In>(
  wire: Wire,
  isDisposed: boolean,
  { signal, maxMessages = DEFAULT_MAX_MESSAGES }: MessagesOptions = {},
): AsyncIterableIterator<In> {
  validateUnread(maxMessages);
  const unread: In[] = [];
  const waiting: Waiting<In>[] = [];
  let isOver = false;
  /** The error to throw, once, when all that was unread has been read. */
  const errors: Error[] = [];

  const finish = (error?: Error): void => {
    if (isOver) return;
    isOver = true;
    for (const stop of stops) stop();
    signal?.removeEventListener('abort', quit);
    if (error !== undefined) errors.push(error);
    for (const { resolve, reject } of waiting.splice(0)) {
      const first = errors.shift();
      if (first === undefined) resolve({ done: true, value: undefined });
      else reject(first);
    }
  };
  const quit = (): void => finish();

  const stops = [
    wire.news.messages.add((message: In) => {
      const reader = waiting.shift();
      if (reader !== undefined) reader.resolve({ done: false, value: message });
      else if (unread.length < maxMessages) unread.push(message);
      else {
        const what = `more than ${maxMessages} messages are unread; read faster, or raise maxMessages`;
        finish(new ConnectionError('slow-consumer', what));
      }
    }),
    wire.news.on('closed', quit),
    wire.news.on('failed', ({ error }: { error: ConnectionError }) => finish(error)),
    wire.news.disposals.add(quit),
  ];
  signal?.addEventListener('abort', quit);
  if (signal?.aborted === true || isDisposed || wire.isOver) quit();

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (unread.length > 0) return Promise.resolve({ done: false, value: unread.shift() as In });
      if (!isOver) return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
      const error = errors.shift();
      return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
    },
    return() {
      unread.length = errors.length = 0;
      quit();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}
