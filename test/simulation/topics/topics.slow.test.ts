import { describe, expect, test } from 'vitest';
import { findPlanted } from '../findPlanted.ts';
import { plantedTopicFaults } from './plantedTopicFaults.ts';
import { LONG_RUNS, SHORT_RUNS, playDays } from './days.ts';

test(`${LONG_RUNS} more bad days: everybody hears everything once and in order, or is told of a gap, and each publish is there once`, async () => {
  await playDays({ from: SHORT_RUNS, count: LONG_RUNS });
}, 180_000);

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
