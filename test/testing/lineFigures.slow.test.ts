import { describe, expect, test } from 'vitest';
import { median, table, unlike, type Comparison } from '../fixtures/lineFigures.ts';
import { lineRows, type LineRowName } from '../fixtures/lineRows.ts';
import { playSimulated } from '../fixtures/simulatedLine.ts';
import { canUseThinLines, playOnThinLines } from '../fixtures/thinLine.ts';

/** How often each is played. */
const times = {
  fresh: 5,
  warm: 5,
  small: 5,
  large: 5,
  freshPings: 5,
  warmPings: 5,
  smallPings: 5,
  deepPings: 3,
  deepSmallPings: 3,
  terminate: 3,
  closeAndTerminate: 3,
  close: 3,
  inOneTick: 3,
  cutOff: 3,
} satisfies Partial<Record<LineRowName, number>>;
/** Where the queue overflows, the longest silence is that of the unluckiest loss: real runs differ from each other by as much. */
const unlucky: ReadonlySet<LineRowName> = new Set(['freshPings', 'warmPings', 'smallPings']);
/** Far above what all rows take. */
const DEADLINE_MS = 100_000;
const rows = Object.keys(times) as (keyof typeof times)[];

describe.runIf(canUseThinLines('the comparison of the simulated line with real TCP is'))('real thin lines', () => {
  test(
    'do in half a minute what the simulated ones do at once, within a factor of 1.5, of silence after losses 2.5',
    { timeout: DEADLINE_MS + 20_000 },
    async () => {
      const played = await playOnThinLines(
        rows.flatMap((row) => Array.from({ length: times[row] }, () => row)),
        DEADLINE_MS,
      );
      const comparisons: Comparison[] = [];
      for (const row of rows) {
        const real = median(played.filter((one) => one.row === row).map(({ figures }) => figures));
        comparisons.push({ row, real, simulated: await playSimulated(lineRows[row]) });
      }
      console.log(table(comparisons));
      expect(comparisons.flatMap((one) => unlike(one, unlucky.has(one.row) ? 2.5 : 1.5))).toEqual([]);
    },
  );
});
