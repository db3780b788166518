import { describe, expect, test } from 'vitest';
import { play } from './play.ts';
import { plainScenario, type Scenario } from './scenario.ts';
import type { Step } from './schedule.ts';
import { timeline } from './timeline.ts';

/** Plays these steps, and goes on for some minutes: what is wrong, as a timeline. */
async function wrongWith(scenario: Partial<Scenario>, steps: readonly Step[]): Promise<string | undefined> {
  const all: readonly Step[] = [{ atMs: 0, do: 'connect' }, ...steps];
  const end = (all.at(-1)?.atMs ?? 0) + 200_000;
  const run = await play({
    seed: 1,
    scenario: { ...plainScenario, ...scenario },
    steps: [...all, { atMs: end, do: 'opened' }],
  });
  return run.breach && timeline(run);
}

const quick = {
  heartbeat: { intervalMs: 300, timeoutMs: 400, wakeTimeoutMs: 350, required: false, hasToken: true },
} as const;
const burst = (atMs: number, count: number, bytes: number): Step => ({ atMs, do: 'send', by: 'send', count, bytes });
const online = (atMs: number): Step => ({ atMs, do: 'report', type: 'network.online' });
const narrow = (bytesPerSecond: number, kernelBytes = 1_000_000) => ({ line: { bytesPerSecond, kernelBytes } });

describe('a peer that has given pongs is left in time where it', () => {
  test.each<[string, Partial<Scenario>, Step[]]>([
    ['reads no more and talks on', {}, [{ atMs: 1_000, do: 'deafen', forMs: 100_000, everyMs: 1_000 }]],
    ['reads no more and talks on, with short times', quick, [{ atMs: 999, do: 'deafen', forMs: 9_000, everyMs: 100 }]],
    [
      'reads no more and talks on, and is sent to',
      { heartbeat: { ...quick.heartbeat, intervalMs: 25_000, timeoutMs: 10_000 } },
      [
        { atMs: 1_000, do: 'deafen', forMs: 100_000, everyMs: 100 },
        ...[2, 9, 17, 31].map((s) => burst(s * 1_000, 1, 100)),
      ],
    ],
    [
      'takes what is sent, and nothing of it comes back',
      narrow(50_000),
      [
        {
          atMs: 1_000,
          do: 'fault',
          spec: { type: 'blackhole', direction: 'toClient', on: 'existing', forMs: 110_000 },
        },
        ...Array.from({ length: 25 }, (_, s) => burst(2_000 + s * 1_000, 1, 16_000)),
      ],
    ],
    [
      'dies behind a message of 3 MB',
      { ...narrow(50_000), ...quick },
      [burst(1_000, 1, 3_000_000), { atMs: 1_500, do: 'fault', spec: { type: 'blackhole', on: 'existing' } }],
    ],
    [
      'dies while 100 kB a second are sent to it',
      {},
      [
        { atMs: 1_000, do: 'fault', spec: { type: 'blackhole', on: 'existing' } },
        ...Array.from({ length: 35 }, (_, nth) => burst((nth + 2) * 1_000, 6, 16_000)),
      ],
    ],
    ['dies while it drains', { isHub: true }, [{ atMs: 100, do: 'drain', retryAfterMs: 600_000, diesAfterMs: 400 }]],
    [
      'reads no more and talks on while it drains',
      { isHub: true, ...quick },
      [
        { atMs: 100, do: 'drain', retryAfterMs: 600_000 },
        { atMs: 200, do: 'deafen', forMs: 100_000, everyMs: 100 },
      ],
    ],
  ])('%s', async (_, scenario, steps) => {
    expect(await wrongWith(scenario, steps)).toBeUndefined();
  });
});

describe('a socket that is closing and never ends is left in time', () => {
  const hangUp: Step = { atMs: 1_000, do: 'hangUp', code: 1001, reason: '', isHalf: true };
  test.each<[string, Partial<Scenario>, Step[]]>([
    ['after a send', {}, [hangUp, burst(2_000, 1, 0)]],
    ['after a send, without a heartbeat', { heartbeat: false }, [hangUp, burst(2_000, 1, 0)]],
    ['at the next ping', quick, [hangUp]],
    [
      'while it drains',
      { isHub: true },
      [{ atMs: 500, do: 'drain', retryAfterMs: 60_000 }, hangUp, burst(2_000, 1, 0)],
    ],
    ['in a browser', { hasPing: false, closeTimeoutMs: 50 }, [hangUp, burst(1_500, 1, 0)]],
  ])('%s', async (_, scenario, steps) => {
    expect(await wrongWith(scenario, steps)).toBeUndefined();
  });
});

describe('a line that lives is not left, and not distrusted, where it carries', () => {
  const cut: Step = { atMs: 1_000, do: 'fault', spec: { type: 'reset' } };
  test.each<[string, Partial<Scenario>, Step[]]>([
    ['3 MB in one message at 50 kB/s', narrow(50_000), [burst(1_000, 1, 3_000_000)]],
    [
      'four messages of 480 kB at 12 kB/s, which take longer than is granted for one',
      narrow(12_000, 20_000),
      Array.from({ length: 4 }, (_, nth) => burst(1_000 + nth, 1, 480_000)),
    ],
    ['after a loss 60 × 16 kB at 60 kB/s', narrow(60_000), [cut, burst(1_001, 60, 16_000)]],
    ['after a loss 900 × 1 kB at 30 kB/s', narrow(30_000), [cut, burst(1_001, 900, 1_000)]],
    ['at the first opening 60 × 16 kB at 60 kB/s', narrow(60_000), [burst(0, 60, 16_000)]],
    ['at the first opening 16 kB at 12 kB/s, with short times', { ...narrow(12_000), ...quick }, [burst(0, 1, 16_000)]],
    [
      'after 4 MB that went fast 60 × 16 kB at 60 kB/s',
      {},
      [
        burst(1_000, 1, 4_000_000),
        { atMs: 2_000, do: 'fault', spec: { type: 'bandwidth', bytesPerSecond: 60_000 } },
        burst(2_001, 60, 16_000),
        online(4_000),
      ],
    ],
    [
      'as much as is sent while the page is told that the network is there',
      narrow(60_000),
      [burst(1_000, 60, 16_000), ...[2, 3, 6, 9].map((seconds) => online(seconds * 1_000))],
    ],
    [
      'what is to be confirmed',
      { ...narrow(60_000), confirm: { everyMessages: 64, everyMs: 250 } },
      [cut, burst(1_001, 60, 16_000)],
    ],
    [
      'what is to be confirmed, in one message of 1 MB',
      { ...narrow(50_000), confirm: { everyMessages: 64, everyMs: 250 } },
      [burst(1_000, 1, 1_000_000)],
    ],
    [
      'what was handed over before a hang-up, with pings out',
      { ...narrow(12_000, 20_000), ...quick },
      [burst(1_000, 11, 10_000), { atMs: 1_001, do: 'disconnect' }],
    ],
    [
      'burst after burst, fifteen minutes long',
      narrow(100_000, 20_000),
      Array.from({ length: 45 }, (_, nth) => burst(1_000 + nth * 20_000, 60, 32_000)),
    ],
  ])('%s', async (_, scenario, steps) => {
    expect(await wrongWith(scenario, steps)).toBeUndefined();
  });
});
