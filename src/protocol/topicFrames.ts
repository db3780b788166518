/** The subprotocol, as it is negotiated. RFC 6455 §1.9. */
export const SUBPROTOCOL = 'topics.v1+json';

/** A place in a topic's log: offsets count up by one within an epoch, and mean nothing in another. */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** What a client says. Each may carry `client` as the first frame of its connection. */
export type ClientFrame =
  | {
      readonly type: 'subscribe';
      readonly topic: string;
      readonly rid?: Rid;
      readonly since?: Position;
      readonly last?: number;
    }
  | { readonly type: 'resume'; readonly rid?: Rid; readonly topics: readonly ({ readonly topic: string } & Position)[] }
  | { readonly type: 'unsubscribe'; readonly topic: string; readonly rid?: Rid }
  | {
      readonly type: 'publish';
      readonly topic: string;
      readonly data: unknown;
      readonly id?: string;
      readonly rid?: Rid;
    }
  | { readonly type: 'ping'; readonly t?: unknown }
  | { readonly type: 'auth'; readonly token: string };

/** Given by the client, and given back in the answer. */
export type Rid = string | number;

/** Why a subscription ended, to be asked for anew. */
export type ResetReason = 'epoch' | 'gap' | 'busy' | 'slow' | 'unavailable';

/** Why a subscription did not go on where it had been. */
export type Unrecovered = 'epoch' | 'trimmed' | 'ahead' | 'too_large' | 'none';

/** What went wrong with a frame. `retry`: the same frame may be sent again, after `afterMs`. */
export type FrameErrorCode =
  | 'bad_frame'
  | 'too_large'
  | 'rate_limited'
  | 'limit'
  | 'denied'
  | 'not_subscribed'
  | 'unavailable'
  | 'epoch_changed'
  | 'internal';

/** What the hub says. Durations in ms, sizes in bytes. */
export type HubFrame =
  | {
      readonly type: 'hello';
      readonly v: 1;
      readonly conn: string;
      readonly node: string;
      readonly caps: readonly string[];
      readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number };
      readonly limits: HelloLimits;
      readonly exp?: number;
    }
  | ({
      readonly type: 'subscribed';
      readonly topic: string;
      readonly rid?: Rid;
      readonly sub: number;
      readonly recovered: boolean;
      readonly reason?: Unrecovered;
    } & Position)
  | {
      readonly type: 'message';
      readonly topic: string;
      readonly sub: number;
      readonly offset: number;
      readonly epoch?: string;
      readonly id?: string;
      readonly from?: string;
      readonly data: unknown;
      readonly replay?: true;
    }
  | ({
      readonly type: 'ack';
      readonly id?: string;
      readonly rid?: Rid;
      readonly topic: string;
      readonly duplicate: boolean;
    } & Position)
  | {
      readonly type: 'reset';
      readonly topic: string;
      /** Where it answers a `subscribe` or `resume`. */
      readonly rid?: Rid;
      readonly sub: number;
      readonly reason: ResetReason;
    }
  | { readonly type: 'direct'; readonly data: unknown; readonly id?: string }
  | { readonly type: 'drain'; readonly deadlineMs: number; readonly retryAfterMs: number }
  | {
      readonly type: 'error';
      readonly code: FrameErrorCode;
      readonly rid?: Rid;
      readonly id?: string;
      readonly topic?: string;
      readonly retry: boolean;
      readonly afterMs?: number;
      readonly message: string;
    }
  | { readonly type: 'pong'; readonly t?: unknown }
  | { readonly type: 'unsubscribed'; readonly topic: string; readonly rid?: Rid }
  | { readonly type: 'authed'; readonly exp?: number };

/** What a client may rely on. */
export interface HelloLimits {
  readonly payloadBytes: number;
  readonly topics: number;
  readonly publishPerSecond: number;
  readonly dedupeWindowMs: number;
  readonly history: { readonly maxMessages: number; readonly maxAgeMs: number; readonly maxBytes: number };
}

/** Close codes of a hub. RFC 6455 §7.4, and the private range. */
export const hubClose = {
  normal: 1000,
  exit: 1001,
  payload: 1009,
  drain: 1012,
  protocol: 4400,
  credentials: 4401,
  forbidden: 4403,
  heartbeat: 4408,
  replaced: 4409,
  slowConsumer: 4413,
  rate: 4429,
  unavailable: 4503,
} as const;
