/** The picture of docs/topics.md: what becomes of one topic. */
import { subscriptionMachine } from '../machines/index.ts';
import { chartPicture, type Box, type Look, type Picture, type Route, type Theme } from './chartPicture.ts';

const boxes: Readonly<Record<string, Box>> = {
  idle: { x: 40, y: 60, width: 150, height: 72 },
  subscribing: { x: 330, y: 40, width: 270, height: 96 },
  live: { x: 980, y: 40, width: 180, height: 84 },
  denied: { x: 330, y: 330, width: 180, height: 72 },
  gap: { x: 620, y: 330, width: 200, height: 100 },
  resyncing: { x: 940, y: 330, width: 270, height: 96 },
};

const routes: Readonly<Record<string, Route>> = {
  'idle → subscribing': {
    points: [
      [190, 80],
      [330, 80],
    ],
    label: [260, 62],
    anchor: 'middle',
  },
  'subscribing → idle': {
    points: [
      [330, 112],
      [190, 112],
    ],
    label: [260, 116],
    anchor: 'middle',
  },
  'subscribing → live': {
    points: [
      [600, 56],
      [980, 56],
    ],
    label: [790, 38],
    anchor: 'middle',
  },
  'subscribing → gap': {
    points: [
      [600, 112],
      [680, 112],
      [680, 330],
    ],
    label: [672, 230],
    anchor: 'end',
  },
  'subscribing → denied': {
    points: [
      [470, 136],
      [470, 330],
    ],
    label: [478, 230],
  },
  'denied → subscribing': {
    points: [
      [370, 330],
      [370, 136],
    ],
    label: [362, 224],
    anchor: 'end',
  },
  'live → gap': {
    points: [
      [980, 84],
      [740, 84],
      [740, 330],
    ],
    label: [860, 66],
    anchor: 'middle',
  },
  'gap → live': {
    points: [
      [780, 330],
      [780, 108],
      [980, 108],
    ],
    label: [788, 230],
  },
  'live → resyncing': {
    points: [
      [1110, 124],
      [1110, 330],
    ],
    label: [1118, 190],
  },
  'resyncing → live': {
    points: [
      [1020, 330],
      [1020, 124],
    ],
    label: [1012, 230],
    anchor: 'end',
  },
  'gap → resyncing': {
    points: [
      [820, 366],
      [940, 366],
    ],
    label: [880, 294],
    anchor: 'middle',
  },
  'resyncing → gap': {
    points: [
      [940, 398],
      [820, 398],
    ],
    label: [880, 402],
    anchor: 'middle',
  },
  'gap → denied': {
    points: [
      [620, 366],
      [510, 366],
    ],
    label: [565, 348],
    anchor: 'middle',
  },
  'resyncing → denied': {
    points: [
      [1000, 426],
      [1000, 470],
      [460, 470],
      [460, 402],
    ],
    label: [992, 452],
    anchor: 'end',
  },
  'live → denied': {
    points: [
      [1160, 100],
      [1240, 100],
      [1240, 470],
      [460, 470],
      [460, 402],
    ],
    label: [1232, 452],
    anchor: 'end',
  },
  'denied → idle': {
    points: [
      [330, 366],
      [160, 366],
      [160, 132],
    ],
    label: [245, 348],
    anchor: 'middle',
  },
  'live → idle': {
    points: [
      [1160, 64],
      [1266, 64],
      [1266, 520],
      [90, 520],
      [90, 132],
    ],
    label: [1213, 46],
    anchor: 'middle',
  },
  'gap → idle': {
    points: [
      [700, 430],
      [700, 520],
      [90, 520],
      [90, 132],
    ],
    label: [692, 502],
    anchor: 'end',
  },
  'resyncing → idle': {
    points: [
      [1110, 426],
      [1110, 520],
      [90, 520],
      [90, 132],
    ],
    label: [1102, 502],
    anchor: 'end',
  },
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
