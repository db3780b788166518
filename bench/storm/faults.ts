import type { FaultSpec, FaultType } from '../../src/testing/index.ts';

/** A fault of a storm, and how long it is calm before it. */
export interface Gust {
  readonly calmMs: number;
  readonly spec: FaultSpec & { readonly forMs: number };
}

/** Long enough for the heartbeat of the storm to notice. Unit ms. */
const SILENCE_MS = [300, 900] as const;

/** Faults without end, drawn by chance. Each type comes once before any comes again. */
export function* gusts(random: () => number): Generator<Gust, never> {
  const between = (from: number, to: number): number => Math.round(from + random() * (to - from));
  const oneOf = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const on = (): 'existing' | 'new' | 'all' => oneOf('existing', 'new', 'all');
  const forMs = (): number => between(50, 500);
  const direction = (): 'toServer' | 'toClient' => oneOf('toServer', 'toClient');
  const draw: { readonly [T in FaultType]: () => Gust['spec'] } = {
    reset: () => ({ type: 'reset', on: on(), forMs: forMs() }),
    blackhole: () => ({ type: 'blackhole', direction: oneOf(direction(), 'both'), forMs: between(...SILENCE_MS) }),
    halfOpen: () => ({ type: 'halfOpen', forMs: between(...SILENCE_MS) }),
    latency: () => ({ type: 'latency', delayMs: between(0, 80), jitterMs: between(0, 80), forMs: forMs() }),
    bandwidth: () => ({ type: 'bandwidth', bytesPerSecond: between(5_000, 200_000), forMs: forMs() }),
    refuse: () => ({ type: 'refuse', status: oneOf(500, 502, 503, 429), forMs: forMs() }),
    stall: () => ({ type: 'stall', forMs: forMs() }),
    truncate: () => ({
      type: 'truncate',
      afterBytes: between(0, 5_000),
      direction: direction(),
      on: on(),
      forMs: forMs(),
    }),
    close: () => ({ type: 'close', code: oneOf(1000, 1001, 1011, 1012, 1013, 4000), on: on(), forMs: forMs() }),
    down: () => ({ type: 'down', forMs: forMs() }),
    flap: () => ({ type: 'flap', aliveMs: between(0, 40), jitterMs: between(0, 40), on: on(), forMs: forMs() }),
  };
  const types = Object.keys(draw) as FaultType[];
  for (;;) {
    const deck = types.map((type) => ({ type, at: random() })).sort((one, other) => one.at - other.at);
    for (const { type } of deck) yield { calmMs: between(50, 400), spec: draw[type]() };
  }
}
