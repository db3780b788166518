/** One program of everything that a user would compile; under other options it is compiled in types.slow.test.ts. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documents, examplesOf } from '../fixtures/documents.ts';
import { bundler, cases, installTypes, type TypedProject } from './installedTypes.ts';

const examples = documents
  .flatMap((document) => examplesOf(document, 'ts', 'tsx'))
  .map(({ place, language, code }) => ({
    file: `${place.replaceAll(/\W/gu, '-')}.${language}`,
    code: `${code}\nexport {};\n`,
  }));

/** The packages that they import, and the types of those that have none of their own. */
const packages = [
  'vite',
  ...examples
    .flatMap(({ code }) => ts.preProcessFile(code, true, true).importedFiles)
    .map(({ fileName }) => /^(@[^/]+\/)?[^./][^/]*/u.exec(fileName)?.[0] ?? '')
    .filter((name) => name !== '' && !name.startsWith('node:') && name !== 'socketchart')
    .flatMap((name) => [name, `@types/${name}`]),
].filter((name) => existsSync(join(import.meta.dirname, '..', '..', 'node_modules', name)));

let project: TypedProject;
beforeAll(async () => {
  project = await installTypes(packages);
});
afterAll(() => project[Symbol.dispose]());

test(
  'the installed types keep the contract and refuse mistakes, and every example of the documents compiles',
  { timeout: 120_000 },
  () => {
    for (const { file, code } of examples) project.write(file, code);
    expect(cases).toHaveLength(5);
    expect(examples.length).toBeGreaterThan(40);
    // Bundlers bring types for stylesheets.
    const options = { ...bundler, types: ['node', 'vite/client'] };
    expect(project.complaints([...cases, ...examples.map(({ file }) => file)], options)).toEqual([]);
  },
);
