import { describe, expect, test } from 'vitest';
import { edited, productText } from '../copy.ts';
import { findPlanted } from '../findPlanted.ts';
import { plantedTopicFaults } from './plantedTopicFaults.ts';
import { noTotals, playTopicSeeds } from './runs.ts';

const RUNS = 300;

test('300 bad days: everybody hears everything once and in order, or is told of a gap, and each publish is there once', async () => {
  const totals = noTotals();
  const failed = await playTopicSeeds({ from: 0, count: RUNS }, totals);
  expect(failed === undefined ? 'none' : `seed ${failed.seed}: ${failed.breach}`).toBe('none');
  // All of that did happen.
  for (const [what, count] of Object.entries(totals)) expect([what, count >= RUNS]).toEqual([what, true]);
}, 180_000);

test.each(plantedTopicFaults)('there is exactly one place for: $name', ({ edits }) => {
  for (const edit of edits) expect(() => edited(productText(edit.file), edit)).not.toThrow();
});

describe('the simulator of topics finds', () => {
  const names = ['a gap is not told', 'no id is remembered', 'the client goes on one too far'];
  test.each(plantedTopicFaults.filter(({ name }) => names.includes(name)))(
    '$name',
    { timeout: 60_000 },
    async (fault) => {
      const { seeds = Infinity } = await findPlanted(fault, 'topics');
      expect(seeds).toBeLessThanOrEqual(fault.withinSeeds);
    },
  );
});
