import type { HubFrame } from '../src/server/index.ts';

/** What is published, and where. */
export const topics = {
  /** All interfaces in one {@link TrafficFrame}. */
  traffic: 'traffic',
  /** One of them. */
  ofInterface: (name: string): string => `traffic/${name}`,
  /** {@link LoadFrame} */
  load: 'system/load',
  /** {@link Remark} */
  wall: 'wall',
  /** Numbers from 1 on, by the server, as fast as it was told to: one of {@link streamRates}. */
  stream: 'stream',
  /** How fast that is now: every window shows the same. Unit messages per second. */
  streamRate: 'stream/rate',
  /** Numbers from 1 on, by one window. */
  count: (client: string) => `count/${client}` as const,
  /** {@link Tallies} of that window. */
  tally: (client: string) => `tally/${client}` as const,
} as const;

/** What is published to each. */
export interface PageTopics {
  readonly [topics.traffic]: TrafficFrame;
  readonly [topic: `traffic/${string}`]: TrafficFrame;
  readonly [topics.load]: LoadFrame;
  readonly [topics.wall]: Remark;
  readonly [topics.stream]: number;
  readonly [topics.streamRate]: number;
  readonly [topic: `count/${string}`]: number;
  readonly [topic: `tally/${string}`]: Tallies;
}

/** What a window says to all windows. */
export interface Remark {
  readonly by: string;
  readonly number: number;
}

/** What has come of the numbers of one window over one connection, as the server counted it. */
export interface Tally {
  readonly arrived: number;
  /** Those that are missing while later ones are there. */
  readonly lost: number;
  readonly twice: number;
}

/** Of the connection that is shown, and of the hand-written one beside it. */
export interface Tallies {
  readonly ours: Tally;
  readonly byHand: Tally;
}

/** What can be done to the connection, in the order of its keys. */
export const hurts = ['cut', 'halfOpen', 'slow', 'refuse', 'restart', 'close', 'sleep', 'tunnel'] as const;
export type Hurt = (typeof hurts)[number];

/** How fast the server can be told to stream. Unit messages per second. */
export const streamRates = [0, 100, 1_000, 10_000] as const;

/** How long a laptop sleeps, and how long a train is in its tunnel. Unit ms. */
export const SLEEP_MS = 6_000;
export const TUNNEL_MS = 5_000;

/** What has passed an interface of this machine since the reading before. Unit bytes per second. */
export interface InterfaceRate {
  readonly name: string;
  readonly rxBytesPerS: number;
  readonly txBytesPerS: number;
}

/** One reading of the operating system's counters, published four times a second. `at`: ms since the epoch. */
export interface TrafficFrame {
  readonly type: 'traffic';
  readonly at: number;
  readonly interfaces: readonly InterfaceRate[];
}

/** How busy the machine is, published once a second. `at`: ms since the epoch. */
export interface LoadFrame {
  readonly type: 'load';
  readonly at: number;
  /** Of all processors, since the reading before: 0 to 1. */
  readonly cpuShare: number;
  readonly memory: { readonly usedBytes: number; readonly totalBytes: number };
}

/** What the page sends when somebody presses *send*. */
export interface HelloFrame {
  readonly type: 'hello';
  readonly number: number;
}

/** What the page says to the hub, topics aside. */
export type PageFrame = HelloFrame;

/** What the hand-written connection says. */
export interface CountFrame {
  readonly type: 'count';
  readonly number: number;
}

/** The hub's answer to what it does not know. */
export interface EchoFrame {
  readonly received: HelloFrame;
}

export type PeerFrame = HubFrame | EchoFrame;
