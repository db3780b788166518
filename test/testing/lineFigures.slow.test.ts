import { describe, expect, test } from 'vitest';
import { median, table, unlike, type Comparison } from '../fixtures/lineFigures.ts';
import { lineRows, type LineRowName } from '../fixtures/lineRows.ts';
import { playSimulated } from '../fixtures/simulatedLine.ts';
import { playOnThinLines } from '../fixtures/thinLine.ts';
import { canUseThinLines } from '../fixtures/thinLines.ts';

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
/** Real runs differ: a row that is too far off is played as often again, and the median of all its runs counts. */
const ROUNDS = 3;
/** Far above what all rows take. */
const DEADLINE_MS = 100_000;
type Row = keyof typeof times;

describe.runIf(canUseThinLines('the comparison of the simulated line with real TCP is'))('real thin lines', () => {
  test(
    'do in half a minute what the simulated ones do at once, within a factor of 1.5, of silence after losses 2.5',
    { timeout: ROUNDS * DEADLINE_MS + 20_000 },
    async () => {
      const played: Awaited<ReturnType<typeof playOnThinLines>>[number][] = [];
      const compared = new Map<Row, Comparison>();
      const faultsOf = (row: Row): readonly string[] => {
        const comparison = compared.get(row);
        return comparison === undefined ? ['not played'] : unlike(comparison, unlucky.has(row) ? 2.5 : 1.5);
      };
      const rows = Object.keys(times) as Row[];
      for (let round = 0, left = rows; round < ROUNDS && left.length > 0; round++) {
        const again = left.flatMap((row) => Array.from({ length: times[row] }, () => row));
        played.push(...(await playOnThinLines(again, DEADLINE_MS)));
        for (const row of left) {
          const real = median(played.filter((one) => one.row === row).map(({ figures }) => figures));
          compared.set(row, { row, real, simulated: await playSimulated(lineRows[row]) });
        }
        left = left.filter((row) => faultsOf(row).length > 0);
      }
      console.log(table([...compared.values()]));
      expect(rows.flatMap(faultsOf)).toEqual([]);
    },
  );
});
