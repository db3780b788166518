import { nthSeed } from '../../src/testing/random.ts';
import type { SimulatedFaultSpec } from '../../src/testing/index.ts';
import { Draw } from './draw.ts';
import { drawScenario, LINE_RATES, type Scenario } from './scenario.ts';

/** Something that somebody does: plain data. */
export type Deed =
  | { readonly do: 'connect' | 'reconnect' | 'opened' }
  | { readonly do: 'disconnect'; readonly code?: number; readonly reason?: string }
  | {
      readonly do: 'send';
      readonly by: 'send' | 'deliver' | 'client.send';
      readonly count: number;
      /** Of the message's padding. Unit bytes. */
      readonly bytes: number;
      readonly ttlMs?: number;
      readonly key?: string;
      readonly queue?: false;
    }
  | { readonly do: 'fault'; readonly spec: SimulatedFaultSpec }
  /** The server hangs up on whoever is there. `isHalf`: what is answered does not reach it, and its end of the line stays. */
  | { readonly do: 'hangUp'; readonly code: number; readonly reason: string; readonly isHalf?: true }
  /** The hub tells whoever is there when to be back; so much later its host may die. */
  | { readonly do: 'drain'; readonly retryAfterMs: number; readonly diesAfterMs?: number }
  /** Whoever is there is heard no more for so long, and goes on being talked to. */
  | { readonly do: 'deafen'; readonly forMs: number; readonly everyMs: number }
  /** The server neither answers nor says anything for so long. */
  | { readonly do: 'hush'; readonly forMs: number }
  /** What the page reports. */
  | {
      readonly do: 'report';
      readonly type: 'network.online' | 'network.offline' | 'page.hidden' | 'page.left' | 'page.resumed';
    }
  /** The wall clock is set. */
  | { readonly do: 'jump'; readonly byMs: number }
  /** Nothing of the page runs; what falls due is made up for at the end, in that order. */
  | { readonly do: 'freeze'; readonly forMs: number; readonly first: 'timers' | 'frames' }
  /** The same, and the monotonic clock stands still. */
  | { readonly do: 'sleep'; readonly forMs: number }
  /** Timers of the page fire only so often. */
  | { readonly do: 'throttle'; readonly everyMs: number; readonly forMs: number }
  /** The actor is stopped, and started again with its timers. */
  | { readonly do: 'revive'; readonly afterMs: number }
  /** The socket takes what it is given, and sends none of it for so long. */
  | { readonly do: 'clog'; readonly forMs: number }
  | { readonly do: 'dispose' };

/** A deed and when it is done, in ms from the beginning. */
export type Step = Deed & { readonly atMs: number };

/** A whole run: what holds throughout, and what happens when. */
export interface Schedule {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly steps: readonly Step[];
}

/** How many of the runs on a narrow line have little to bear but what they send themselves. Range 0 … 1. */
const FAIR = 0.4;

/** Draws the run of a seed. */
export function drawSchedule(seed: number): Schedule {
  const scenario = drawScenario(new Draw(nthSeed(seed, 0)));
  const draw = new Draw(nthSeed(seed, 1));
  const steps: Step[] = [];
  if (draw.chance(0.9)) steps.push({ atMs: 0, do: 'connect' });
  let atMs = 0;
  const isFair = scenario.line !== null && draw.chance(FAIR);
  const likely = isFair ? fairDeeds : scenario.isHub ? hubDeeds : deeds;
  for (let left = draw.whole(4, 36); left > 0; left--) {
    atMs += drawPause(draw);
    steps.push({ atMs, ...draw.weighed(likely)(draw) });
  }
  if (draw.chance(0.1)) steps.push({ atMs: atMs + drawPause(draw), do: 'dispose' });
  return { seed, scenario, steps };
}

function drawPause(draw: Draw): number {
  const upTo = draw.weighed([
    [2, 0],
    [3, 40],
    [4, 500],
    [3, 4_000],
    [1, 40_000],
    // Where a dead peer has to be found by an interval and three timeouts of the defaults.
    [0.15, 100_000],
  ]);
  return draw.whole(0, upTo);
}

const deeds: readonly (readonly [number, (draw: Draw) => Deed])[] = [
  [5, () => ({ do: 'connect' })],
  [2, () => ({ do: 'reconnect' })],
  [1, () => ({ do: 'opened' })],
  [
    3,
    (draw) =>
      draw.chance(0.7) ? { do: 'disconnect' } : { do: 'disconnect', code: draw.pick(1000, 3000, 4999), reason: 'bye' },
  ],
  [16, drawSend],
  [14, (draw) => ({ do: 'fault', spec: drawFault(draw) })],
  [3, drawHangUp],
  [3, (draw) => ({ do: 'hush', forMs: draw.pick(50, 1_000, 20_000) })],
  [
    7,
    (draw) => ({
      do: 'report',
      type: draw.weighed([
        [3, 'network.online'],
        [3, 'network.offline'],
        [1, 'page.hidden'],
        [1, 'page.left'],
        [3, 'page.resumed'],
      ]),
    }),
  ],
  [2, (draw) => ({ do: 'jump', byMs: draw.pick(-3_600_000, -20_000, 5_000, 11_000, 3_600_000) })],
  [3, (draw) => ({ do: 'freeze', forMs: draw.pick(100, 1_500, 12_000, 60_000), first: draw.pick('timers', 'frames') })],
  [1, (draw) => ({ do: 'sleep', forMs: draw.pick(2_000, 60_000, 3_600_000) })],
  [2, (draw) => ({ do: 'throttle', everyMs: draw.pick(1_000, 60_000), forMs: draw.pick(3_000, 60_000) })],
  [2, (draw) => ({ do: 'revive', afterMs: draw.pick(0, 0, 300) })],
  [2, (draw) => ({ do: 'deafen', forMs: draw.pick(3_000, 3_000, 100_000), everyMs: draw.pick(100, 1_000) })],
  [2, (draw) => ({ do: 'clog', forMs: draw.pick(100, 3_000) })],
];

/** What only a hub does. */
const hubDeeds: typeof deeds = [
  ...deeds,
  [
    10,
    (draw) => ({
      do: 'drain',
      retryAfterMs: draw.pick(0, 300, 5_000, 600_000),
      ...(draw.chance(0.4) ? { diesAfterMs: draw.pick(400, 4_000) } : {}),
    }),
  ],
];

/** What a narrow line has to bear, and now and then a loss behind which much is held. */
const fairDeeds: typeof deeds = [
  [3, () => ({ do: 'connect' })],
  [1, () => ({ do: 'reconnect' })],
  [
    8,
    (draw) => ({
      do: 'send',
      by: draw.pick('send', 'deliver'),
      ...draw.pick({ count: 60, bytes: 1_000 }, { count: 30, bytes: 16_000 }, { count: 1, bytes: 600_000 }),
    }),
  ],
  [2, () => ({ do: 'fault', spec: { type: 'reset' } })],
  [1, (draw) => ({ do: 'report', type: draw.pick('network.online', 'page.resumed') })],
];

function drawSend(draw: Draw): Deed {
  const bytes = draw.weighed([
    [6, 0],
    [2, 100],
    [1, 3_000],
    [0.5, 30_000],
    [0.03, 3_000_000],
  ]);
  return {
    do: 'send',
    by: draw.weighed([
      [4, 'send'],
      [2, 'deliver'],
      [1, 'client.send'],
    ]),
    // A large one is a burst of its own.
    count: bytes > 1_000_000 ? 1 : draw.pick(1, 1, 3, 12, 70),
    bytes,
    ...(draw.chance(0.15) ? { ttlMs: draw.pick(50, 1_000) } : {}),
    ...(draw.chance(0.15) ? { key: draw.pick('a', 'b') } : {}),
    ...(draw.chance(0.1) ? { queue: false as const } : {}),
  };
}

function drawHangUp(draw: Draw): Deed {
  return {
    do: 'hangUp',
    code: draw.weighed([
      [3, 1000],
      [3, 1001],
      [1, 1008],
      [2, 1013],
      [2, 4401],
      [1, 4403],
      [2, 4503],
    ]),
    reason: draw.pick('', '', 'bye', 'retry-after=1500', 'retry-after=20000'),
    ...(draw.chance(0.25) ? { isHalf: true as const } : {}),
  };
}

function drawFault(draw: Draw): SimulatedFaultSpec {
  const forMs = draw.pick(30, 300, 3_000, 20_000);
  const on = draw.pick('existing', 'new', 'all');
  const direction = draw.pick('both', 'toServer', 'toClient');
  return draw.weighed<() => SimulatedFaultSpec>([
    [3, () => ({ type: 'reset' })],
    [3, () => ({ type: 'blackhole', forMs, on, direction })],
    [2, () => ({ type: 'halfOpen', forMs, on })],
    [
      3,
      () => ({
        type: 'latency',
        forMs,
        direction,
        delayMs: draw.pick(0, 100, 3_000),
        jitterMs: draw.pick(0, 200, 2_000),
      }),
    ],
    [
      2,
      () => ({
        type: 'bandwidth',
        forMs,
        on,
        direction,
        bytesPerSecond: draw.pick(...LINE_RATES),
        queueBytes: draw.pick(5_000, 100_000),
        kernelBytes: draw.pick(20_000, 1_000_000),
      }),
    ],
    [
      2,
      () => ({
        type: 'refuse',
        forMs,
        status: draw.pick(401, 403, 404, 429, 500, 503),
        ...(draw.chance(0.3) ? { retryAfterSeconds: 2 } : {}),
      }),
    ],
    [2, () => ({ type: 'stall', forMs })],
    [2, () => ({ type: 'close', code: draw.pick(1001, 1011, 1012, 4503), reason: draw.pick('', 'retry-after=700') })],
    [3, () => ({ type: 'down', forMs })],
    [3, () => ({ type: 'flap', forMs, on, aliveMs: draw.pick(0, 20, 300), jitterMs: draw.pick(0, 100) })],
  ])();
}
