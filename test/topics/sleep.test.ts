import { expect, test } from 'vitest';
import { ConnectionError } from '../../src/index.ts';
import { ScriptedHub, type Frame } from './fixtures/scriptedHub.ts';

const HOUR_MS = 3_600_000;

/** A topic client on a machine that can sleep: its timers stand still then, and its wall clock goes on. */
async function stage(dedupeWindowMs: number) {
  let sleptMs = 0;
  const hub: ScriptedHub = new ScriptedHub({
    limits: { dedupeWindowMs },
    environment: { start: () => () => undefined, now: () => 1_800_000_000_000 + hub.clock.now() + sleptMs },
  });
  await hub.open();
  return { hub, sleeps: (ms: number): void => void (sleptMs += ms) };
}

const codeOf = async (published: Promise<unknown>): Promise<unknown> => {
  try {
    return await published;
  } catch (error) {
    return error instanceof ConnectionError ? error.code : error;
  }
};

const publishes = async (hub: ScriptedHub): Promise<unknown[]> =>
  (await hub.heard()).filter(({ type }: Frame) => type === 'publish').map(({ data }) => data);

test('a publish whose ttl was slept through is expired, and does not go out', async () => {
  const { hub, sleeps } = await stage(100_000);
  await hub.cut();
  const old = codeOf(hub.client.publish('news', 'old', { ttlMs: 5_000 }));
  void hub.client.publish('news', 'ageless').catch(() => undefined);
  sleeps(HOUR_MS);
  await hub.comeBack();
  expect(await publishes(hub)).toEqual(['ageless']);
  expect(await old).toBe('expired');
});

test('a publish that the hub would not know again after the sleep is uncertain, and does not go out twice', async () => {
  const { hub, sleeps } = await stage(100_000);
  const published = codeOf(hub.client.publish('news', 'once'));
  expect(await publishes(hub)).toEqual(['once']);
  await hub.cut();
  sleeps(HOUR_MS);
  await hub.comeBack();
  expect(await publishes(hub)).toEqual([]);
  expect(await published).toBe('uncertain');
});
