/**
 * What do the packages that people would use otherwise do in the same faults? `npm run bench:comparison -- --cuts 50`
 *
 * Each contender in a process of its own, with the options that its documentation recommends and an honest server, over real
 * TCP and through the fault proxy. Delays are a hundredth of the usual ones, so that all are asked within minutes.
 * `--only <part of a name>` asks some of them; `--json` shows the figures themselves.
 */
import { parseArgs } from 'node:util';
import { contenders, type Name } from './comparison/contenders.ts';
import {
  SILENCE_MS,
  type CloseReport,
  type CutReport,
  type DownReport,
  type HalfOpenReport,
  type SpreadReport,
} from './comparison/questions.ts';
import type { Sizes } from './comparison/sizes.ts';
import { Process } from './hub/dialogue.ts';
import { line } from './table.ts';
import type { ReconnectReport } from './topics/reconnects.ts';

const { values } = parseArgs({
  options: {
    cuts: { type: 'string', default: '50' },
    clients: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});
const [cuts, clients, seed] = [Number(values.cuts), Number(values.clients), Number(values.seed)];

interface Answers {
  readonly cut: CutReport;
  readonly halfOpen: HalfOpenReport;
  readonly down: DownReport;
  readonly closed1000: CloseReport;
  readonly closed4401: CloseReport;
  readonly spread: SpreadReport;
  readonly downstream: ReconnectReport | undefined;
  readonly sizes: Sizes;
}

async function answersOf(name: Name): Promise<Answers> {
  const contestant = await Process.start(new URL('comparison/contestant.ts', import.meta.url).href, [name]);
  const ask = async <T>(question: string, given: object): Promise<T> => (await contestant.ask(question, given)) as T;
  const answers: Answers = {
    cut: await ask('cut', { cuts, seed }),
    halfOpen: await ask('halfOpen', { seed }),
    down: await ask('down', { seed }),
    closed1000: await ask('close', { code: 1000, seed }),
    closed4401: await ask('close', { code: 4401, seed }),
    spread: await ask('spread', { clients, seed }),
    downstream: await ask('downstream', { cuts }),
    sizes: await ask('sizes', {}),
  };
  await contestant.end();
  return answers;
}

const number = (n: number): string => n.toLocaleString('en');
const kB = (bytes: number): string => (bytes / 1_000).toFixed(1);
const tries = ({ tries, comesBack }: CloseReport): string =>
  comesBack ? `goes on, ${tries} tries` : `stops after ${tries}`;

/** A row for each question: what it is called, and what it says of a contender. */
const rows: Readonly<Record<string, (answers: Answers) => string>> = {
  'cut: times it came back': ({ cut }) => number(cut.cuts),
  'messages sent': ({ cut }) => number(cut.sent),
  arrived: ({ cut }) => number(cut.arrived),
  'lost, and told so': ({ cut }) => number(cut.lostAndTold),
  'lost silently': ({ cut }) => number(cut.lostSilently),
  'arrived again': ({ cut }) => number(cut.again),
  'out of order': ({ cut }) => number(cut.outOfOrder),
  'half-open: back after': ({ halfOpen: { backAfterMs } }) =>
    backAfterMs === undefined ? `never, within ${SILENCE_MS / 1_000} s` : `${backAfterMs.toFixed(0)} ms`,
  'down at first': ({ down }) =>
    `${down.hasConnected ? 'connects' : 'never connects'}, ${down.arrived} of ${down.sent} arrive`,
  'close 1000': ({ closed1000 }) => tries(closed1000),
  'close 4401': ({ closed4401 }) => tries(closed4401),
  'spread: all back after': ({ spread: { back, allAfterMs } }) =>
    back < clients ? `${back} of ${clients} came` : `${(allAfterMs / 1_000).toFixed(1)} s`,
  'spread: in its fullest tenth': ({ spread: { fullestTenth, back } }) =>
    `${Math.round((100 * fullestTenth) / back)} %`,
  'server to client': ({ downstream }) =>
    downstream === undefined
      ? 'no promise'
      : `${number(downstream.lost)} of ${number(downstream.sent)} lost, ${number(downstream.lostSilently)} silently`,
  'size, kB': ({ sizes: { withAll, beside } }) =>
    beside === undefined ? kB(withAll) : `${kB(withAll)}, or ${kB(beside)} more`,
};

const names = (Object.keys(contenders) as Name[]).filter((name) => name.includes(values.only));
const answers: Answers[] = [];
for (const name of names) {
  const startedAt = performance.now();
  answers.push(await answersOf(name));
  console.error(`${name}: ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
}
if (values.json) console.log(JSON.stringify(Object.fromEntries(names.map((name, i) => [name, answers[i]])), null, 2));
line(['', ...names]);
line(['---', ...names.map(() => '---')]);
for (const [name, cell] of Object.entries(rows)) line([name, ...answers.map(cell)]);
