/** The short form of `npm run storm`; storm.slow.test.ts is longer. */
import { expect, test } from 'vitest';
import { storm } from '../../bench/storm/run.ts';

test('two seconds of random faults: no message is lost without a word, overtakes another or has two outcomes', async () => {
  const { toServer, toClient, lost, liveSockets, reconnects, faults, breaches } = await storm({
    seed: 7,
    seconds: 2,
    confirm: 'ping',
  });
  expect(breaches).toEqual([]);
  expect(lost).toBe(0);
  expect(toServer.reordered + toClient.reordered).toBe(0);
  expect(liveSockets).toBe(1);
  expect(toServer.delivered).toBeGreaterThan(60);
  expect(reconnects).toBeGreaterThan(0);
  expect(Object.keys(faults).length).toBeGreaterThan(2);
}, 60_000);
