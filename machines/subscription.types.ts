/** The six states of a topic on the client. */
export type SubscriptionStateName = 'idle' | 'subscribing' | 'live' | 'resyncing' | 'gap' | 'denied';

/** The facts of one topic, for people to look at. It holds no message. */
export interface SubscriptionContext {
  /** There is a connection on which the peer may be asked. */
  readonly isReady: boolean;
  /** Times in a row that the peer put us off. */
  readonly postponements: number;
  /** How long to wait before the next question. Unit ms. */
  readonly retryDelayMs: number;
  /** Why the peer will not have it, in its own word. */
  readonly denial: string | null;
  /** Gaps that were announced. */
  readonly gaps: number;
  /** Times that the topic had to begin again from a position. */
  readonly resyncs: number;
}

/** What the chart of a topic can be told: commands of the application, facts of the wire. */
export type SubscriptionEvent =
  /** Somebody listens, or one more does where that had been denied. */
  | { type: 'topic.wanted' }
  /** Nobody listens any more. */
  | { type: 'topic.unwanted' }
  /** Somebody wants what came before the point that we are at. */
  | { type: 'topic.rewound' }
  /** A connection has opened, and the peer may be asked. */
  | { type: 'peer.ready' }
  | { type: 'peer.lost' }
  /** `isWhole`: what comes follows what was there before; else the gap has been announced. */
  | { type: 'hub.subscribed'; isWhole: boolean }
  /** The hub ended the subscription; it may be asked again at once. */
  | { type: 'hub.reset' }
  /** The hub cannot now. `afterMs`: not before. */
  | { type: 'hub.postponed'; afterMs?: number }
  | { type: 'hub.denied'; code: string }
  /** A message came that is not the next one. */
  | { type: 'gap.found' }
  /** The application has done what it does about a gap. */
  | { type: 'gap.handled' };
