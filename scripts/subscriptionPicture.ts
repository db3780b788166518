/** The picture of docs/topics.md: what becomes of one topic. */
import { subscriptionMachine } from '../machines/index.ts';
import { way, type Box, type Route } from '../visualizer/drawing/route.ts';
import { chartPicture, type Look, type Picture, type Theme } from './chartPicture.ts';

const boxes: Readonly<Record<string, Box>> = {
  idle: { x: 40, y: 60, width: 150, height: 72 },
  subscribing: { x: 330, y: 40, width: 270, height: 96 },
  live: { x: 980, y: 40, width: 180, height: 84 },
  denied: { x: 330, y: 330, width: 180, height: 72 },
  gap: { x: 620, y: 330, width: 200, height: 100 },
  resyncing: { x: 940, y: 330, width: 270, height: 96 },
};

const routes: Readonly<Record<string, Route>> = {
  'idle → subscribing': way([190, 80], [330, 80]).says(260, 62, 'middle'),
  'subscribing → idle': way([330, 112], [190, 112]).says(260, 116, 'middle'),
  'subscribing → live': way([600, 56], [980, 56]).says(790, 38, 'middle'),
  'subscribing → gap': way([600, 112], [680, 112], [680, 330]).says(672, 230, 'end'),
  'subscribing → denied': way([470, 136], [470, 330]).says(478, 230),
  'denied → subscribing': way([370, 330], [370, 136]).says(362, 224, 'end'),
  'live → gap': way([980, 84], [740, 84], [740, 330]).says(860, 66, 'middle'),
  'gap → live': way([780, 330], [780, 108], [980, 108]).says(788, 230),
  'live → resyncing': way([1110, 124], [1110, 330]).says(1118, 190),
  'resyncing → live': way([1020, 330], [1020, 124]).says(1012, 230, 'end'),
  'gap → resyncing': way([820, 366], [940, 366]).says(880, 294, 'middle'),
  'resyncing → gap': way([940, 398], [820, 398]).says(880, 402, 'middle'),
  'gap → denied': way([620, 366], [510, 366]).says(565, 348, 'middle'),
  'resyncing → denied': way([1000, 426], [1000, 470], [460, 470], [460, 402]).says(992, 452, 'end'),
  'live → denied': way([1160, 100], [1240, 100], [1240, 470], [460, 470], [460, 402]).says(1232, 452, 'end'),
  'denied → idle': way([330, 366], [160, 366], [160, 132]).says(245, 348, 'middle'),
  'live → idle': way([1160, 64], [1266, 64], [1266, 520], [90, 520], [90, 132]).says(1213, 46, 'middle'),
  'gap → idle': way([700, 430], [700, 520], [90, 520], [90, 132]).says(692, 502, 'end'),
  'resyncing → idle': way([1110, 426], [1110, 520], [90, 520], [90, 132]).says(1102, 502, 'end'),
};

const looks: Readonly<Record<string, Look>> = {
  subscribing: 'holding',
  live: 'ready',
  resyncing: 'holding',
  gap: 'wrong',
  denied: 'wrong',
};

const picture: Picture = {
  title: 'The six states of a topic on the client',
  width: 1290,
  height: 550,
  machine: subscriptionMachine,
  boxes,
  routes,
  lookOf: ({ name }) => looks[name] ?? 'plain',
};

export const subscriptionPicture = (theme: Theme): string => chartPicture(picture, theme);
