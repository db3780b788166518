/** Attacks a hub for longer than the tests do: `npm run fuzz -- --frames 200000 --seed 1`. Half of it meets a hub with a login. */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fuzz } from './fuzzRun.ts';

/** What a hub may hold more after many frames than after the first tenth of them. Unit bytes. */
const MOST_GROWTH_BYTES = 8 * 2 ** 20;

const { values } = parseArgs({
  options: { frames: { type: 'string', default: '200000' }, seed: { type: 'string', default: '1' } },
});
const frames = Number(values.frames);
const seed = Number(values.seed);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const heapBytes = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

for (const kind of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(kind, (error: unknown) => {
    console.log(`${kind}: nobody caught ${String(error)}`);
    process.exit(1);
  });
}

for (const hasLogin of [false, true]) {
  let early: number | undefined;
  const startedAt = performance.now();
  const report = await fuzz({
    seed,
    frames: frames / 2,
    hasLogin,
    onWave: (sent) => {
      if (sent > frames / 20) early ??= heapBytes();
    },
  });
  const late = heapBytes();
  const seconds = (performance.now() - startedAt) / 1_000;
  const { breaches, connections, rounds, longestRoundMs, logLines, stats } = report;
  console.log(hasLogin ? 'a hub that asks who it is' : 'a hub that lets everybody in');
  console.log(
    `${report.frames} frames on ${connections} connections in ${seconds.toFixed(1)} s; ${logLines} lines of log`,
  );
  console.log(`witnesses: ${2 * rounds} messages each, two of them in at most ${longestRoundMs.toFixed(0)} ms`);
  console.log(
    `heap after a collection: ${megabytes(early ?? 0)} MB after a tenth, ${megabytes(late)} MB when all had gone`,
  );
  for (const counts of [report.said, report.ended])
    console.table(Object.fromEntries([...counts].sort().map(([what, times]) => [what, { times }])));
  console.log(stats);
  const growth = late - (early ?? late);
  for (const what of growth > MOST_GROWTH_BYTES
    ? [...breaches, `the heap grew by ${megabytes(growth)} MB`]
    : breaches) {
    console.log(`BREACH ${what}`);
    process.exitCode = 1;
  }
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
