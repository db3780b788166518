import { describe, expect, it } from 'vitest';
import { FakePeer } from './fakePeer.ts';
import { PathRunner } from './pathRunner.ts';
import { generatePaths } from './paths.ts';
import { branchName, leafPaths } from './staticBranches.ts';
import { connectionMachine } from '../../src/index.ts';

const { branches, paths, unreached, states, transitions } = generatePaths();

describe('every path through the chart', () => {
  it('reaches every branch that the config holds, in every leaf state', () => {
    console.info(
      `chart: ${leafPaths(connectionMachine).length} leaf states, ${branches.length} branches; ` +
        `graph: ${states} states, ${transitions} transitions; ${paths.length} paths`,
    );
    expect(unreached).toEqual([]);
    expect(paths).toHaveLength(branches.length);
  });

  it.each(paths.map((path) => [`${branchName(path.branch)} by ${path.name}`, path] as const))('%s', async (_, path) => {
    await new PathRunner(path, new FakePeer()).run();
  });
});
