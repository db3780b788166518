import { expect, test } from 'vitest';
import { unlike } from '../fixtures/lineFigures.ts';
import { lineRows, type Figures, type LineRowName } from '../fixtures/lineRows.ts';
import { playSimulated } from '../fixtures/simulatedLine.ts';

/**
 * Measured on real TCP (Linux 6, two network namespaces, `tc tbf`), before there was a model to compare with. The last two
 * were measured again with `thinLine.ts`. At 3 MB/s an earlier measurement had 119 of 150 messages arrive: it went through
 * a proxy that held up to 1 MiB itself, between two more kernels whose buffers still arrived after `terminate()`. Here the
 * line is between the two kernels, as it is outside of tests.
 */
const recorded: readonly (readonly [LineRowName, Figures])[] = [
  ['fresh', { bufferedBytes: 880_000, emptyMs: 6_600, withoutFallMs: 6_000, pongAfterEmptyMs: 14_200 }],
  ['warm', { bufferedBytes: 0, emptyMs: 0, pongAfterEmptyMs: 17_700 }],
  ['small', { bufferedBytes: 824_000, emptyMs: 17_800, withoutFallMs: 17_700, pongAfterEmptyMs: 16_700 }],
  ['large', { bufferedBytes: 3_000_000, emptyMs: 22_900, withoutFallMs: 22_800, pongAfterEmptyMs: 10_000 }],
  ['freshPings', { silenceMs: 2_800 }],
  ['warmPings', { silenceMs: 6_200 }],
  ['smallPings', { silenceMs: 4_500 }],
  ['terminate', { arrivedBytes: 112_000 }],
  ['closeAndTerminate', { arrivedBytes: 128_000 }],
  ['close', { arrivedBytes: 960_000 }],
  ['inOneTick', { arrivedMessages: 1 }],
  ['cutOff', { arrivedMessages: 61 }],
];

test.each(recorded.map(([row, real]) => [lineRows[row].name, row, real] as const))(
  'the simulated line does as real TCP was seen to do, within a factor of 1.5: %s',
  async (_, row, real) => {
    expect(unlike({ row, real, simulated: await playSimulated(lineRows[row]) }, 1.5)).toEqual([]);
  },
);
