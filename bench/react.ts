/**
 * What do the hooks cost per frame, and what do they lose? `npm run bench:react -- --rounds 5`
 *
 * 50,000 frames, sent within a second by a server of `ws` in a process of its own, to one contender after the other in real
 * headless Chromium: React's production build, each mounted anew, in random order, and the ratios are those to a bare
 * socket's `onmessage` in the same round. The control is a second bare socket. React's Profiler is not in that build: a
 * shorter flood in React's build for profiling counts the renders once more.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'vite';
import { launchChromium } from '../test/fixtures/chromium.ts';
import { FRAMES } from './react/frames.ts';
import type { ContenderName, FloodReport } from './react/page.tsx';
import { Tab } from './react/tab.ts';
import { line, shuffled, spread } from './table.ts';

const WITHIN_MS = 1_000;
/** As fast as the whole one; to warm up, and for the Profiler. */
const SHORT = { frames: FRAMES / 20, withinMs: WITHIN_MS / 20 };

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
if (!Number.isSafeInteger(rounds) || rounds < 1) {
  console.error('npm run bench:react -- [--rounds <whole number>]');
  process.exit(1);
}

/** What a contender's code is meant to see: each message, the newest of them, or the newest as a log of so many. */
type Meant = 'each' | 'the newest' | number;
const contenders: Readonly<Record<ContenderName, Meant>> = {
  bare: 'each',
  control: 'each',
  useMessage: 'each',
  useLatestMessage: 'the newest',
  'useLatestMessage, everyMs: 100': 'the newest',
  'useMessages, last: 100': 100,
  'useMessages, last: 50,000': FRAMES,
  'useWebSocket, onMessage and lastMessage': 'each',
  'react-use-websocket, lastJsonMessage': 'each',
  'react-use-websocket, onMessage': 'each',
  'react-use-websocket, onMessage, filter: no': 'each',
  'useState in onmessage, by hand': 'each',
};
const names = Object.keys(contenders) as ContenderName[];

interface Run extends FloodReport {
  readonly taskMs: number;
  readonly scriptMs: number;
  readonly heapBytes: number;
}

async function run(tab: Tab, name: ContenderName, { frames, withinMs }: typeof SHORT): Promise<Run> {
  await tab.call('mount', name, frames);
  const before = await tab.metrics();
  const report = await tab.call('flood', frames, withinMs);
  const after = await tab.metrics();
  await tab.call('unmount');
  return {
    ...report,
    taskMs: after.taskMs - before.taskMs,
    scriptMs: after.scriptMs - before.scriptMs,
    heapBytes: after.heapBytes - before.heapBytes,
  };
}

/** Messages that were meant to be seen, and were not. */
function lost(meant: Meant, { seen, logged, lastAfterMs }: Run): number {
  if (meant === 'each') return FRAMES - seen;
  if (meant === 'the newest') return lastAfterMs === null ? 1 : 0;
  return meant - logged;
}

function row(name: ContenderName, runs: readonly Run[], bare: readonly Run[]): string[] {
  const meant = contenders[name];
  const toBare = (figure: (run: Run) => number): string =>
    spread(
      runs.map((one, round) => figure(one) / figure(bare[round] as Run)),
      2,
    );
  return [
    spread(runs.map(({ renders }) => renders)),
    spread(runs.map(({ seen }) => seen)),
    spread(runs.map((one) => FRAMES - one.seen - lost(meant, one)).map((skipped) => Math.max(0, skipped))),
    spread(runs.map((one) => lost(meant, one))),
    spread(runs.map(({ disordered }) => disordered)),
    toBare(({ taskMs }) => taskMs),
    toBare(({ scriptMs }) => scriptMs),
    toBare(({ lastAfterMs }) => lastAfterMs ?? NaN),
    spread(runs.map(({ longestGapMs }) => longestGapMs)),
    spread(runs.map(({ longestTaskMs }) => longestTaskMs)),
    spread(runs.map(({ heapBytes }) => Math.round(heapBytes / 1024) + 0)),
  ];
}
const columns = [
  'renders',
  'seen',
  'skipped by design',
  'lost',
  'out of order',
  'main thread / bare',
  'script / bare',
  'last seen after / bare',
  'longest gap between two frames, ms',
  'longest task, ms (0: none of 50)',
  'heap, KiB',
];

/** React's renders beside ours, in its build for profiling. */
async function profile(tab: Tab): Promise<void> {
  console.log(`React's Profiler, ${SHORT.frames} frames:`);
  line(['', 'renders as counted', 'commits as React tells them']);
  line(['---', '---', '---']);
  for (const name of names) {
    if (name === 'bare' || name === 'control') continue;
    const { renders, commits } = await run(tab, name, SHORT);
    line([name, renders, commits]);
  }
}

async function race(tab: Tab): Promise<void> {
  const runs = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<ContenderName, Run[]>;
  for (const name of names) await run(tab, name, SHORT);
  for (let round = 0; round < rounds; round++) {
    for (const name of shuffled(names)) runs[name].push(await run(tab, name, { frames: FRAMES, withinMs: WITHIN_MS }));
  }
  const { bare } = runs;
  const lastAfterMs = spread(bare.map((one) => one.lastAfterMs ?? NaN));
  const taskMs = spread(bare.map((one) => one.taskMs));
  console.log(
    `\n${rounds} rounds of ${FRAMES} frames; median, and least … most. A bare socket has seen the last of them`,
  );
  console.log(`after ${lastAfterMs} ms, with ${taskMs} ms of the page's main thread.`);
  line(['', ...columns]);
  line(['---', ...columns.map(() => '---')]);
  for (const name of names) line([name, ...row(name, runs[name], bare)]);
}

process.env['NODE_ENV'] = 'production';
const folder = mkdtempSync(join(tmpdir(), 'socketchart-'));
for (const [name, client] of Object.entries({ production: 'react-dom/client', profiling: 'react-dom/profiling' })) {
  await build({
    root: join(import.meta.dirname, 'react'),
    base: './',
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { 'react-dom/client': client } },
    build: { outDir: join(folder, name) },
  });
}
const server = fork(new URL('react/server.ts', import.meta.url), [folder]);
const [port] = (await once(server, 'message')) as [number];
const browser = await launchChromium();
try {
  const devTools = await browser.newBrowserCDPSession();
  for (const [name, use] of Object.entries({ profiling: profile, production: race })) {
    const tab = await Tab.open(devTools, `http://127.0.0.1:${port}/${name}/index.html`, 'typeof api === "object"');
    await use(tab);
    await tab.close();
  }
} finally {
  await browser.close();
  server.kill();
  rmSync(folder, { recursive: true });
}
