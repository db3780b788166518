import { describe, expect, test } from 'vitest';
import { play, type Run } from './play.ts';
import { playSeeds, type Tally } from './runs.ts';
import { drawSchedule, type Schedule } from './schedule.ts';
import { shrink } from './shrink.ts';
import { timeline } from './timeline.ts';

const SEEDS = 300;

test(`${SEEDS} connections among faults: after every step all promises hold, and at the end every message has its outcome`, async () => {
  const tally: Tally = { runs: 0, messages: 0, transitions: {} };
  const failed = await playSeeds({ from: 0, count: SEEDS }, tally);
  expect(failed && timeline(failed)).toBeUndefined();
  expect(tally.runs).toBe(SEEDS);
  expect(tally.messages).toBeGreaterThan(50 * SEEDS);
  // Runs in which nothing happens would keep every promise.
  expect(Object.keys(tally.transitions).length).toBeGreaterThan(150);
}, 60_000);

test('the same seed gives the same trace, to the last byte; another one another', async () => {
  const traceOf = async (seed: number): Promise<string> => (await play(drawSchedule(seed))).trace.join('\n');
  for (const seed of [3, 14, 15, 92]) expect(await traceOf(seed)).toBe(await traceOf(seed));
  expect(await traceOf(3)).not.toBe(await traceOf(4));
});

test('a schedule is plain data: written down and read again it plays the same', async () => {
  const schedule = drawSchedule(65);
  const read = JSON.parse(JSON.stringify(schedule)) as Schedule;
  expect((await play(read)).trace).toEqual((await play(schedule)).trace);
});

describe('shrinking', () => {
  /** A failure that takes a disconnect() after a send, and a server that is silent. */
  const playOne = ({ steps, scenario }: Schedule): Promise<Pick<Run, 'breach'>> => {
    const sent = steps.findIndex((step) => step.do === 'send');
    const isBroken = sent >= 0 && steps.slice(sent).some((step) => step.do === 'disconnect');
    const breach = { promise: 'P4', what: 'made up', atMs: 0 } as const;
    return Promise.resolve({ breach: isBroken && scenario.server === 'silent' ? breach : undefined });
  };

  test('leaves nothing but what it takes', async () => {
    const plain = drawSchedule(0);
    const steps = [
      ...plain.steps,
      ...drawSchedule(1).steps,
      { atMs: 1e6, do: 'send', by: 'send', count: 70, bytes: 0 },
    ];
    const schedule = {
      ...plain,
      scenario: { ...plain.scenario, server: 'silent' },
      steps: [...steps, { atMs: 2e6, do: 'disconnect' }],
    } as Schedule;
    const { steps: left, scenario } = await shrink(schedule, playOne);
    expect(left.map((step) => [step.do, step.atMs])).toEqual([
      ['send', 0],
      ['disconnect', 0],
    ]);
    expect(left[0]).toMatchObject({ count: 1 });
    expect(scenario).toMatchObject({ server: 'silent', hasPing: true, codec: 'json', reactions: [] });
  });

  test('leaves a schedule alone that breaks nothing', async () => {
    const schedule = { ...drawSchedule(0), steps: [] };
    expect(await shrink(schedule, playOne)).toBe(schedule);
  });
});

test('a timeline tells the seed, what is odd about the scenario, the steps, and the promise that was broken', async () => {
  const run = await play(drawSchedule(7));
  const breach = { promise: 'P4', what: 'made up', atMs: 0 } as const;
  const text = timeline({ ...run, breach, trace: [...run.trace.slice(0, 3), '12 ✗ P4: made up', '13 more'] });
  expect(text).toMatch(/^seed 7: P4: made up\nscenario: \{/u);
  expect(text).toContain('▸ ');
  expect(text).toMatch(/12\.0 ms {2}✗ P4: made up$/u);
});
