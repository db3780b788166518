import type { StateName } from '../../src/index.ts';

/** Size of the drawing on a wide screen. Unit px. */
export const BOARD = { width: 800, height: 368 } as const;
const BOX = { width: 176, height: 96 } as const;

/** Where a state's box stands, in the order of reading. Unit px. */
export const places: Readonly<Record<StateName, { readonly x: number; readonly y: number }>> = {
  idle: { x: 16, y: 24 },
  connecting: { x: 240, y: 24 },
  open: { x: 624, y: 24 },
  closed: { x: 16, y: 224 },
  backoff: { x: 424, y: 224 },
  failed: { x: 624, y: 224 },
};

export const boxStyle = (state: StateName) => ({ left: places[state].x, top: places[state].y, ...BOX });

/** From `open` to the gate, which it holds up: down beside `failed`, to where the wire begins. */
export const HAIRLINE = 'M632 120V148H612V474';

/** One way from a state to another, drawn by hand; `label` names what leads along it. */
export interface Edge {
  readonly from: StateName;
  readonly to: StateName;
  readonly label: string;
  readonly path: string;
  readonly at: readonly [x: number, y: number, anchor?: 'start' | 'end'];
}

export const edges: readonly Edge[] = [
  { from: 'idle', to: 'connecting', label: 'connect', path: 'M192 72H240', at: [216, 64] },
  { from: 'idle', to: 'closed', label: 'disconnect', path: 'M104 120V224', at: [112, 176, 'start'] },
  { from: 'connecting', to: 'open', label: 'socket.opened', path: 'M416 56H624', at: [520, 48] },
  { from: 'connecting', to: 'backoff', label: 'socket.closed', path: 'M368 120V272H424', at: [376, 204, 'start'] },
  { from: 'connecting', to: 'failed', label: 'no attempt left', path: 'M344 120V344H712V320', at: [528, 338] },
  { from: 'connecting', to: 'closed', label: 'disconnect', path: 'M272 120V272H192', at: [280, 176, 'start'] },
  { from: 'open', to: 'connecting', label: 'reconnect', path: 'M624 88H416', at: [520, 104] },
  { from: 'open', to: 'backoff', label: 'socket.closed', path: 'M664 120V176H552V224', at: [608, 170] },
  { from: 'open', to: 'failed', label: 'fatal close', path: 'M744 120V224', at: [736, 204, 'end'] },
  { from: 'open', to: 'closed', label: 'disconnect', path: 'M712 24V8H1V272H16', at: [520, 21] },
  { from: 'backoff', to: 'connecting', label: 'retryDelay', path: 'M480 224V152H392V120', at: [436, 146] },
  { from: 'backoff', to: 'closed', label: 'disconnect', path: 'M424 304H192', at: [268, 298] },
  { from: 'closed', to: 'connecting', label: 'connect', path: 'M192 248H256V120', at: [226, 242] },
  { from: 'failed', to: 'connecting', label: 'connect', path: 'M776 320V360H320V120', at: [528, 356] },
];
