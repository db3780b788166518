/** The short form of `npm run soak`; it wants a process of its own, as every slow test has. */
import { expect, test } from 'vitest';
import { soak } from '../../bench/soakCycles.ts';

test('connections that came and went leave nothing behind: no socket, timer or listener, and no memory', async () => {
  const { before, after, echoes } = await soak(300);
  expect(echoes).toBe(225);
  expect(after.resources).toEqual([]);
  expect(after.serverClients).toBe(0);
  expect(after.listeners).toBe(before.listeners);
  // 270 connections that were kept alive by something would be several MiB.
  expect(after.heapBytes - before.heapBytes).toBeLessThan(1024 * 1024);
});
