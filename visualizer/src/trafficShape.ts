import { WINDOW_MS, type Sample } from './traffic.ts';

/** Readings come every 250 ms; where none came for this long, the line is broken. */
const GAP_MS = 1_000;
/** Where the scale begins. It is logarithmic: traffic goes from a whisper to a download. Unit bytes per second. */
const FLOOR = 100;
const LEAST_DECADES = 2;
/** Counted from the edges: the scale has to stay legible. */
const MOST_MARKS = 3;

export const WIDTH = 600;
export const HEIGHT = 100;
const MIDDLE = HEIGHT / 2;

/** Paths for the same points: the line through them, and the area between it and the middle. */
interface Curve {
  readonly line: string;
  readonly area: string;
}

/** What the plot draws, in its own coordinates: received grows upwards, sent downwards. */
export interface TrafficShape {
  readonly received: Curve;
  readonly sent: Curve;
  /** Times without a reading, because there was no connection. */
  readonly gaps: readonly { readonly x: number; readonly width: number }[];
  readonly marks: readonly { readonly bytesPerS: number; readonly offset: number }[];
}

export function trafficShape(samples: readonly Sample[], nowMs: number): TrafficShape {
  const endMs = Math.max(nowMs, samples.at(-1)?.atMs ?? 0);
  const inSight = samples.filter(({ atMs }) => atMs > endMs - WINDOW_MS);
  const decades = decadesOf(inSight);
  const x = (atMs: number): number => Math.max(0, WIDTH * (1 - (endMs - atMs) / WINDOW_MS));
  const offset = (bytesPerS: number): number => (MIDDLE * Math.log10(Math.max(bytesPerS, FLOOR) / FLOOR)) / decades;
  const runs = unbroken(inSight);
  const curve = (y: (sample: Sample) => number): Curve =>
    curveOf(runs.map((run) => run.map((sample) => [x(sample.atMs), y(sample)] as const)));
  const gaps = runs.map((run, index) => {
    const from = x(run.at(-1)?.atMs ?? endMs);
    return { x: from, width: x(runs[index + 1]?.[0]?.atMs ?? endMs) - from };
  });
  return {
    received: curve(({ rxBytesPerS }) => MIDDLE - offset(rxBytesPerS)),
    sent: curve(({ txBytesPerS }) => MIDDLE + offset(txBytesPerS)),
    gaps: gaps.filter(({ width }) => width > (WIDTH * GAP_MS) / WINDOW_MS),
    marks: Array.from({ length: Math.min(decades, MOST_MARKS) }, (_, index) => {
      const bytesPerS = FLOOR * 10 ** (decades - index);
      return { bytesPerS, offset: offset(bytesPerS) };
    }),
  };
}

function curveOf(runs: readonly (readonly (readonly [x: number, y: number])[])[]): Curve {
  let [line, area] = ['', ''];
  for (const points of runs) {
    const path = points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L');
    line += `M${path}`;
    area += `M${points[0]?.[0] ?? 0} ${MIDDLE}L${path}V${MIDDLE}Z`;
  }
  return { line, area };
}

function unbroken(samples: readonly Sample[]): Sample[][] {
  const runs: Sample[][] = [];
  for (const sample of samples) {
    const run = runs.at(-1);
    if (run === undefined || sample.atMs - (run.at(-1)?.atMs ?? 0) > GAP_MS) runs.push([sample]);
    else run.push(sample);
  }
  return runs;
}

/** How many powers of ten lie between the floor and everything that is drawn. */
function decadesOf(samples: readonly Sample[]): number {
  const most = samples.reduce((max, { rxBytesPerS, txBytesPerS }) => Math.max(max, rxBytesPerS, txBytesPerS), FLOOR);
  return Math.max(LEAST_DECADES, Math.ceil(Math.log10(most / FLOOR)));
}
