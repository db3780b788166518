/** What has passed an interface of this machine since the reading before. Unit bytes per second. */
export interface InterfaceRate {
  readonly name: string;
  readonly rxBytesPerS: number;
  readonly txBytesPerS: number;
}

/** One reading of the operating system's counters, pushed four times a second. `at`: ms since the epoch. */
export interface TrafficFrame {
  readonly type: 'traffic';
  readonly at: number;
  readonly interfaces: readonly InterfaceRate[];
}

/** What the page sends when somebody presses *send*. */
export interface HelloFrame {
  readonly type: 'hello';
  readonly number: number;
}

/** The server's answer to whatever is no ping. */
export interface EchoFrame {
  readonly received: HelloFrame;
}

export type PeerFrame = TrafficFrame | EchoFrame;
