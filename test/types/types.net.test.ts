import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installPackage, type InstalledPackage } from '../fixtures/installedPackage.ts';

let installed: InstalledPackage;
const cases = readdirSync(import.meta.dirname).filter((file) => /\.(cases|contract)\.tsx?$/u.test(file));

/** The case files are part of this repository's own check, against the sources; here they import what is installed. */
beforeAll(async () => {
  installed = await installPackage([
    ...['xstate', 'zod', 'react', '@types/react', '@xstate/react'],
    ...['ws', '@types/ws', '@types/node', 'undici-types'],
  ]);
  writeFileSync(join(installed.directory, 'package.json'), '{ "name": "project", "type": "module" }');
  for (const file of cases) {
    const text = readFileSync(join(import.meta.dirname, file), 'utf8');
    const imports = text
      .replaceAll("'../../src/index.ts'", "'socketchart'")
      .replaceAll("'../../src/react/index.ts'", "'socketchart/react'")
      .replaceAll("'../../src/topics/index.ts'", "'socketchart/topics'");
    writeFileSync(join(installed.directory, file), imports);
  }
});
afterAll(() => installed[Symbol.dispose]());

function complaints(files: readonly string[], options: ts.CompilerOptions): string[] {
  const program = ts.createProgram({
    rootNames: files.map((file) => join(installed.directory, file)),
    options: {
      strict: true,
      target: ts.ScriptTarget.ES2022,
      jsx: ts.JsxEmit.ReactJSX,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
      types: [],
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      ...options,
    },
  });
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
    return `${file?.fileName ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

const nodeNext = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
const bundler = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };

test.each([
  { modules: 'Node', exactOptionalPropertyTypes: true, options: nodeNext },
  { modules: 'Node', exactOptionalPropertyTypes: false, options: nodeNext },
  { modules: 'a bundler', exactOptionalPropertyTypes: false, options: bundler },
])(
  'the installed types keep the contract and refuse mistakes: modules of $modules, exactOptionalPropertyTypes $exactOptionalPropertyTypes',
  ({ options, exactOptionalPropertyTypes }) => {
    expect(cases).toHaveLength(5);
    expect(complaints(cases, { ...options, exactOptionalPropertyTypes })).toEqual([]);
  },
);

test('a project without DOM types and without @types/node can use the package', () => {
  writeFileSync(
    join(installed.directory, 'bare.ts'),
    `import { createConnection } from 'socketchart';
     import { connectionMachine } from 'socketchart/machines';
     createConnection('ws://example.com/').send({ states: Object.keys(connectionMachine.config.states ?? {}) });`,
  );
  expect(complaints(['bare.ts'], { ...nodeNext, lib: ['lib.es2022.d.ts'] })).toEqual([]);
});

test('a project of Node, without DOM types, can check our declarations, too', () => {
  const entries = ['', '/machines', '/server', '/testing', '/topics', '/react-native'];
  const everything = entries.map((entry, nth) => `export * as entry${nth} from 'socketchart${entry}';`);
  writeFileSync(join(installed.directory, 'everything.ts'), everything.join('\n'));
  const ours = complaints(['everything.ts'], {
    ...nodeNext,
    lib: ['lib.es2022.d.ts'],
    types: ['node'],
    skipLibCheck: false,
  });
  expect(ours.filter((complaint) => complaint.includes('node_modules/socketchart/'))).toEqual([]);
});

test('our declarations hold up where a project checks its libraries, too', () => {
  const ours = complaints(['contract.cases.ts', 'api.contract.ts', 'react.cases.tsx', 'topics.cases.tsx'], {
    ...nodeNext,
    skipLibCheck: false,
  });
  expect(ours.filter((complaint) => complaint.includes('node_modules/socketchart/'))).toEqual([]);
});
