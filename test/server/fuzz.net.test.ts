import { expect, test } from 'vitest';
import { fuzz } from './fuzzRun.ts';

const FRAMES = 10_000;

/** All of these have to be in a run that shows anything. */
const somethingOfEach = [
  ['said', ['well-formed', 'wrong fields', 'no JSON', 'keys of prototypes', 'deep JSON', 'fragments', 'flood']],
  ['said', ['half a head', 'damaged head', 'no WebSocket', 'binary', 'no UTF-8', 'too large', 'odd goodbye']],
  ['ended', ['cut', 'refused 400', 'closed 1002', 'closed 1007', 'closed 1009', 'closed 4400', 'closed 4429']],
] as const;

test.each([
  ['lets everybody in', false],
  ['asks who it is', true],
])(
  'whatever comes over the wire of a hub that %s, witnesses hear all of their topic, and nothing is left of the others',
  { timeout: 60_000 },
  async (_, hasLogin) => {
    const report = await fuzz({ seed: 1, frames: FRAMES, hasLogin });
    expect(report.breaches).toEqual([]);
    expect(report.frames).toBeGreaterThanOrEqual(FRAMES);
    for (const [where, kinds] of somethingOfEach)
      expect([...report[where].keys()]).toEqual(expect.arrayContaining([...kinds]));
  },
);
