/** Counts since the hub began, and what there is now. Sizes in bytes. */
export interface HubStats {
  readonly connections: number;
  readonly topics: number;
  readonly subscriptions: number;
  readonly isDraining: boolean;
  /** Connections accepted. */
  readonly accepted: number;
  /** Upgrades refused, by HTTP status. */
  readonly refused: Readonly<Record<string, number>>;
  /** Connections closed, by code. */
  readonly closed: Readonly<Record<string, number>>;
  readonly received: { readonly frames: number; readonly bytes: number };
  readonly sent: { readonly frames: number; readonly bytes: number };
  /** Messages that went into a log, and those that were there already. */
  readonly published: number;
  readonly duplicates: number;
  /** Messages handed to subscribers, replays included. */
  readonly delivered: number;
  readonly replayed: number;
  /** Subscriptions that went on where they had been, and those that could not. */
  readonly recovered: number;
  readonly unrecovered: number;
  readonly resets: number;
  /** Peers whose budget was used up. */
  readonly slowConsumers: number;
  /** Error frames sent, by code. */
  readonly errors: Readonly<Record<string, number>>;
}

/** The counters behind {@link HubStats}: plain numbers, since they are counted for every message. */
export class Counters {
  accepted = 0;
  receivedFrames = 0;
  receivedBytes = 0;
  sentFrames = 0;
  sentBytes = 0;
  published = 0;
  duplicates = 0;
  delivered = 0;
  replayed = 0;
  recovered = 0;
  unrecovered = 0;
  resets = 0;
  slowConsumers = 0;
  readonly refused = new Map<string, number>();
  readonly closed = new Map<string, number>();
  readonly errors = new Map<string, number>();

  static count(counts: Map<string, number>, key: string | number): void {
    counts.set(String(key), (counts.get(String(key)) ?? 0) + 1);
  }
}
