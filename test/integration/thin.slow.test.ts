/** P7 and P11 on thin lines of real TCP: the short form of `npm run thin`. */
import { describe, expect, test } from 'vitest';
import { faultsOf, playThinRows } from '../fixtures/thinRow.ts';
import { canUseThinLines } from '../fixtures/thinLines.ts';

const rows = [
  '60 × 16 kB at 480 kbit/s, after a loss',
  "60 × 16 kB at 480 kbit/s, after a loss, confirm: 'ping'",
  "60 × 16 kB at 480 kbit/s, first connection, confirm: 'ping'",
  'reconnect(), 60 × 16 kB at 1.6 Mbit/s, a talking peer',
  'drain of a hub, 60 × 16 kB at 1.6 Mbit/s',
  'a line that falls silent, nothing is sent',
];

describe.runIf(canUseThinLines('the connection on thin lines of real TCP is'))('on a thin line of real TCP', () => {
  test(
    'a connection uses the sockets that it has to, loses nothing, takes no longer than a bare socket, and finds a dead line',
    { timeout: 200_000 },
    async () => {
      const played = await playThinRows(rows);

      expect(played).toHaveLength(rows.length);
      expect(played.filter((one) => faultsOf(one).length > 0).map((one) => [one.name, ...faultsOf(one)])).toEqual([]);
    },
  );
});
