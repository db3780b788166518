/** Draws a chart: states, parts and events come from its machine; only the places are set by hand. */
import { drawnEdges, drawnStates, type DrawnEdge, type DrawnMachine, type DrawnState } from './chartData.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How an edge runs, and where its events are written. An edge of the chart without a route is an error, and so is the reverse. */
export interface Route {
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly label: readonly [x: number, y: number];
  readonly anchor?: 'start' | 'middle' | 'end';
}

/** What a box says at a glance: all is well, it waits, it is at rest, or something is wrong. */
export type Look = 'ready' | 'holding' | 'plain' | 'wrong';

export interface Picture {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly machine: DrawnMachine;
  readonly boxes: Readonly<Record<string, Box>>;
  readonly routes: Readonly<Record<string, Route>>;
  readonly lookOf: (state: DrawnState) => Look;
  /** What else there is to see. */
  readonly foreground?: (palette: Palette) => string;
}

export interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly rest: string;
  readonly faint: string;
  readonly ready: string;
  readonly failed: string;
}
export type Theme = 'light' | 'dark';
const palettes: Readonly<Record<Theme, Palette>> = {
  light: { paper: '#FBFAF7', ink: '#1B1F27', rest: '#5F6978', faint: '#D9D8D2', ready: '#1F9D61', failed: '#D6453D' },
  dark: { paper: '#0C0F14', ink: '#E6E9EF', rest: '#8E98A9', faint: '#2A303B', ready: '#1F9D61', failed: '#D6453D' },
};

const mono = 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace';
export const sans = 'system-ui, -apple-system, Segoe UI, Roboto, sans-serif';

export function chartPicture(picture: Picture, theme: Theme): string {
  const palette = palettes[theme];
  const { title, width, height, machine, foreground } = picture;
  const edges = drawnEdges(machine);
  checkRoutes(edges, picture);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${title}</title>`,
    defs(palette),
    `<rect width="${width}" height="${height}" fill="${palette.paper}"/>`,
    ...edges.map((edge) => edgeMarkup(edge, picture.routes[edgeName(edge)] as Route, palette)),
    ...drawnStates(machine).map((state) =>
      stateMarkup(state, picture.boxes[state.name] as Box, picture.lookOf(state), palette),
    ),
    ...(foreground === undefined ? [] : [foreground(palette)]),
    '</svg>',
    '',
  ].join('\n');
}

function checkRoutes(edges: readonly DrawnEdge[], { routes }: Picture): void {
  const names = edges.map(edgeName);
  const missing = names.filter((name) => !(name in routes));
  const extra = Object.keys(routes).filter((name) => !names.includes(name));
  if (missing.length + extra.length > 0) {
    throw new Error(`routes to draw: missing ${missing.join(', ') || 'none'}; left over ${extra.join(', ') || 'none'}`);
  }
}

const edgeName = ({ from, to }: DrawnEdge): string => `${from} → ${to}`;

function defs({ rest, faint }: Palette): string {
  return `<defs>
<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" fill="${rest}"/></marker>
<pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="1.2" height="8" fill="${faint}"/></pattern>
</defs>`;
}

function edgeMarkup(
  { events }: DrawnEdge,
  { points, label, anchor = 'start' }: Route,
  { rest, paper }: Palette,
): string {
  const path = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  const lines = events.map((event, index) => `<tspan x="${label[0]}" dy="${index === 0 ? 11 : 13}">${event}</tspan>`);
  return `<path d="${path}" fill="none" stroke="${rest}" stroke-width="1.5" marker-end="url(#tip)"/>
<text y="${label[1]}" font-family="${mono}" font-size="11" fill="${rest}" text-anchor="${anchor}" paint-order="stroke" stroke="${paper}" stroke-width="4">${lines.join('')}</text>`;
}

function stateMarkup({ name, tag, parts, description }: DrawnState, box: Box, look: Look, palette: Palette): string {
  const { x, y, width: w, height: h } = box;
  const { ink, rest, paper, ready, failed } = palette;
  const outline =
    look === 'ready'
      ? `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="10" fill="${ready}" stroke="${ready}" stroke-width="1.5"/>`
      : look === 'holding'
        ? `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="10" fill="${paper}"/><rect x="${x}" y="${y}" width="${w}" height="${h}" rx="10" fill="url(#hatch)" stroke="${rest}" stroke-width="1.5" stroke-dasharray="5 4"/>`
        : `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${paper}" stroke="${rest}" stroke-width="1.5"/>`;
  const corner =
    look === 'wrong' ? `<path d="M${x + w - 22} ${y}L${x + w} ${y}L${x + w} ${y + 22}z" fill="${failed}"/>` : '';
  const text = look === 'ready' ? '#0C0F14' : ink;
  const aside =
    tag === ''
      ? ''
      : `\n<text x="${x + w - (look === 'wrong' ? 26 : 14)}" y="${y + 25}" font-family="${mono}" font-size="10" fill="${text}" text-anchor="end" opacity="0.75">${tag}</text>`;
  return `<g><title>${description}</title>${outline}${corner}
<text x="${x + 14}" y="${y + 26}" font-family="${sans}" font-size="17" font-weight="600" fill="${text}">${name}</text>${aside}
${pills(parts, box, text, look === 'ready' ? ready : paper)}</g>`;
}

function pills(parts: readonly string[], { x, y, width: w }: Box, text: string, fill: string): string {
  const perRow = parts.length === 4 ? 2 : parts.length;
  const pillWidth = (w - 28 - (perRow - 1) * 8) / perRow;
  return parts
    .map((part, index) => {
      const px = x + 14 + (index % perRow) * (pillWidth + 8);
      const py = y + 42 + Math.floor(index / perRow) * 32;
      return `<rect x="${px}" y="${py}" width="${pillWidth}" height="24" rx="12" fill="${fill}" stroke="${text}" stroke-opacity="0.45"/><text x="${px + pillWidth / 2}" y="${py + 16}" font-family="${sans}" font-size="12" fill="${text}" text-anchor="middle">${part}</text>`;
    })
    .join('\n');
}
