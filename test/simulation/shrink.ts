import { play, type Run } from './play.ts';
import { plainScenario, type Scenario } from './scenario.ts';
import type { Schedule, Step } from './schedule.ts';

/** Plays it, and says how that went; the same promise has to be broken for a schedule to count as one that fails. */
export type Player = (schedule: Schedule) => Promise<Pick<Run, 'breach'>>;

/** A schedule as small as can be that breaks the same promise: fewer steps, and a scenario as plain as possible. */
export async function shrink(schedule: Schedule, playOne: Player = play): Promise<Schedule> {
  const promise = (await playOne(schedule)).breach?.promise;
  if (promise === undefined) return schedule;
  const fails = async (candidate: Schedule): Promise<boolean> => (await playOne(candidate)).breach?.promise === promise;
  let smallest = schedule;
  for (;;) {
    const fewer = await withFewerSteps(smallest, fails);
    const plainer = await withPlainerScenario(fewer, fails);
    if (JSON.stringify(plainer) === JSON.stringify(smallest)) return smallest;
    smallest = plainer;
  }
}

type Test = (candidate: Schedule) => Promise<boolean>;

/** Delta debugging: leaves out ever smaller parts. Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002). */
async function withFewerSteps(schedule: Schedule, fails: Test): Promise<Schedule> {
  let { steps } = schedule;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < steps.length;) {
      const without = [...steps.slice(0, from), ...steps.slice(from + size)];
      if (await fails({ ...schedule, steps: without })) steps = without;
      else from += size;
    }
  }
  return withSmallerSteps({ ...schedule, steps }, fails);
}

/** Fewer messages in a step, and no step later than it has to be. */
async function withSmallerSteps(schedule: Schedule, fails: Test): Promise<Schedule> {
  let smallest = schedule;
  for (let nth = 0; nth < schedule.steps.length; nth++) {
    for (const change of [onlyOne, sooner(smallest.steps[nth - 1]?.atMs ?? 0)]) {
      const steps = smallest.steps.map((step, at) => (at === nth ? change(step) : step));
      const candidate = { ...smallest, steps };
      if (JSON.stringify(steps) !== JSON.stringify(smallest.steps) && (await fails(candidate))) smallest = candidate;
    }
  }
  return smallest;
}

const onlyOne = (step: Step): Step => (step.do === 'send' ? { ...step, count: 1 } : step);
const sooner =
  (atMs: number) =>
  (step: Step): Step => ({ ...step, atMs });

async function withPlainerScenario(schedule: Schedule, fails: Test): Promise<Schedule> {
  let plainest = schedule;
  for (const name of Object.keys(plainScenario) as (keyof Scenario)[]) {
    const candidate = { ...plainest, scenario: { ...plainest.scenario, [name]: plainScenario[name] } };
    if (await fails(candidate)) plainest = candidate;
  }
  return plainest;
}
