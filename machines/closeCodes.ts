import type { CloseVerdict } from './connection.types.ts';

/** A delay this many times as long follows a close that says "too much right now", within the cap. */
export const OVERLOAD_FACTOR = 5;

/** Close codes that no retry can mend: the peer refuses what we are, not when we came. RFC 6455 §7.4.1; 44xx mirror HTTP 4xx. */
const fatalCodes: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1010, 4400, 4403, 4409]);
/** Close codes of a peer that is short of room: 1013 "try again later", 4429 "too many requests", 4503 "unavailable". */
const overloadCodes: ReadonlySet<number> = new Set([1013, 4429, 4503]);
const unauthorizedCode = 4401;

/** HTTP statuses at the upgrade, as the close codes they count as. */
const statusCodes: ReadonlyMap<number, number> = new Map([
  [401, 4401],
  [403, 4403],
  [429, 4429],
  [503, 4503],
]);

/** What the table says of a close code. Everything it does not name is worth a retry, 1000 included: frameworks close with it when a handler returns. */
export function verdictOf(code: number): CloseVerdict {
  if (code === unauthorizedCode) return 'refresh';
  return fatalCodes.has(code) ? 'fail' : 'retry';
}

/** Whether a close with this code says that the peer is short of room: it asks for a longer delay, and no message is to blame. */
export function isOverloadCode(code: number): boolean {
  return overloadCodes.has(code);
}

/** The close code that a refused upgrade counts as; `undefined` where the status says nothing of its own. */
export function closeCodeOfStatus(status: number): number | undefined {
  return statusCodes.get(status);
}

const HINT = /(?:^|[\s;,])retry-after=(\d+)(?=$|[\s;,])/u;

/** Reads `retry-after=<ms>` from a close reason. */
export function retryAfterOf(reason: string): number | undefined {
  const match = HINT.exec(reason);
  return match === null ? undefined : Number(match[1]);
}
