import type { Connection } from '../../src/index.ts';
import { STOPS } from '../drawing/connectionDrawing.ts';
import type { Counting } from './counting.ts';
import { duration } from './format.ts';
import { brushOf, dots, inkOf, line, stroke, type Ink } from './ink.ts';
import { Inflow, WireDots } from './wireDots.ts';

/** Where the wires run, across. Unit px. */
const OURS = 40;
const BY_HAND = 104;
/** Below the wire, what comes back. */
const BACK = 48;
/** A pong that comes at once has no deadline to be seen. Unit ms. */
const AT_ONCE_MS = 250;
/** How long a ping is shown on its way out. Unit s. */
const PING_S = 0.35;
/** A tab that was away has missed its frames. Unit s. */
const LONGEST_STEP_S = 0.1;
/** How often colours and figures are read. Unit ms. */
const READ_EVERY_MS = 200;

/** Draws both wires, frame by frame. */
export class WirePainter {
  readonly #canvas: HTMLCanvasElement;
  readonly #connection: Connection;
  readonly #read: () => Counting;
  readonly #ours = new WireDots();
  readonly #byHand = new WireDots();
  readonly #inflow: Inflow;
  readonly #isStill = matchMedia('(prefers-reduced-motion: reduce)');
  #frame = 0;
  #lastAt = performance.now();
  #readAt = -Infinity;
  #ink: Ink;
  #roundTripMs: number | undefined = undefined;
  #pings = 0;
  #pingedAt = -Infinity;
  /** Until when, of the connection's clock, and from when on a pong is waited for. Unit ms. */
  #probe = { by: 0, from: 0 };

  constructor(canvas: HTMLCanvasElement, connection: Connection, read: () => Counting) {
    this.#canvas = canvas;
    this.#connection = connection;
    this.#read = read;
    this.#ink = inkOf(canvas);
    this.#inflow = new Inflow(connection.stats().received.messages);
    this.#frame = requestAnimationFrame((at) => this.#draw(at));
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
  }

  #draw(at: number): void {
    this.#frame = requestAnimationFrame((next) => this.#draw(next));
    const seconds = Math.min(LONGEST_STEP_S, (at - this.#lastAt) / 1_000);
    this.#lastAt = at;
    if (at - this.#readAt > READ_EVERY_MS) this.#readFigures(at);
    const { sent, settled, byHand } = this.#read();
    const isUp = this.#connection.isConnected;
    // Without motion everything is where it goes.
    const step = this.#isStill.matches ? 10 : seconds;
    this.#ours.move({ sent, settled, isUp }, step);
    const isOpen = byHand.state === 'open';
    this.#inflow.move(this.#connection.stats().received.messages, step);
    this.#byHand.move({ sent, settled: isOpen ? sent : 0, isUp: isOpen }, step);
    this.#paint(at, isUp, byHand.state === 'given up');
  }

  #readFigures(at: number): void {
    this.#readAt = at;
    this.#ink = inkOf(this.#canvas);
    const { roundTripMs, transitions } = this.#connection.stats();
    this.#roundTripMs = roundTripMs;
    let pings = 0;
    for (const [edge, count] of Object.entries(transitions)) if (edge.includes(' pingInterval ')) pings += count;
    if (pings > this.#pings) this.#pingedAt = at;
    this.#pings = pings;
  }

  #paint(at: number, isUp: boolean, hasGivenUp: boolean): void {
    const { clientWidth, clientHeight } = this.#canvas;
    const isUpright = clientHeight > clientWidth;
    const length = isUpright ? clientHeight : clientWidth;
    const brush = brushOf(this.#canvas);
    if (brush === undefined) return;
    // Upright, what lies along lies down.
    if (isUpright) brush.transform(0, 1, 1, 0, 0, 0);
    const { ink, rest, faint, green, amber, red } = this.#ink;
    const along = (part: number): number => part * length;
    const [from, to] = [along(STOPS.app), along(STOPS.peer)];

    stroke(brush, rest, 1.5, () => line(brush, from, OURS, to, OURS));
    this.#glass(brush, along(STOPS.outbox), ink, faint);
    const gate = along(STOPS.gate);
    stroke(brush, isUp ? green : amber, 4, () =>
      isUp ? line(brush, gate, OURS - 30, gate, OURS - 9) : line(brush, gate, OURS - 15, gate, OURS + 15),
    );
    stroke(brush, ink, 1.5, () => brush.arc(along(STOPS.socket), OURS, 10, 0, 2 * Math.PI));
    dots(brush, this.#ours.dots, along, OURS, 3, isUp ? ink : amber);
    dots(brush, this.#inflow.dots, along, BACK, 1.5, rest);
    this.#deadline(brush, along(STOPS.socket));
    if (isUp) this.#ping(brush, at, along, isUpright);

    stroke(brush, faint, 1, () => line(brush, from, BY_HAND, to, BY_HAND));
    dots(brush, this.#byHand.dots, along, BY_HAND, 2, rest);
    if (!hasGivenUp) return;
    stroke(brush, red, 2, () => {
      line(brush, gate - 6, BY_HAND - 6, gate + 6, BY_HAND + 6);
      line(brush, gate - 6, BY_HAND + 6, gate + 6, BY_HAND - 6);
    });
  }

  /** The outbox, open to the left. */
  #glass(brush: CanvasRenderingContext2D, right: number, ink: string, faint: string): void {
    brush.fillStyle = faint;
    brush.globalAlpha = 0.5;
    brush.fillRect(right - 100, OURS - 14, 106, 28);
    brush.globalAlpha = 1;
    stroke(brush, ink, 1.5, () => {
      line(brush, right - 100, OURS + 14, right + 6, OURS + 14);
      line(brush, right - 100, OURS - 14, right + 6, OURS - 14);
    });
  }

  /** A hollow ring, out and back; its round trip is written where it lands. */
  #ping(brush: CanvasRenderingContext2D, at: number, along: (part: number) => number, isUpright: boolean): void {
    const { green } = this.#ink;
    const socket = along(STOPS.socket);
    const way = along(STOPS.peer) - socket;
    const part = (at - this.#pingedAt) / 1_000 / PING_S;
    if (part < 2 && !this.#isStill.matches)
      stroke(brush, green, 1.5, () => brush.arc(socket + way * (1 - Math.abs(1 - part)), OURS, 6, 0, 2 * Math.PI));
    if (this.#roundTripMs !== undefined && !isUpright) this.#say(brush, duration(this.#roundTripMs), socket);
  }

  /** The time that is left for a pong drains around the socket. */
  #deadline(brush: CanvasRenderingContext2D, socket: number): void {
    const { probeBy } = this.#connection.getSnapshot().context;
    if (probeBy === null) return;
    const now = this.#connection.now();
    if (probeBy !== this.#probe.by) this.#probe = { by: probeBy, from: now };
    const { by, from } = this.#probe;
    if (now - from < AT_ONCE_MS) return;
    const left = Math.max(0, (by - now) / (by - from));
    const top = -Math.PI / 2;
    stroke(brush, this.#ink.amber, 3, () => brush.arc(socket, OURS, 15, top, top + 2 * Math.PI * left));
  }

  /** Above the wire. */
  #say(brush: CanvasRenderingContext2D, text: string, at: number): void {
    brush.fillStyle = this.#ink.rest;
    brush.textAlign = 'center';
    brush.fillText(text, at, OURS - 20);
  }
}
