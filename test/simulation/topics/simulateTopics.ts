/** Clients, hub and broker among random faults: `npm run simulate:topics -- --seeds 20000`, or one: `--seed 42`. */
import { parseArgs } from 'node:util';
import { noTotals, playTopicSeeds } from './runs.ts';

/** How often it is told how far it has come. Unit ms. */
const TELL_EVERY_MS = 10_000;

const { values } = parseArgs({
  options: {
    /** How many, from `--seed` on. */
    seeds: { type: 'string' },
    seed: { type: 'string', default: '0' },
    /** As with other simulators; a run of topics is not shrunk. */
    'no-shrink': { type: 'boolean', default: false },
  },
});
const from = Number(values.seed);
const count = Number(values.seeds ?? (values.seed === '0' ? 300 : 1));
const totals = noTotals();
let toldAt = performance.now();

for (const kind of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(kind, (error: unknown) => {
    console.log(`seed ${from + totals.runs} breaks other: ${kind}, nobody caught ${String(error)}`);
    process.exit(1);
  });
}

const failed = await playTopicSeeds({ from, count }, totals, () => {
  if (performance.now() - toldAt < TELL_EVERY_MS) return;
  toldAt = performance.now();
  console.log(`${totals.runs} of ${count} runs`);
});
console.table([totals]);
if (failed === undefined) console.log('every promise was kept');
else {
  console.log(`seed ${failed.seed} breaks ${failed.breach}`);
  console.log(`again: npm run simulate:topics -- --seed ${failed.seed}`);
  process.exitCode = 1;
}
