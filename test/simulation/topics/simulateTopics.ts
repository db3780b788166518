/** Clients, hubs and broker among random faults: `npm run simulate:topics -- --seeds 20000`, or one: `--seed 42`. */
import { askedFor, nowAndThen, reportStrays } from '../command.ts';
import { noTotals, playTopicSeeds } from './runs.ts';

const { from, count } = askedFor(300);
const totals = noTotals();

reportStrays(() => from + totals.runs);
const tell = nowAndThen(() => console.log(`${totals.runs} of ${count} runs`));
const failed = await playTopicSeeds({ from, count }, totals, tell);
console.table([totals]);
if (failed === undefined) console.log('every promise was kept');
else {
  console.log(`seed ${failed.seed} breaks ${failed.breach}`);
  console.log(`again: npm run simulate:topics -- --seed ${failed.seed}`);
  process.exitCode = 1;
}
