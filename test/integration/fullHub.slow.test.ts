import { expect, test } from 'vitest';
import { fullHub } from '../fixtures/fullHub.ts';

test('1,000 clients of a hub that is full for ten minutes dial at most 30 times each, spread, and none fails', () => {
  const { mostDials, busiestSecond, failed, open } = fullHub(1_000)();
  expect(mostDials).toBeLessThanOrEqual(30);
  expect(busiestSecond).toBeLessThan(200);
  expect({ failed, open }).toEqual({ failed: 0, open: 1_000 });
});
