import type { AnyStateMachine } from 'xstate';

/** What a chart names, by kind. */
const kinds = ['actions', 'guards', 'delays', 'actors'] as const;

/** Stand-ins that make the names known and do nothing: Stately draws and simulates, it does not run our code. */
const standIns: Readonly<Record<(typeof kinds)[number], string>> = {
  actions: '() => {}',
  guards: '() => true',
  delays: '1000',
  actors: 'fromCallback(() => {})',
};

/** A chart as one file of code, as Stately's editor imports it: it needs xstate and nothing else. */
export function statelyCode(machine: AnyStateMachine): string {
  const { config, implementations } = machine;
  const named = kinds
    .map((kind) => [kind, Object.keys(implementations[kind])] as const)
    .filter(([, names]) => names.length > 0);
  const setup = named.map(
    ([kind, names]) => `  ${kind}: {\n${names.map((name) => `    ${name}: ${standIns[kind]},\n`).join('')}  },\n`,
  );
  const imported = named.some(([kind]) => kind === 'actors') ? 'fromCallback, setup' : 'setup';
  return `import { ${imported} } from 'xstate';

export const machine = setup({
${setup.join('')}}).createMachine(${JSON.stringify(config, undefined, 2)});
`;
}
