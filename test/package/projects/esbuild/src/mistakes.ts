/** What the compiler has to refuse, and why. */
import { createConnection, type StateName } from '../../../../../src/index.ts';
import { createHub } from '../../../../../src/server/index.ts';

// @ts-expect-error TS2554: an address is needed
createConnection();
// @ts-expect-error TS2820: no state
export const state: StateName = 'reconnecting';
// @ts-expect-error TS2561: no option
createHub({ allowedOrigin: 'https://example.com' });
