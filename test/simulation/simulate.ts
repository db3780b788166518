/** Plays random runs of a connection against random faults: `npm run simulate -- --seeds 20000`, or one: `--seed 42`. */
import { askedFor, nowAndThen, reportStrays } from './command.ts';
import { play } from './play.ts';
import { playSeeds, type Tally } from './runs.ts';
import { drawSchedule } from './schedule.ts';
import { shrink } from './shrink.ts';
import { timeline } from './timeline.ts';

const { from, count, mayShrink } = askedFor(1_000);
const tally: Tally = { runs: 0, messages: 0, transitions: {} };
const startedAt = performance.now();

const tell = (): void => {
  const perSecond = tally.runs / ((performance.now() - startedAt) / 1_000);
  const edges = Object.keys(tally.transitions).length;
  console.log(
    `${tally.runs} of ${count} runs, ${perSecond.toFixed(0)} a second; ${tally.messages} messages, ${edges} edges of the chart`,
  );
};

reportStrays(() => from + tally.runs);
const failed = await playSeeds({ from, count }, tally, nowAndThen(tell));
tell();
if (failed !== undefined) {
  const { breach, schedule } = failed;
  console.log(`seed ${schedule.seed} breaks ${breach?.promise}: ${breach?.what}`);
  if (mayShrink) console.log(timeline(await play(await shrink(schedule))));
  process.exitCode = 1;
} else if (count === 1) console.log(timeline(await play(drawSchedule(from))));
else console.log('every promise was kept');
