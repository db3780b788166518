/** The types as they are installed, under the options that projects have; one of them, with the examples, is in types.net.test.ts. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundler, cases, installTypes, nodeNext, type TypedProject } from './installedTypes.ts';

let project: TypedProject;
beforeAll(async () => {
  project = await installTypes();
});
afterAll(() => project[Symbol.dispose]());

test.each([
  { modules: 'Node', exactOptionalPropertyTypes: true, options: nodeNext },
  { modules: 'Node', exactOptionalPropertyTypes: false, options: nodeNext },
  { modules: 'a bundler', exactOptionalPropertyTypes: false, options: bundler },
])(
  'the installed types keep the contract and refuse mistakes: modules of $modules, exactOptionalPropertyTypes $exactOptionalPropertyTypes',
  ({ options, exactOptionalPropertyTypes }) => {
    expect(project.complaints(cases, { ...options, exactOptionalPropertyTypes })).toEqual([]);
  },
);

test('a project without DOM types and without @types/node can use the package', () => {
  project.write(
    'bare.ts',
    `import { createConnection } from 'socketchart';
     import { connectionMachine } from 'socketchart/machines';
     createConnection('ws://example.com/').send({ states: Object.keys(connectionMachine.config.states ?? {}) });`,
  );
  expect(project.complaints(['bare.ts'], { ...nodeNext, lib: ['lib.es2022.d.ts'] })).toEqual([]);
});

const isOurs = (complaint: string): boolean => complaint.includes('node_modules/socketchart/');

test('a project of Node, without DOM types, can check our declarations, too', () => {
  const entries = ['', '/machines', '/server', '/testing', '/topics', '/react-native'];
  const everything = entries.map((entry, nth) => `export * as entry${nth} from 'socketchart${entry}';`);
  project.write('everything.ts', everything.join('\n'));
  const options = { ...nodeNext, lib: ['lib.es2022.d.ts'], types: ['node'], skipLibCheck: false };
  expect(project.complaints(['everything.ts'], options).filter(isOurs)).toEqual([]);
});

test('our declarations hold up where a project checks its libraries, too', () => {
  const files = ['contract.cases.ts', 'api.contract.ts', 'react.cases.tsx', 'topics.cases.tsx'];
  expect(project.complaints(files, { ...nodeNext, skipLibCheck: false }).filter(isOurs)).toEqual([]);
});
