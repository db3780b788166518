/**
 * Does the page stay smooth while messages flow? `npm run bench:page`
 *
 * The page of `npm start`, as it is built, in Chromium without a screen or graphics hardware, is streamed at by the server at each rate, in
 * random order. For each: frames left out of 60 a second, the longest gap between two, and how busy the page's main thread was.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { build } from 'vite';
import { launchChromium } from '../test/fixtures/chromium.ts';
import { streamRates } from '../visualizer/frames.ts';
import { startServer } from '../visualizer/server/startServer.ts';
import { Tab } from './react/tab.ts';
import { line, shuffled, spread } from './table.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '5' } },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
/** Until a new rate is all that flows. */
const SETTLED_MS = 1_500;

interface Run {
  readonly received: number;
  readonly frames: number;
  readonly leftOut: number;
  readonly longestGapMs: number;
  /** Of the time that has passed. */
  readonly busy: number;
}

/** In the page: the moments at which it was drawn. */
const watch = `new Promise((resolve) => {
  const moments = [];
  const draw = (at) => {
    moments.push(at);
    if (at - moments[0] < ${seconds * 1_000}) requestAnimationFrame(draw);
    else resolve(moments);
  };
  requestAnimationFrame(draw);
})`;
const received = `Number(document.querySelector('li[data-topic=stream] .offset')?.textContent.slice(1)) || 0`;
const isOpen = `document.querySelector('.socketchart-status[data-state=open]') !== null`;

async function run(tab: Tab): Promise<Run> {
  const [before, receivedBefore] = [await tab.metrics(), (await tab.evaluate(received)) as number];
  const moments = (await tab.evaluate(watch)) as number[];
  const [after, receivedAfter] = [await tab.metrics(), (await tab.evaluate(received)) as number];
  const gaps = moments.slice(1).map((at, index) => at - (moments[index] ?? at));
  const lastedMs = gaps.reduce((sum, gap) => sum + gap, 0);
  return {
    received: ((receivedAfter - receivedBefore) * 1_000) / lastedMs,
    frames: gaps.length,
    leftOut: Math.max(0, Math.round((lastedMs * 60) / 1_000) - gaps.length),
    longestGapMs: Math.max(...gaps),
    busy: (after.taskMs - before.taskMs) / lastedMs,
  };
}

const directory = mkdtempSync(join(tmpdir(), 'socketchart-'));
process.env['NODE_ENV'] = 'production';
await build({
  root: join(import.meta.dirname, '..', 'visualizer'),
  logLevel: 'warn',
  build: { outDir: directory, emptyOutDir: true },
});
const server = await startServer({ port: 0, page: directory });
const browser = await launchChromium();
try {
  const tab = await Tab.open(await browser.newBrowserCDPSession(), server.address, isOpen);
  const stream = async (perSecond: number): Promise<void> => {
    const { searchParams } = new URL(server.address);
    searchParams.set('perSecond', String(perSecond));
    await fetch(`${server.url}/stream?${String(searchParams)}`, { method: 'POST', headers: { origin: server.url } });
    await passed(SETTLED_MS);
  };
  const runs = new Map<number, Run[]>(streamRates.map((rate) => [rate, []]));
  for (let round = 0; round < rounds; round++) {
    for (const rate of shuffled(streamRates)) {
      await stream(rate);
      runs.get(rate)?.push(await run(tab));
    }
  }
  console.log(`${rounds} rounds of ${seconds} s; median, and least … most. Chromium ${browser.version()}\n`);
  line(['a second', 'received a second', 'frames', 'left out', 'longest gap, ms', 'main thread busy']);
  line(['---', '---', '---', '---', '---', '---']);
  for (const [rate, of] of runs) {
    line([
      rate.toLocaleString('en'),
      spread(of.map((one) => one.received)),
      spread(of.map(({ frames }) => frames)),
      spread(of.map(({ leftOut }) => leftOut)),
      spread(of.map(({ longestGapMs }) => longestGapMs)),
      spread(
        of.map(({ busy }) => busy),
        2,
      ),
    ]);
  }
} finally {
  await browser.close();
  await server.close();
  rmSync(directory, { recursive: true });
}
