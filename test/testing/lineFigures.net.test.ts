import { describe, expect, test } from 'vitest';
import { unlike } from '../fixtures/lineFigures.ts';
import { lineRows, type LineRowName } from '../fixtures/lineRows.ts';
import { playSimulated } from '../fixtures/simulatedLine.ts';
import { canUseThinLines, playOnThinLines } from '../fixtures/thinLine.ts';

const rows: readonly LineRowName[] = ['shortFill', 'shortTerminate'];

describe.runIf(canUseThinLines('the short comparison of the simulated line with real TCP is'))(
  'a real thin line',
  () => {
    test('does in a few seconds what the simulated one does at once, within a factor of 1.5', async () => {
      for (const { row, figures } of await playOnThinLines(rows))
        expect(unlike({ row, real: figures, simulated: await playSimulated(lineRows[row]) }, 1.5)).toEqual([]);
    });
  },
);
