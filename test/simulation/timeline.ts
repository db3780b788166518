import type { Run } from './play.ts';
import { plainScenario, type Scenario } from './scenario.ts';
import type { Schedule } from './schedule.ts';

/** A run for people to read: what it takes to play it again, and what happened, up to the broken promise. */
export function timeline({ schedule, breach, trace }: Run): string {
  const end = trace.findIndex((line) => line.includes('✗'));
  const shown = end === -1 ? trace : trace.slice(0, end + 1);
  const headline = breach === undefined ? 'every promise was kept' : `${breach.promise}: ${breach.what}`;
  return [
    `seed ${schedule.seed}: ${headline}`,
    `scenario: ${JSON.stringify(oddities(schedule))}, all else plain`,
    ...shown.map(line),
  ].join('\n');
}

function line(entry: string): string {
  const at = entry.indexOf(' ');
  return `${Number(entry.slice(0, at)).toFixed(1).padStart(11)} ms  ${entry.slice(at + 1)}`;
}

/** What is not as in the plain scenario. */
function oddities({ scenario }: Schedule): Partial<Scenario> {
  const isOdd = ([name, value]: [string, unknown]): boolean =>
    JSON.stringify(value) !== JSON.stringify(plainScenario[name as keyof Scenario]);
  return Object.fromEntries(Object.entries(scenario).filter(isOdd));
}
