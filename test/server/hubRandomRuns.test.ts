import { expect, test } from 'vitest';
import { playRun, type RunReport } from './fixtures/randomRun.ts';

const RUNS = 100;

async function playRuns(count: number, weather: Parameters<typeof playRun>[1]) {
  const total = { published: 0, duplicates: 0, seen: 0, gaps: 0, recovered: 0, resets: 0, slowConsumers: 0 };
  const breaches: string[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const report: RunReport = await playRun(seed, weather);
    for (const breach of report.breaches) breaches.push(`seed ${seed}: ${breach}`);
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += report[key];
  }
  return { total, breaches };
}

test('whatever clients, lines and brokers do, everybody sees every message once and in order, or is told of a gap', async () => {
  const { total, breaches } = await playRuns(RUNS, {});
  expect(breaches).toEqual([]);
  // All of that did happen.
  for (const [what, count] of Object.entries(total)) expect([what, count > RUNS / 5]).toEqual([what, true]);
});

test('a broker that comes back older under the same epoch is what the books do not let pass', async () => {
  const { breaches } = await playRuns(6, { losses: 'silent' });
  expect(breaches.length).toBeGreaterThan(0);
});
