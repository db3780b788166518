import { expect, test } from 'vitest';
import { publishesThroughFaults } from '../../bench/topics/publishes.ts';
import { hubReconnects } from '../../bench/topics/reconnects.ts';
import { drainedRestart } from '../../bench/topics/restart.ts';
import { resume } from '../../bench/topics/resume.ts';

/* The short form of what bench/topics.ts does at length. */

test('cuts while much is published, and a server that has to ask first: nothing lost, twice or out of order', async () => {
  const { sent, received, lost, twice, reordered, told } = await hubReconnects(10);
  expect({ lost, twice, reordered, told }).toEqual({ lost: 0, twice: 0, reordered: 0, told: 0 });
  expect(received).toBe(sent);
  expect(sent).toBeGreaterThan(500);
}, 60_000);

test('publishes through random faults are in the log once, and in order', async () => {
  const { acked, notInTheLog, twiceInTheLog, reorderedInTheLog, reconnects } = await publishesThroughFaults(600, 3);
  expect({ acked, notInTheLog, twiceInTheLog, reorderedInTheLog }).toEqual({
    acked: 600,
    notInTheLog: 0,
    twiceInTheLog: 0,
    reorderedInTheLog: 0,
  });
  expect(reconnects).toBeGreaterThan(0);
}, 60_000);

test('all topics go on by one frame', async () => {
  expect(await resume(120)).toMatchObject({ frames: 1, gaps: 0, lost: 0 });
}, 60_000);

test('a drained restart loses nobody a message, and they do not come back all at once', async () => {
  const { lost, twice, reordered, gaps, perSecond } = await drainedRestart(60, 2_000);
  expect({ lost, twice, reordered, gaps }).toEqual({ lost: 0, twice: 0, reordered: 0, gaps: 0 });
  expect(Math.max(...perSecond)).toBeLessThan(60);
}, 60_000);
