import { playTopics, type Counts, type TopicRun } from './playTopics.ts';

/** What many runs have met. */
export type Totals = { -readonly [K in keyof Counts]: number } & { runs: number };

/** Plays seeds one after the other, until one fails. The result is the one that did. */
export async function playTopicSeeds(
  { from, count }: { readonly from: number; readonly count: number },
  totals: Totals,
  onRun: () => void = () => undefined,
): Promise<(TopicRun & { readonly seed: number }) | undefined> {
  for (let seed = from; seed < from + count; seed++) {
    const run = await playTopics(seed);
    totals.runs++;
    for (const name of Object.keys(run.counts) as (keyof Counts)[]) totals[name] += run.counts[name];
    if (run.breach !== undefined) return { ...run, seed };
    onRun();
  }
  return undefined;
}

export const noTotals = (): Totals => ({
  runs: 0,
  published: 0,
  acked: 0,
  duplicates: 0,
  uncertain: 0,
  refused: 0,
  heard: 0,
  gaps: 0,
  recovered: 0,
  resets: 0,
  denied: 0,
});
