/** The drawing of a connection: states and events come from the machine, places and ways are set by hand. Unit px. */
import { connectionMachine, type StateName } from '../../machines/index.ts';
import { drawnEdges } from './chartData.ts';
import { routed, way, type Box, type Edge, type Route } from './route.ts';

export const BOARD = { width: 848, height: 408 } as const;
const box = (x: number, y: number): Box => ({ x, y, width: 176, height: 96 });

/** In the order of reading. */
export const boxes: Readonly<Record<StateName, Box>> = {
  idle: box(16, 40),
  connecting: box(304, 40),
  open: box(656, 40),
  closed: box(16, 264),
  backoff: box(440, 264),
  failed: box(656, 264),
};

export const routes: Readonly<Record<string, Route>> = {
  'idle → connecting': way([192, 88], [304, 88]).says(248, 58, 'middle'),
  'idle → closed': way([104, 136], [104, 264]).says(112, 190),
  'connecting → open': way([480, 72], [656, 72]).says(568, 16, 'middle'),
  'connecting → backoff': way([452, 136], [452, 264]).says(444, 158, 'end'),
  'connecting → closed': way([336, 136], [336, 312], [192, 312]).says(264, 293, 'middle'),
  'connecting → failed': way([368, 136], [368, 384], [744, 384], [744, 360]).says(344, 316, 'end'),
  'open → connecting': way([656, 104], [480, 104]).says(568, 108, 'middle'),
  'open → backoff': way([688, 136], [688, 200], [604, 200], [604, 264]).says(596, 196, 'end'),
  'open → failed': way([768, 136], [768, 264]).says(760, 212, 'end'),
  'open → closed': way([744, 40], [744, 12], [4, 12], [4, 312], [16, 312]).says(392, 15, 'middle'),
  'backoff → connecting': way([468, 264], [468, 136]).says(476, 140),
  'backoff → closed': way([440, 336], [192, 336]).says(272, 318, 'middle'),
  'closed → connecting': way([192, 288], [320, 288], [320, 136]).says(250, 258, 'middle'),
  'failed → connecting': way([800, 360], [800, 400], [352, 400], [352, 136]).says(344, 382, 'end'),
};

const GATE_X = 636;

/** Places along the wire below the states, as parts of its length. */
export const STOPS = { app: 0.04, outbox: 0.4, gate: GATE_X / BOARD.width, socket: 0.86, peer: 0.96 } as const;

/** From `open`, between `backoff` and `failed`, down to the gate that it holds up. */
export const hairline = (gateY: number): string => `M664 136V168H${GATE_X}V${gateY}`;

export const edges: readonly Edge[] = routed(drawnEdges(connectionMachine), routes);
