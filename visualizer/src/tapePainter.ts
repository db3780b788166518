import type { Connection } from '../../src/index.ts';
import { duration } from './format.ts';
import type { LogEntry } from './log.ts';

const WINDOW_MS = 5 * 60_000;
/** At first it is shorter, so that there is something on it: from here on it grows. */
const FIRST_WINDOW_MS = 10_000;
const DRAW_EVERY_MS = 250;
/** A round trip a second is remembered. */
const SAMPLES = 300;
/** A round trip of this length reaches the top. Unit ms. */
const TALLEST_MS = 2_000;
/** Height of the strip of states, and where it begins. Unit px. */
const STRIP = { y: 56, height: 16 } as const;

const hues: Readonly<Record<string, string>> = {
  connecting: 'amber',
  backoff: 'amber',
  open: 'green',
  failed: 'red',
};

/** Draws the tape a few times a second. It remembers what it needs: the log is shorter. */
export class TapePainter {
  readonly #canvas: HTMLCanvasElement;
  readonly #connection: Connection;
  readonly #log: () => readonly LogEntry[];
  readonly #timer: number;
  readonly #beganAt = Date.now();
  readonly #states: { readonly at: number; readonly state: string }[] = [];
  readonly #hurts: number[] = [];
  readonly #trips: { readonly at: number; readonly ms: number }[] = [];
  #newestId = -1;
  #sampledAt = 0;

  constructor(canvas: HTMLCanvasElement, connection: Connection, log: () => readonly LogEntry[]) {
    this.#canvas = canvas;
    this.#connection = connection;
    this.#log = log;
    this.#timer = window.setInterval(() => this.#draw(), DRAW_EVERY_MS);
    this.#draw();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #remember(now: number): void {
    for (const { id, at, event, to } of this.#log()
      .filter((entry) => entry.id > this.#newestId)
      .reverse()) {
      this.#newestId = id;
      if (event === 'hurt') this.#hurts.push(at);
      const state = to.split('.')[0] ?? '';
      if (state !== '' && state !== this.#states.at(-1)?.state) this.#states.push({ at, state });
    }
    const { roundTripMs } = this.#connection.stats();
    if (now - this.#sampledAt >= 1_000 && roundTripMs !== undefined && this.#connection.isConnected) {
      this.#sampledAt = now;
      this.#trips.push({ at: now, ms: roundTripMs });
      if (this.#trips.length > SAMPLES) this.#trips.shift();
    }
    while ((this.#states[1]?.at ?? Infinity) < now - WINDOW_MS) this.#states.shift();
    while ((this.#hurts[0] ?? Infinity) < now - WINDOW_MS) this.#hurts.shift();
  }

  #draw(): void {
    const now = Date.now();
    this.#remember(now);
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const ratio = devicePixelRatio;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    const brush = this.#canvas.getContext('2d');
    if (brush === null) return;
    brush.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(this.#canvas);
    const colour = (name: string): string => style.getPropertyValue(`--${name}`);
    const windowMs = Math.min(WINDOW_MS, Math.max(FIRST_WINDOW_MS, now - this.#beganAt));
    const x = (at: number): number => Math.max(0, width * (1 - (now - at) / windowMs));

    const states = [{ at: this.#beganAt, state: 'idle' }, ...this.#states];
    states.forEach(({ at, state }, i) => {
      const end = states[i + 1]?.at ?? now;
      brush.fillStyle = colour(hues[state] ?? 'rest');
      brush.fillRect(x(at), STRIP.y, Math.max(1, x(end) - x(at)), STRIP.height);
    });

    brush.fillStyle = colour('quiet');
    brush.font = `11px ${colour('mono')}`;
    brush.textBaseline = 'bottom';
    brush.fillText(`${windowMs < WINDOW_MS ? duration(windowMs) : '5 min'} ago`, 0, height);
    brush.textAlign = 'right';
    brush.fillText('now', width, height);

    brush.beginPath();
    this.#trips.forEach(({ at, ms }, i) => {
      const y = STRIP.y - 4 - (STRIP.y - 8) * Math.min(1, Math.log1p(ms) / Math.log1p(TALLEST_MS));
      const isApart = at - (this.#trips[i - 1]?.at ?? 0) > 2_500;
      if (isApart) brush.moveTo(x(at), y);
      else brush.lineTo(x(at), y);
    });
    brush.strokeStyle = colour('quiet');
    brush.stroke();

    brush.fillStyle = colour('ink');
    for (const at of this.#hurts) {
      brush.fillRect(x(at), STRIP.y - 12, 1, STRIP.height + 12);
      brush.beginPath();
      brush.moveTo(x(at), STRIP.y - 12);
      brush.lineTo(x(at) + 7, STRIP.y - 8);
      brush.lineTo(x(at), STRIP.y - 4);
      brush.fill();
    }
  }
}
