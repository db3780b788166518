import type { Scheduler } from './scheduler.ts';

/** How long a broker, or a function of the user's, may take to answer. Unit ms. */
const ANSWER_TIMEOUT_MS = 5_000;

/** Settles as the promise does, or rejects where that takes too long. */
export async function within<T>(
  scheduler: Scheduler,
  promise: Promise<T>,
  who = 'the broker',
  timeoutMs = ANSWER_TIMEOUT_MS,
): Promise<T> {
  let timer: unknown;
  const deadline = new Promise<never>((_, reject) => {
    timer = scheduler.setTimeout(() => reject(new Error(`${who} has not answered for ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    scheduler.clearTimeout(timer);
  }
}
