/** The README's picture: chart above, wire below. States, parts and events come from the machine; only the places are set by hand. */
import { drawnEdges, drawnStates, type DrawnEdge, type DrawnState } from './chartData.ts';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const width = 1290;
const height = 680;

const boxes: Readonly<Record<string, Box>> = {
  idle: { x: 40, y: 48, width: 150, height: 72 },
  connecting: { x: 420, y: 40, width: 250, height: 112 },
  open: { x: 900, y: 40, width: 260, height: 84 },
  closed: { x: 40, y: 360, width: 200, height: 84 },
  backoff: { x: 480, y: 360, width: 300, height: 84 },
  failed: { x: 1060, y: 360, width: 160, height: 72 },
};

/** How an edge runs, and where its events are written. An edge of the chart without a route is an error, and so is the reverse. */
interface Route {
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly label: readonly [x: number, y: number];
  readonly anchor?: 'start' | 'middle' | 'end';
}
const routes: Readonly<Record<string, Route>> = {
  'idle → connecting': {
    points: [
      [190, 76],
      [420, 76],
    ],
    label: [305, 40],
    anchor: 'middle',
  },
  'idle → closed': {
    points: [
      [80, 120],
      [80, 360],
    ],
    label: [88, 170],
  },
  'connecting → open': {
    points: [
      [670, 64],
      [900, 64],
    ],
    label: [785, 4],
    anchor: 'middle',
  },
  'open → connecting': {
    points: [
      [900, 104],
      [670, 104],
    ],
    label: [785, 110],
    anchor: 'middle',
  },
  'connecting → backoff': {
    points: [
      [600, 152],
      [600, 360],
    ],
    label: [592, 200],
    anchor: 'end',
  },
  'backoff → connecting': {
    points: [
      [640, 360],
      [640, 152],
    ],
    label: [648, 215],
  },
  'connecting → closed': {
    points: [
      [440, 152],
      [440, 320],
      [200, 320],
      [200, 360],
    ],
    label: [208, 326],
  },
  'connecting → failed': {
    points: [
      [670, 136],
      [704, 136],
      [704, 190],
      [1090, 190],
      [1090, 360],
    ],
    label: [1082, 215],
    anchor: 'end',
  },
  'open → backoff': {
    points: [
      [915, 124],
      [915, 402],
      [780, 402],
    ],
    label: [907, 408],
    anchor: 'end',
  },
  'open → failed': {
    points: [
      [1130, 124],
      [1130, 360],
    ],
    label: [1138, 215],
  },
  'open → closed': {
    points: [
      [1160, 82],
      [1250, 82],
      [1250, 516],
      [80, 516],
      [80, 444],
    ],
    label: [1242, 496],
    anchor: 'end',
  },
  'backoff → closed': {
    points: [
      [480, 402],
      [240, 402],
    ],
    label: [310, 408],
    anchor: 'middle',
  },
  'closed → connecting': {
    points: [
      [160, 360],
      [160, 250],
      [330, 250],
      [330, 112],
      [420, 112],
    ],
    label: [168, 216],
  },
  'failed → connecting': {
    points: [
      [1130, 432],
      [1130, 478],
      [380, 478],
      [380, 136],
      [420, 136],
    ],
    label: [1122, 442],
    anchor: 'end',
  },
};

interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly rest: string;
  readonly faint: string;
  readonly ready: string;
  readonly failed: string;
}
const palettes: Readonly<Record<'light' | 'dark', Palette>> = {
  light: { paper: '#FBFAF7', ink: '#1B1F27', rest: '#5F6978', faint: '#D9D8D2', ready: '#1F9D61', failed: '#D6453D' },
  dark: { paper: '#0C0F14', ink: '#E6E9EF', rest: '#8E98A9', faint: '#2A303B', ready: '#1F9D61', failed: '#D6453D' },
};

const mono = 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace';
const sans = 'system-ui, -apple-system, Segoe UI, Roboto, sans-serif';

export function chartPicture(theme: 'light' | 'dark'): string {
  const palette = palettes[theme];
  checkRoutes();
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">`,
    `<title id="title">The six states of a connection, and the wire that open holds up</title>`,
    defs(palette),
    `<rect width="${width}" height="${height}" fill="${palette.paper}"/>`,
    ...drawnEdges.map((edge) => edgeMarkup(edge, palette)),
    ...drawnStates.map((state) => stateMarkup(state, palette)),
    wireMarkup(palette),
    '</svg>',
    '',
  ].join('\n');
}

function checkRoutes(): void {
  const names = drawnEdges.map(edgeName);
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

function edgeMarkup(edge: DrawnEdge, { rest, paper }: Palette): string {
  const { points, label, anchor = 'start' } = routes[edgeName(edge)] as Route;
  const path = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  const lines = edge.events.map(
    (event, index) => `<tspan x="${label[0]}" dy="${index === 0 ? 11 : 13}">${event}</tspan>`,
  );
  return `<path d="${path}" fill="none" stroke="${rest}" stroke-width="1.5" marker-end="url(#tip)"/>
<text y="${label[1]}" font-family="${mono}" font-size="11" fill="${rest}" text-anchor="${anchor}" paint-order="stroke" stroke="${paper}" stroke-width="4">${lines.join('')}</text>`;
}

function stateMarkup({ name, tag, parts, description }: DrawnState, palette: Palette): string {
  const box = boxes[name] as Box;
  const { x, y, width: w, height: h } = box;
  const { ink, rest, paper, ready, failed } = palette;
  const outline =
    tag === 'ready'
      ? `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="10" fill="${ready}" stroke="${ready}" stroke-width="1.5"/>`
      : tag === 'holding'
        ? `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="10" fill="${paper}"/><rect x="${x}" y="${y}" width="${w}" height="${h}" rx="10" fill="url(#hatch)" stroke="${rest}" stroke-width="1.5" stroke-dasharray="5 4"/>`
        : `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${paper}" stroke="${rest}" stroke-width="1.5"/>`;
  const corner =
    name === 'failed' ? `<path d="M${x + w - 22} ${y}L${x + w} ${y}L${x + w} ${y + 22}z" fill="${failed}"/>` : '';
  const text = tag === 'ready' ? '#0C0F14' : ink;
  return `<g><title>${description}</title>${outline}${corner}
<text x="${x + 14}" y="${y + 26}" font-family="${sans}" font-size="17" font-weight="600" fill="${text}">${name}</text>
<text x="${x + w - (name === 'failed' ? 26 : 14)}" y="${y + 25}" font-family="${mono}" font-size="10" fill="${text}" text-anchor="end" opacity="0.75">${tag}</text>
${pills(parts, box, text, tag === 'ready' ? ready : paper)}</g>`;
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

/** `app ▸ outbox ▸ gate ▸ socket ▸ peer`, and the hairline by which open holds the gate up. */
function wireMarkup({ ink, rest, ready }: Palette): string {
  const y = 610;
  const stops: readonly (readonly [string, number])[] = [
    ['app', 90],
    ['outbox', 400],
    ['gate', 950],
    ['socket', 1070],
    ['peer', 1200],
  ];
  const names = stops.map(
    ([name, x]) =>
      `<text x="${x}" y="${y + 40}" font-family="${sans}" font-size="14" fill="${ink}" text-anchor="middle">${name}</text>`,
  );
  const dots = [150, 210, 270, 560, 640, 720, 800, 880, 1010, 1135].map(
    (x) => `<circle cx="${x}" cy="${y}" r="3" fill="${ink}"/>`,
  );
  return `<path d="M950 124V580" stroke="${ready}" stroke-width="1"/>
<path d="M90 ${y}H1200" stroke="${rest}" stroke-width="1.5"/>
<path d="M350 ${y - 26}V${y + 20}H450V${y - 26}" fill="none" stroke="${ink}" stroke-width="1.5"/>
<path d="M950 ${y - 30}V${y - 8}" stroke="${ready}" stroke-width="4" stroke-linecap="round"/>
<circle cx="1070" cy="${y}" r="12" fill="none" stroke="${ink}" stroke-width="1.5"/>
${dots.join('')}
${names.join('\n')}`;
}
