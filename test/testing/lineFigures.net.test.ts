import { describe, expect, test } from 'vitest';
import { median, unlike } from '../fixtures/lineFigures.ts';
import { lineRows, type LineRowName } from '../fixtures/lineRows.ts';
import { playSimulated } from '../fixtures/simulatedLine.ts';
import { playOnThinLines } from '../fixtures/thinLine.ts';
import { canUseThinLines } from '../fixtures/thinLines.ts';

const rows: readonly LineRowName[] = ['shortFill', 'shortTerminate'];
/** A line may be late on a busy machine: of each row the median counts. */
const TIMES = 3;
const DEADLINE_MS = 30_000;

describe.runIf(canUseThinLines('the short comparison of the simulated line with real TCP is'))(
  'a real thin line',
  () => {
    test(
      'does in a few seconds what the simulated one does at once, within a factor of 1.5',
      { timeout: DEADLINE_MS + 10_000 },
      async () => {
        const played = await playOnThinLines(Array.from({ length: TIMES }, () => rows).flat(), DEADLINE_MS);
        for (const row of rows) {
          const runs = played.filter((one) => one.row === row).map(({ figures }) => figures);
          expect(unlike({ row, real: median(runs), simulated: await playSimulated(lineRows[row]) }, 1.5)).toEqual([]);
        }
      },
    );
  },
);
