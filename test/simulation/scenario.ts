import type { SimulatedLine } from '../../src/testing/index.ts';
import type { Draw } from './draw.ts';
import { serverKinds, type ServerKindName } from './servers.ts';

/** How a provider of the address answers: at once, after a while, after the attempt is over, or with a rejection. */
export type ProviderHabit = 'prompt' | 'slow' | 'late' | 'failing';

/** What a listener does in answer to an event, so many times. */
export interface Reaction {
  readonly on: 'state' | 'outcome' | 'message' | 'lost' | 'failed' | 'closed' | 'retrying' | 'opened';
  readonly call: 'send' | 'connect' | 'reconnect' | 'disconnect';
  readonly times: number;
}

/** Everything that holds for a whole run: plain data, so that a run can be written down and played again. */
export interface Scenario {
  readonly server: ServerKindName;
  /** Sockets as of `ws`, with pings of the protocol; else as in browsers. */
  readonly hasPing: boolean;
  /** Each way. Unit ms. */
  readonly latencyMs: number;
  readonly codec: 'json' | 'raw';
  /** Null: the address is a plain value. */
  readonly provider: readonly ProviderHabit[] | null;
  /** There is `authenticate`. */
  readonly isAuthenticating: boolean;
  /** What `greet` does: says who we are, and waits for an answer; now and then it fails. */
  readonly greeting: 'none' | 'says' | 'asks';
  readonly canGreetingFail: boolean;
  readonly confirm: 'none' | { readonly everyMessages: number; readonly everyMs: number };
  readonly heartbeat:
    | 'auto'
    | false
    | {
        readonly intervalMs: number;
        readonly timeoutMs: number;
        readonly wakeTimeoutMs: number;
        readonly required: boolean;
        readonly hasToken: boolean;
      };
  readonly retry: {
    readonly baseMs: number;
    readonly capMs: number;
    readonly hintCapMs: number;
    readonly maxAttempts: number;
    readonly jitter: 'full' | 'equal' | 'none';
  };
  readonly outbox: {
    readonly maxMessages: number;
    readonly maxBytes: number;
    /** 0: a message never grows too old. Unit ms. */
    readonly ttlMs: number;
    readonly overflow: 'drop-oldest' | 'drop-newest' | 'reject';
  };
  readonly connectTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly stableAfterMs: number;
  readonly maxBufferedBytes: number;
  readonly reconnect: boolean;
  /** While a held message goes out at the opening, the socket sends another, so many times. */
  readonly reentries: number;
  readonly reactions: readonly Reaction[];
  /** What the line carries for the whole run. Null: everything at once. */
  readonly line: SimulatedLine | null;
  /** The server is a hub: it speaks `topics.v1+json`, and says when it drains. */
  readonly isHub: boolean;
  /** What the page says of the network at the end is what it said before, and need not be so. */
  readonly isLying: boolean;
}

/** The plainest scenario: where shrinking leads to. */
export const plainScenario: Scenario = {
  server: 'answering',
  hasPing: true,
  latencyMs: 10,
  codec: 'json',
  provider: null,
  isAuthenticating: false,
  greeting: 'none',
  canGreetingFail: false,
  confirm: 'none',
  heartbeat: 'auto',
  retry: { baseMs: 1_000, capMs: 30_000, hintCapMs: 300_000, maxAttempts: 30, jitter: 'full' },
  outbox: { maxMessages: 1_024, maxBytes: 1_048_576, ttlMs: 0, overflow: 'drop-oldest' },
  connectTimeoutMs: 10_000,
  closeTimeoutMs: 2_000,
  drainTimeoutMs: 10_000,
  stableAfterMs: 5_000,
  maxBufferedBytes: 16_777_216,
  reconnect: true,
  reentries: 0,
  reactions: [],
  line: null,
  isHub: false,
  isLying: false,
};

/** How many of the runs have a narrow line. Range 0 … 1. */
export const NARROW_LINES = 0.25;
/** Bytes a second of a narrow line. On the last ones, a burst of messages takes longer than heartbeats wait. */
export const LINE_RATES = [2_000_000, 200_000, 50_000, 12_000] as const;

const kinds = Object.keys(serverKinds) as [ServerKindName, ...ServerKindName[]];

/** Those that give the pong which a hub gives. */
const hubs: ReadonlySet<ServerKindName> = new Set(['answering', 'dying', 'outOfBand']);

/** Draws a scenario. */
export function drawScenario(draw: Draw): Scenario {
  const baseMs = draw.pick(10, 100, 1_000);
  const latencyMs = draw.pick(0, 5, 20, 150);
  const server = draw.chance(0.4) ? 'answering' : draw.pick(...kinds);
  const heartbeat = drawHeartbeat(draw);
  const isConfirming = heartbeat !== false && draw.chance(0.4);
  const confirm = isConfirming
    ? { everyMessages: draw.pick(1, 5, 64), everyMs: draw.pick(20, 250, 3_000) }
    : ('none' as const);
  // To be confirmed a message has to be kept.
  const maxMessages = draw.pick(confirm === 'none' ? 0 : 1, 3, 10, 1_024);
  // The servers ask for 700, 1,500, 2,000 and 20,000 ms.
  const hintCapMs = draw.pick(1_000, 300_000, 300_000);
  return {
    server,
    hasPing: draw.chance(0.7),
    latencyMs,
    codec: draw.pick('json', 'raw'),
    provider: draw.chance(0.25)
      ? Array.from({ length: 4 }, () =>
          draw.weighed<ProviderHabit>([
            [5, 'prompt'],
            [3, 'slow'],
            [1, 'late'],
            [2, 'failing'],
          ]),
        )
      : null,
    isAuthenticating: draw.chance(0.15),
    greeting: drawGreeting(draw, server),
    canGreetingFail: draw.chance(0.3),
    confirm,
    heartbeat,
    retry: {
      baseMs,
      capMs: baseMs * draw.pick(1, 4, 30),
      hintCapMs,
      maxAttempts: draw.pick(0, 2, 5, 30, 1_000),
      jitter: draw.weighed([
        [4, 'full'],
        [1, 'equal'],
        [1, 'none'],
      ]),
    },
    outbox: {
      maxMessages,
      maxBytes: draw.pick(200, 2_000, 1_048_576),
      ttlMs: draw.pick(0, 0, 100, 2_000),
      overflow: draw.pick('drop-oldest', 'drop-newest', 'reject'),
    },
    // Handshake, greeting and proof are three round trips.
    connectTimeoutMs: Math.max(draw.pick(100, 1_000, 10_000), 8 * latencyMs),
    closeTimeoutMs: draw.pick(50, 2_000),
    drainTimeoutMs: draw.pick(0, 300, 10_000, 10_000),
    stableAfterMs: draw.pick(100, 1_000, 5_000),
    // Where nothing is held, room that comes back is not noticed.
    maxBufferedBytes: draw.pick(500, 16_777_216),
    reconnect: draw.chance(0.94),
    reentries: draw.chance(0.15) ? 3 : 0,
    reactions: draw.chance(0.3) ? Array.from({ length: draw.whole(1, 2) }, () => drawReaction(draw)) : [],
    isLying: draw.chance(0.2),
    line: draw.chance(NARROW_LINES)
      ? { bytesPerSecond: draw.pick(...LINE_RATES), kernelBytes: draw.pick(20_000, 1_000_000) }
      : null,
    isHub: draw.chance(0.25) && hubs.has(server),
  };
}

function drawHeartbeat(draw: Draw): Scenario['heartbeat'] {
  const kind = draw.weighed<'auto' | false | 'application'>([
    [2, 'auto'],
    [1, false],
    [5, 'application'],
  ]);
  if (kind !== 'application') return kind;
  return {
    intervalMs: draw.pick(300, 2_000, 25_000),
    timeoutMs: draw.pick(400, 1_500, 10_000),
    wakeTimeoutMs: draw.pick(350, 2_500),
    required: draw.chance(0.15),
    hasToken: draw.chance(0.5),
  };
}

/** Not every server takes a greeting, or answers one. */
function drawGreeting(draw: Draw, server: ServerKindName): Scenario['greeting'] {
  if (server === 'authFirst') return draw.chance(0.9) ? 'asks' : 'none';
  if (server === 'strict' || draw.chance(0.8)) return 'none';
  return server === 'echo' || server === 'chat' ? draw.pick('says', 'asks') : 'says';
}

function drawReaction(draw: Draw): Reaction {
  return {
    on: draw.pick('state', 'outcome', 'message', 'lost', 'failed', 'closed', 'retrying', 'opened'),
    call: draw.weighed([
      [5, 'send'],
      [2, 'connect'],
      [1, 'reconnect'],
      [1, 'disconnect'],
    ]),
    times: draw.whole(1, 3),
  };
}
