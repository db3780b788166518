/** What is asked of each contender. Nothing is judged here: each gives back what the server has seen, and what the sender was told. */
import { seededRandom } from '../../src/testing/index.ts';
import { passed, until, within } from '../waiting.ts';
import type { Contender, Pace } from './contender.ts';
import { Stage } from './stage.ts';

/** Life, a hundred times as fast. */
const fast: Pace = (usualMs) => usualMs / 100;
/** Where the delays themselves are measured, and 200 handshakes in one process take their time: half as long as usual. */
const measured: Pace = (usualMs) => usualMs / 2;

/** A message so often. */
const EVERY_MS = 8;
/** Between two cuts. */
const LIFE_MS = [50, 150] as const;
/** Longer than any delay between two attempts. */
const GIVEN_UP_MS = 3_000;
/** How long nobody is there at first, and how much is sent meanwhile. */
const DOWN_MS = 500;
const EARLY_MESSAGES = 20;
/** How long every connection is closed. */
const CLOSING_MS = 1_000;
/** Longer than a dead link needs with any of the heartbeats. */
export const SILENCE_MS = 3_000;

export interface CutReport {
  readonly cuts: number;
  readonly sent: number;
  readonly arrived: number;
  readonly lostAndTold: number;
  readonly lostSilently: number;
  /** Copies beyond the first. */
  readonly again: number;
  readonly outOfOrder: number;
}

/** The connection is reset so many times, while a client sends. */
export function cut(contender: Contender, { cuts, seed }: { cuts: number; seed: number }): Promise<CutReport> {
  return Stage.play(contender, { pace: fast, seed }, async (stage) => {
    const { arrivals, proxy } = stage;
    const random = seededRandom(seed);
    const client = await stage.dialAndSettle();
    const traffic = setInterval(() => client.send(++arrivals.log.sent), EVERY_MS);
    let survived = 0;
    for (let isBack = true; isBack && survived < cuts;) {
      const [least, most] = LIFE_MS;
      await passed(least + random() * (most - least));
      const before = arrivals.openings.length;
      proxy.inject({ type: 'reset' });
      isBack = await within(GIVEN_UP_MS, () => arrivals.openings.length > before);
      if (isBack) survived++;
    }
    clearInterval(traffic);
    await stage.quiet();
    return { cuts: survived, ...fate(stage) };
  });
}

/** What became of messages 1 … `sent`. */
function fate({ arrivals: { log }, told }: Stage): Omit<CutReport, 'cuts'> {
  const { sent, delivered, repeated, reordered } = log.passage;
  const lostAndTold = [...told].filter((n) => !log.has(n)).length;
  const lostSilently = sent - delivered - lostAndTold;
  return { sent, arrived: delivered, lostAndTold, lostSilently, again: repeated, outOfOrder: reordered };
}

export interface HalfOpenReport {
  /** Undefined: not within `SILENCE_MS`. */
  readonly backAfterMs?: number;
}

/** The link goes silent for good. After how long is there another one? */
export function halfOpen(contender: Contender, { seed }: { seed: number }): Promise<HalfOpenReport> {
  return Stage.play(contender, { pace: fast, seed }, async (stage) => {
    const { openings } = stage.arrivals;
    await stage.dialAndSettle();
    const since = performance.now();
    const before = openings.length;
    stage.proxy.inject({ type: 'halfOpen', on: 'existing' });
    await within(SILENCE_MS, () => openings.length > before);
    const back = openings[before];
    return back === undefined ? {} : { backAfterMs: back - since };
  });
}

export interface DownReport extends Omit<CutReport, 'cuts'> {
  readonly hasConnected: boolean;
}

/** Nobody is there at first. What was sent before that? */
export function down(contender: Contender, { seed }: { seed: number }): Promise<DownReport> {
  return Stage.play(contender, { pace: fast, seed }, async (stage) => {
    const { arrivals, proxy } = stage;
    const outage = proxy.inject({ type: 'down' });
    const client = await stage.dial();
    for (let n = 1; n <= EARLY_MESSAGES; n++) client.send(++arrivals.log.sent);
    await passed(DOWN_MS);
    await outage.end();
    const hasConnected = await within(GIVEN_UP_MS, () => arrivals.openings.length > 0);
    await stage.quiet();
    return { hasConnected, ...fate(stage) };
  });
}

export interface CloseReport {
  /** New connections, within a second in which each was closed. */
  readonly tries: number;
  /** When none is closed any more. */
  readonly comesBack: boolean;
}

/** For a second, every connection is closed with that code. */
export function close(contender: Contender, { code, seed }: { code: number; seed: number }): Promise<CloseReport> {
  return Stage.play(contender, { pace: fast, seed }, async (stage) => {
    const { openings } = stage.arrivals;
    await stage.dialAndSettle();
    const first = openings.length;
    const closing = stage.proxy.inject({ type: 'close', code, on: 'all' });
    await passed(CLOSING_MS);
    const before = openings.length;
    await closing.end();
    return { tries: before - first, comesBack: await within(GIVEN_UP_MS, () => openings.length > before) };
  });
}

export interface SpreadReport {
  readonly clients: number;
  /** How many came back, and how long it took all of them. */
  readonly back: number;
  readonly allAfterMs: number;
  /** How many of them came in the fullest tenth of that time. */
  readonly fullestTenth: number;
}

/** All connections of many clients are lost in one moment. */
export function spread(
  contender: Contender,
  { clients, seed }: { clients: number; seed: number },
): Promise<SpreadReport> {
  return Stage.play(contender, { pace: measured, seed }, async (stage) => {
    const { openings } = stage.arrivals;
    await Promise.all(Array.from({ length: clients }, () => stage.dial()));
    await until('all are there', () => openings.length === clients);
    await passed(500);
    const since = performance.now();
    stage.proxy.inject({ type: 'reset' });
    await within(measured(10_000), () => openings.length >= 2 * clients);
    const afterMs = openings.slice(clients).map((at) => at - since);
    const allAfterMs = afterMs.at(-1) ?? 0;
    const inTenthFrom = (from: number): number =>
      afterMs.filter((at) => at >= from && at <= from + allAfterMs / 10).length;
    return {
      clients,
      back: afterMs.length,
      allAfterMs,
      fullestTenth: Math.max(0, ...afterMs.map(inTenthFrom)),
    };
  });
}
