import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyStateMachine } from 'xstate';
import { describe, expect, it, onTestFinished } from 'vitest';
import { subscriptionMachine } from '../../machines/index.ts';
import { connectionMachine } from '../../src/index.ts';
import { chartJson } from '../../scripts/chartJson.ts';
import { statelyCode } from '../../scripts/statelyCode.ts';

/** The machine of a file of code, as a reader of that file alone would make it. */
async function fromCode(code: string): Promise<AnyStateMachine> {
  const scratch = join(import.meta.dirname, '..', '..', '.scratch');
  mkdirSync(scratch, { recursive: true });
  const directory = mkdtempSync(join(scratch, 'stately-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'machine.ts');
  writeFileSync(file, code);
  const { machine } = (await import(file)) as { machine: AnyStateMachine };
  return machine;
}

describe.each<[string, AnyStateMachine]>([
  ['connection', connectionMachine],
  ['subscription', subscriptionMachine],
])('the %s chart for Stately', (_, machine) => {
  const code = statelyCode(machine);

  it('is one file that needs xstate alone, and names all that the chart names', async () => {
    expect([...code.matchAll(/from '([^']+)'/gu)].map(([, from]) => from)).toEqual(['xstate']);
    const { implementations } = await fromCode(code);
    for (const kind of ['actions', 'guards', 'delays', 'actors'] as const)
      expect(Object.keys(implementations[kind])).toEqual(Object.keys(machine.implementations[kind]));
  });

  // That the JSON is the chart, on every path, jsonConfig.test.ts shows.
  it('is the same machine as the JSON', async () => {
    const { config, root } = await fromCode(code);
    expect(config).toEqual(JSON.parse(chartJson(machine)));
    expect(Object.keys(root.states)).toEqual(Object.keys(machine.root.states));
  });
});
