/** The README's picture: chart above, wire below. */
import { connectionMachine } from '../machines/index.ts';
import {
  chartPicture,
  sans,
  type Box,
  type Look,
  type Palette,
  type Picture,
  type Route,
  type Theme,
} from './chartPicture.ts';

const boxes: Readonly<Record<string, Box>> = {
  idle: { x: 40, y: 48, width: 150, height: 72 },
  connecting: { x: 420, y: 40, width: 250, height: 112 },
  open: { x: 900, y: 40, width: 260, height: 84 },
  closed: { x: 40, y: 360, width: 200, height: 84 },
  backoff: { x: 480, y: 360, width: 300, height: 84 },
  failed: { x: 1060, y: 360, width: 160, height: 72 },
};

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

const looks: Readonly<Record<string, Look>> = { ready: 'ready', holding: 'holding' };

const picture: Picture = {
  title: 'The six states of a connection, and the wire that open holds up',
  width: 1290,
  height: 680,
  machine: connectionMachine,
  boxes,
  routes,
  lookOf: ({ name, tag }) => (name === 'failed' ? 'wrong' : (looks[tag] ?? 'plain')),
  foreground: wireMarkup,
};

export const connectionPicture = (theme: Theme): string => chartPicture(picture, theme);

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
