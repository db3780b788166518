/** The picture of the README: what the page draws, with the chart above and the wire below, while it is open. */
import { connectionMachine } from '../machines/index.ts';
import type { DrawnState } from '../visualizer/drawing/chartData.ts';
import { BOARD, boxes, hairline, routes, STOPS } from '../visualizer/drawing/connectionDrawing.ts';
import { chartPicture, sans, type Look, type Palette, type Picture, type Theme } from './chartPicture.ts';

const looks: Readonly<Record<string, Look>> = { ready: 'ready', holding: 'holding' };

export const lookOfConnection = ({ name, tag }: DrawnState): Look =>
  name === 'failed' ? 'wrong' : (looks[tag] ?? 'plain');

/** Where the wire runs. */
const WIRE_Y = BOARD.height + 48;

const picture: Picture = {
  title: 'The six states of a connection, and the wire that open holds up',
  width: BOARD.width,
  height: BOARD.height + 96,
  machine: connectionMachine,
  boxes,
  routes,
  lookOf: lookOfConnection,
  active: 'open',
  foreground: wireMarkup,
};

export const connectionPicture = (theme: Theme): string => chartPicture(picture, theme);

/** `app ▸ outbox ▸ gate ▸ socket ▸ peer`, and the hairline by which open holds the gate up. */
function wireMarkup({ ink, rest, ready }: Palette): string {
  const y = WIRE_Y;
  const x = (part: number): number => Math.round(part * BOARD.width);
  const { app, outbox, gate, socket, peer } = STOPS;
  const names = Object.entries(STOPS).map(
    ([name, part]) =>
      `<text x="${x(part)}" y="${y + 34}" font-family="${sans}" font-size="12" fill="${ink}" text-anchor="middle">${name}</text>`,
  );
  const dots = Array.from({ length: 10 }, (_, index) => x(0.1) + index * 64).map(
    (at) => `<circle cx="${at}" cy="${y}" r="3" fill="${ink}"/>`,
  );
  const glass = (edge: number): string => `M${x(outbox) - 100} ${edge}H${x(outbox) + 6}`;
  return `<path d="${hairline(y - 30)}" fill="none" stroke="${ready}"/>
<path d="M${x(app)} ${y}H${x(peer)}" stroke="${rest}" stroke-width="1.5"/>
<path d="${glass(y - 14)}${glass(y + 14)}" fill="none" stroke="${ink}" stroke-width="1.5"/>
<path d="M${x(gate)} ${y - 30}V${y - 9}" stroke="${ready}" stroke-width="4"/>
<circle cx="${x(socket)}" cy="${y}" r="10" fill="none" stroke="${ink}" stroke-width="1.5"/>
${dots.join('')}
${names.join('\n')}`;
}
