/** Plays random runs of a connection against random faults: `npm run simulate -- --seeds 20000`, or one: `--seed 42`. */
import { parseArgs } from 'node:util';
import { play } from './play.ts';
import { playSeeds, type Tally } from './runs.ts';
import { drawSchedule } from './schedule.ts';
import { shrink } from './shrink.ts';
import { timeline } from './timeline.ts';

/** How often it is told how far it has come. Unit ms. */
const TELL_EVERY_MS = 5_000;

const { values } = parseArgs({
  options: {
    /** How many, from `--seed` on. */
    seeds: { type: 'string' },
    seed: { type: 'string', default: '0' },
    /** Only say which seed fails. */
    'no-shrink': { type: 'boolean', default: false },
  },
});
const from = Number(values.seed);
const count = Number(values.seeds ?? (values.seed === '0' ? 1_000 : 1));
const tally: Tally = { runs: 0, messages: 0, transitions: {} };
const startedAt = performance.now();
let toldAt = startedAt;

const tell = (): void => {
  const perSecond = tally.runs / ((performance.now() - startedAt) / 1_000);
  const edges = Object.keys(tally.transitions).length;
  console.log(
    `${tally.runs} of ${count} runs, ${perSecond.toFixed(0)} a second; ${tally.messages} messages, ${edges} edges of the chart`,
  );
};

for (const kind of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(kind, (error: unknown) => {
    console.log(`seed ${from + tally.runs} breaks other: ${kind}, nobody caught ${String(error)}`);
    process.exit(1);
  });
}

const failed = await playSeeds({ from, count }, tally, () => {
  const now = performance.now();
  if (now - toldAt < TELL_EVERY_MS) return;
  toldAt = now;
  tell();
});
tell();
if (failed !== undefined) {
  const { breach, schedule } = failed;
  console.log(`seed ${schedule.seed} breaks ${breach?.promise}: ${breach?.what}`);
  if (!values['no-shrink']) console.log(timeline(await play(await shrink(schedule))));
  process.exitCode = 1;
} else if (count === 1) console.log(timeline(await play(drawSchedule(from))));
else console.log('every promise was kept');
