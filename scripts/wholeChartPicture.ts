/** The picture of docs/concepts.md: every event that leads from one state of a connection to another. */
import { connectionMachine } from '../machines/index.ts';
import { way, type Box, type Route } from '../visualizer/drawing/route.ts';
import { chartPicture, type Picture, type Theme } from './chartPicture.ts';
import { lookOfConnection } from './connectionPicture.ts';

const boxes: Readonly<Record<string, Box>> = {
  idle: { x: 40, y: 48, width: 150, height: 72 },
  connecting: { x: 420, y: 40, width: 250, height: 112 },
  open: { x: 900, y: 40, width: 260, height: 84 },
  closed: { x: 40, y: 360, width: 200, height: 84 },
  backoff: { x: 480, y: 360, width: 300, height: 84 },
  failed: { x: 1060, y: 360, width: 160, height: 72 },
};

const routes: Readonly<Record<string, Route>> = {
  'idle → connecting': way([190, 76], [420, 76]).says(305, 40, 'middle'),
  'idle → closed': way([80, 120], [80, 360]).says(88, 170),
  'connecting → open': way([670, 64], [900, 64]).says(785, 4, 'middle'),
  'open → connecting': way([900, 104], [670, 104]).says(785, 110, 'middle'),
  'connecting → backoff': way([600, 152], [600, 360]).says(592, 200, 'end'),
  'backoff → connecting': way([640, 360], [640, 152]).says(648, 215),
  'connecting → closed': way([440, 152], [440, 320], [200, 320], [200, 360]).says(208, 326),
  'connecting → failed': way([670, 136], [704, 136], [704, 190], [1090, 190], [1090, 360]).says(1082, 215, 'end'),
  'open → backoff': way([915, 124], [915, 402], [780, 402]).says(907, 408, 'end'),
  'open → failed': way([1130, 124], [1130, 360]).says(1138, 215),
  'open → closed': way([1160, 82], [1250, 82], [1250, 516], [80, 516], [80, 444]).says(1242, 496, 'end'),
  'backoff → closed': way([480, 402], [240, 402]).says(310, 408, 'middle'),
  'closed → connecting': way([160, 360], [160, 250], [330, 250], [330, 112], [420, 112]).says(168, 216),
  'failed → connecting': way([1130, 432], [1130, 478], [380, 478], [380, 136], [420, 136]).says(1122, 442, 'end'),
};

const picture: Picture = {
  title: 'The six states of a connection, and every event that leads from one to another',
  width: 1290,
  height: 550,
  machine: connectionMachine,
  boxes,
  routes,
  lookOf: lookOfConnection,
};

export const wholeChartPicture = (theme: Theme): string => chartPicture(picture, theme);
