import { play, type Run } from './play.ts';
import { drawSchedule } from './schedule.ts';

/** What many runs came to. */
export interface Tally {
  runs: number;
  messages: number;
  /** How often each edge of the chart was taken. */
  readonly transitions: Record<string, number>;
}

/** Plays seeds one after the other, until one fails. The result is the run that did. */
export async function playSeeds(
  { from, count }: { readonly from: number; readonly count: number },
  tally: Tally,
  onRun: (tally: Tally) => void = () => undefined,
): Promise<Run | undefined> {
  for (let seed = from; seed < from + count; seed++) {
    const run = await play(drawSchedule(seed));
    tally.runs++;
    tally.messages += run.messages;
    for (const [edge, times] of Object.entries(run.transitions))
      tally.transitions[edge] = (tally.transitions[edge] ?? 0) + times;
    if (run.breach !== undefined) return run;
    onRun(tally);
  }
  return undefined;
}
