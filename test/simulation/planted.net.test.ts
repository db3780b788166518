import { describe, expect, test } from 'vitest';
import { edited, productText } from './copy.ts';
import { findPlanted } from './findPlanted.ts';
import { plantedFaults } from './planted.ts';

test('at least twelve faults can be planted, each under its own name', () => {
  expect(plantedFaults.length).toBeGreaterThanOrEqual(12);
  expect(new Set(plantedFaults.map(({ name }) => name)).size).toBe(plantedFaults.length);
});

test.each(plantedFaults)('there is exactly one place for: $name', ({ edits }) => {
  for (const edit of edits) expect(() => edited(productText(edit.file), edit)).not.toThrow();
});

test('an edit whose place is gone, or is there twice, is an error', () => {
  const edit = { file: 'a.ts', from: 'one', to: 'two' };
  expect(() => edited('nothing', edit)).toThrow('a.ts: the place of an edit has to be there once, and is 0 times: one');
  expect(() => edited('one, one', edit)).toThrow('2 times');
  expect(edited('just one', edit)).toBe('just two');
});

describe('the simulator finds', () => {
  const names = [
    'attempts are forgotten at open',
    'the gate goes up before the outbox is empty',
    'retries have no jitter',
  ];
  test.each(plantedFaults.filter(({ name }) => names.includes(name)))('$name', { timeout: 60_000 }, async (fault) => {
    const { seeds = Infinity } = await findPlanted(fault);
    expect(seeds).toBeLessThanOrEqual(fault.withinSeeds);
  });
});
