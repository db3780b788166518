import type { Scheduler } from './scheduler.ts';

/** How long a broker may take to answer. Unit ms. */
const BROKER_TIMEOUT_MS = 5_000;

/** Settles as the promise does, or rejects where a broker takes too long. */
export async function within<T>(scheduler: Scheduler, promise: Promise<T>): Promise<T> {
  let timer: unknown;
  const deadline = new Promise<never>((_, reject) => {
    timer = scheduler.setTimeout(
      () => reject(new Error(`the broker has not answered for ${BROKER_TIMEOUT_MS} ms`)),
      BROKER_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    scheduler.clearTimeout(timer);
  }
}
