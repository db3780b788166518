import { expect } from 'vitest';
import { noTotals, playTopicSeeds } from './runs.ts';

/** Days that `npm test` plays, and those that `npm run test:slow` plays after them. */
export const SHORT_RUNS = 60;
export const LONG_RUNS = 240;

/** Plays these seeds; all promises have to hold, and everything that is counted has to have happened. */
export async function playDays(seeds: { readonly from: number; readonly count: number }): Promise<void> {
  const totals = noTotals();
  const failed = await playTopicSeeds(seeds, totals);
  expect(failed === undefined ? 'none' : `seed ${failed.seed}: ${failed.breach}`).toBe('none');
  for (const [what, count] of Object.entries(totals)) expect([what, count >= seeds.count]).toEqual([what, true]);
}
