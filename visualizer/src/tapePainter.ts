import type { Connection } from '../../src/index.ts';
import { duration } from './format.ts';
import { brushOf, inkOf, line, stroke, type Ink } from './ink.ts';
import type { LogEntry } from './log.ts';
import { WINDOW_MS, type Stretch, type TapeRecord } from './tapeRecord.ts';

const DRAW_EVERY_MS = 250;
/** A round trip of this length reaches the top. Unit ms. */
const TALLEST_MS = 2_000;
/** Trips further apart than this have no line between them. Unit ms. */
const APART_MS = 2_500;
/** Height of the strip of states, and where it begins. Unit px. */
const STRIP = { y: 54, height: 18 } as const;
/** From line to line of a hatch, and from cross to cross. Unit px. */
const PITCH = 6;

/** Draws the tape a few times a second. */
export class TapePainter {
  readonly #canvas: HTMLCanvasElement;
  readonly #connection: Connection;
  readonly #record: TapeRecord;
  readonly #log: () => readonly LogEntry[];
  readonly #timer: number;

  constructor(canvas: HTMLCanvasElement, connection: Connection, record: TapeRecord, log: () => readonly LogEntry[]) {
    this.#canvas = canvas;
    this.#connection = connection;
    this.#record = record;
    this.#log = log;
    this.#timer = window.setInterval(() => this.#draw(), DRAW_EVERY_MS);
    this.#draw();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #draw(): void {
    const now = Date.now();
    const { isConnected } = this.#connection;
    this.#record.note(this.#log(), isConnected ? this.#connection.stats().roundTripMs : undefined, now);
    const brush = brushOf(this.#canvas);
    if (brush === undefined) return;
    const ink = inkOf(this.#canvas);
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const windowMs = this.#record.windowMs(now);
    const x = (at: number): number => Math.max(0, width * (1 - (now - at) / windowMs));

    for (const stretch of this.#record.stretches(now))
      paintStretch(brush, ink, stretch, x(stretch.from), x(stretch.to));
    this.#paintTrips(brush, ink, x);
    this.#paintHurts(brush, ink, x);

    brush.fillStyle = ink.rest;
    brush.textBaseline = 'bottom';
    brush.textAlign = 'left';
    brush.fillText(`${windowMs < WINDOW_MS ? duration(windowMs) : '5 min'} ago`, 0, height);
    brush.textAlign = 'right';
    brush.fillText('now', width, height);
  }

  #paintTrips(brush: CanvasRenderingContext2D, ink: Ink, x: (at: number) => number): void {
    const { trips } = this.#record;
    stroke(brush, ink.rest, 1, () =>
      trips.forEach(({ at, ms }, i) => {
        const y = STRIP.y - 4 - (STRIP.y - 8) * Math.min(1, Math.log1p(ms) / Math.log1p(TALLEST_MS));
        if (at - (trips[i - 1]?.at ?? 0) > APART_MS) brush.moveTo(x(at), y);
        else brush.lineTo(x(at), y);
      }),
    );
  }

  #paintHurts(brush: CanvasRenderingContext2D, ink: Ink, x: (at: number) => number): void {
    brush.fillStyle = ink.ink;
    for (const at of this.#record.hurts) {
      brush.fillRect(x(at), STRIP.y - 12, 1, STRIP.height + 12);
      brush.beginPath();
      brush.moveTo(x(at), STRIP.y - 12);
      brush.lineTo(x(at) + 7, STRIP.y - 8);
      brush.lineTo(x(at), STRIP.y - 4);
      brush.fill();
    }
  }
}

/** What a state does with a send, in its form as in its box: holding is hatched, ready is full, rejecting is empty, failed is crossed out. */
function paintStretch(brush: CanvasRenderingContext2D, ink: Ink, { state }: Stretch, from: number, to: number): void {
  const width = Math.max(1, to - from);
  const { y, height } = STRIP;
  brush.save();
  brush.beginPath();
  brush.rect(from, y, width, height);
  brush.clip();
  switch (state) {
    case 'open':
      brush.fillStyle = ink.green;
      brush.fillRect(from, y, width, height);
      break;
    case 'connecting':
    case 'backoff':
      hatch(brush, ink.pending, from, width, false);
      break;
    case 'failed':
      hatch(brush, ink.red, from, width, true);
      break;
    default:
      stroke(brush, ink.rest, 2, () => brush.rect(from, y, width, height));
  }
  name(brush, ink, state, from, width);
  brush.restore();
}

/** Lines across a stretch, and a frame around it. */
function hatch(brush: CanvasRenderingContext2D, colour: string, from: number, width: number, isCrossed: boolean): void {
  const { y, height } = STRIP;
  stroke(brush, colour, 2, () => {
    brush.rect(from, y, width, height);
    // Their places are those of the strip, so that a stretch that grows does not flicker.
    for (let at = Math.floor((from - height) / PITCH) * PITCH; at < from + width; at += PITCH) {
      line(brush, at, y + height, at + height, y);
      if (isCrossed) line(brush, at, y, at + height, y + height);
    }
  });
}

/** In words too, where there is room. */
function name(brush: CanvasRenderingContext2D, ink: Ink, state: string, from: number, width: number): void {
  const { width: length } = brush.measureText(state);
  if (width < length + 20) return;
  const { y, height } = STRIP;
  brush.fillStyle = ink.paper;
  brush.fillRect(from + 6, y + 2, length + 8, height - 4);
  brush.fillStyle = ink.ink;
  brush.textAlign = 'left';
  brush.textBaseline = 'middle';
  brush.fillText(state, from + 10, y + height / 2 + 1);
}
