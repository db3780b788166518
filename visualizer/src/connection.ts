import { createConnection } from '../../src/index.ts';
import type { HelloFrame, PeerFrame } from '../frames.ts';

/** By which the server knows whose socket to drop. */
export const clientId = crypto.randomUUID();

/** `?attempts=1` leaves a single retry: then a restart of the server ends in `failed`. */
const attempts = new URLSearchParams(location.search).get('attempts');

/**
 * The connection that the page shows. It does not dial until somebody says `connect()`.
 * The server answers `{"type":"ping"}`, so an empty `heartbeat` is enough; `equal` keeps the first wait long enough to be seen.
 */
export const connection = createConnection<PeerFrame, HelloFrame>(`/traffic?client=${clientId}`, {
  heartbeat: {},
  retry: { jitter: 'equal', ...(attempts === null ? {} : { maxAttempts: Number(attempts) }) },
});
