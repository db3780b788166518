import { expect, test } from 'vitest';
import { storm } from '../../bench/storm/run.ts';

test('ten seconds of random faults: no message is lost without a word, overtakes another or has two outcomes', async () => {
  const { toServer, toClient, lost, liveSockets, reconnects, faults, breaches } = await storm({
    seed: 7,
    seconds: 10,
    confirm: 'ping',
  });
  expect(breaches).toEqual([]);
  expect(lost).toBe(0);
  expect(toServer.reordered + toClient.reordered).toBe(0);
  expect(liveSockets).toBe(1);
  // It was a storm: hundreds of messages, and losses of many kinds.
  expect(toServer.delivered).toBeGreaterThan(300);
  expect(reconnects).toBeGreaterThan(3);
  expect(Object.keys(faults).length).toBeGreaterThan(7);
}, 60_000);
