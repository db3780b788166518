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
} as const;

/** What is published to each. */
export interface PageTopics {
  readonly [topics.traffic]: TrafficFrame;
  readonly [topic: `traffic/${string}`]: TrafficFrame;
  readonly [topics.load]: LoadFrame;
  readonly [topics.wall]: Remark;
}

/** What a window says to all windows. */
export interface Remark {
  readonly by: string;
  readonly number: number;
}

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
  /** Over 1, 5 and 15 minutes; zeros where the system keeps none. */
  readonly averages: readonly number[];
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

/** The hub's answer to what it does not know. */
export interface EchoFrame {
  readonly received: HelloFrame;
}

export type PeerFrame = HubFrame | EchoFrame;
