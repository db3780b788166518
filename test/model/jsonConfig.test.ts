import { createMachine, initialTransition, transition, type AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { connectionMachine } from '../../src/index.ts';
import connectionJson from '../../machines/connection.json' with { type: 'json' };
import { generatePaths, modelOptions, type ModelPath } from './paths.ts';
import { branchName } from './staticBranches.ts';

/** The chart as it is shipped in JSON, with the implementations and the context factory of the production machine. */
const fromJson = createMachine({
  ...(connectionJson as object),
  context: connectionMachine.config.context as never,
}).provide(connectionMachine.implementations as never) as unknown as AnyStateMachine;

function endOf(machine: AnyStateMachine, { steps }: ModelPath): { value: unknown; context: unknown } {
  const [first] = initialTransition(machine, modelOptions);
  const last = steps.reduce((state, { event }) => transition(machine, state, event)[0], first);
  return { value: last.value, context: last.context as unknown };
}

describe('connection.json', () => {
  it(
    'ends every path in the same state with the same facts as the machine it was made from',
    { timeout: 120_000 },
    () => {
      const { paths } = generatePaths();
      for (const path of paths) {
        expect(endOf(fromJson, path), branchName(path.branch)).toEqual(endOf(connectionMachine, path));
      }
      expect(paths.length).toBeGreaterThan(200);
    },
  );
});
