/** The first days; the others, and what the simulator finds, are in topics.slow.test.ts. */
import { expect, test } from 'vitest';
import { edited, productText } from '../copy.ts';
import { plantedTopicFaults } from './plantedTopicFaults.ts';
import { SHORT_RUNS, playDays } from './days.ts';

test(`${SHORT_RUNS} bad days: everybody hears everything once and in order, or is told of a gap, and each publish is there once`, async () => {
  await playDays({ from: 0, count: SHORT_RUNS });
}, 60_000);

test.each(plantedTopicFaults)('there is exactly one place for: $name', ({ edits }) => {
  for (const edit of edits) expect(() => edited(productText(edit.file), edit)).not.toThrow();
});
