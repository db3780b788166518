/** What is lost in a storm of faults? `npm run storm -- --seed 1 --seconds 60` */
import { parseArgs } from 'node:util';
import { storm, type StormReport } from './storm/run.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, seconds: { type: 'string', default: '60' } },
});
const [seed, seconds] = [Number(values.seed), Number(values.seconds)];
if (!Number.isSafeInteger(seed) || !(seconds > 0)) {
  console.error('npm run storm -- [--seed <whole number>] [--seconds <number>]');
  process.exit(1);
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? NaN;
const row = ({ toServer, toClient, lost, outcomes, liveSockets, reconnects, deathsMs }: StormReport) => ({
  sent: toServer.sent,
  delivered: toServer.delivered,
  repeated: toServer.repeated,
  'lost silently': lost,
  reordered: toServer.reordered,
  outcomes: JSON.stringify(outcomes),
  'sent to the client': toClient.sent,
  'delivered to it': toClient.delivered,
  'reordered to it': toClient.reordered,
  'live sockets at once': liveSockets,
  reconnects,
  'silent links found': deathsMs.length,
  'median, ms': Math.round(median(deathsMs)),
  'longest, ms': Math.round(Math.max(...deathsMs)),
});

const confirmed = await storm({ seed, seconds, confirm: 'ping' });
const plain = await storm({ seed, seconds, confirm: 'none' });
const rows = { "confirm: 'ping'": row(confirmed), "confirm: 'none'": row(plain) };
const names = Object.keys(row(confirmed)) as (keyof ReturnType<typeof row>)[];
console.log(`storm of seed ${seed}, ${seconds} s of faults each`);
console.table(
  Object.fromEntries(
    names.map((name) => [name, Object.fromEntries(Object.entries(rows).map(([run, cells]) => [run, cells[name]]))]),
  ),
);
console.log('connections befallen, by fault:', confirmed.faults);
const breaches = [confirmed, plain].flatMap((report) => [...report.breaches, ...report.late]);
for (const breach of breaches) console.error(`broken: ${breach}`);
process.exitCode = breaches.length > 0 ? 1 : 0;
