import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { heartbeatFor, leftOut, MockSocketPeer } from './mockSocketPeer.ts';
import { PathRunner } from './pathRunner.ts';
import { generatePaths } from './paths.ts';
import { branchName } from './staticBranches.ts';

const { paths } = generatePaths();
const playable = paths.filter((path) => leftOut(path) === undefined);

describe('the same paths over mock-socket', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('leaves out only what mock-socket cannot play, by name and reason', () => {
    const out = paths.filter((path) => leftOut(path) !== undefined);
    console.info(`left out: ${out.map((path) => `\n  ${branchName(path.branch)}: ${leftOut(path) ?? ''}`).join('')}`);
    expect(new Set(out.map(leftOut))).toEqual(new Set(['it tells no HTTP status of a refused upgrade']));
    expect(out).toHaveLength(6);
  });

  it.each(playable.map((path) => [`${branchName(path.branch)} by ${path.name}`, path] as const))(
    '%s',
    async (_, path) => {
      const peer = new MockSocketPeer();
      try {
        await new PathRunner(path, peer, { heartbeat: heartbeatFor(path) }).run();
      } finally {
        peer.stop();
      }
    },
  );
});
