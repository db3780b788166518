import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { entries } from '../../scripts/entries.ts';
import { documents, EXAMPLE_ORIGIN, ExampleFiles, examplesOf, isTest } from '../fixtures/documents.ts';
import { startExampleServer } from '../fixtures/exampleServer.ts';

const files = new ExampleFiles();
afterAll(() => files.remove());

const examples = documents.flatMap((document) => examplesOf(document, 'ts', 'tsx'));
/** Those of components want a document: see reactExamples.dom.test.tsx. */
const plain = examples.filter(({ language }) => language === 'ts');

it('there are examples in the README', () => {
  expect(examples.filter(({ place }) => place.startsWith('README.md')).length).toBeGreaterThanOrEqual(4);
});

it('every example compiles as a user would compile it', { timeout: 120_000 }, () => {
  const program = ts.createProgram(
    examples.map((example) => files.write(example, example.code)),
    {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      jsx: ts.JsxEmit.ReactJSX,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      allowImportingTsExtensions: true,
      // Bundlers bring types for stylesheets.
      types: ['node', 'vite/client'],
      typeRoots: ['node_modules/@types', 'node_modules'].map((folder) => join(import.meta.dirname, '..', '..', folder)),
      paths: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, [file]])),
    },
  );
  const problems = ts.getPreEmitDiagnostics(program).map((problem) => {
    const text = ts.flattenDiagnosticMessageText(problem.messageText, '\n');
    return `${problem.file?.fileName ?? ''}:${problem.start ?? 0} ${text}`;
  });
  expect(problems).toEqual([]);
});

describe('every example runs', () => {
  it.each(plain.filter((example) => !isTest(example)).map((example) => [example.place, example] as const))(
    '%s',
    async (place, example) => {
      // A browser's examples name no class to dial with.
      vi.stubGlobal('WebSocket', WebSocket);
      const server = await startExampleServer();
      const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);

      await import(files.write(example, example.code.replaceAll(EXAMPLE_ORIGIN, server.origin)));

      if (example.code.includes(EXAMPLE_ORIGIN)) await server.visited(example.code.includes('.send('));
      const said = log.mock.calls.map((call) => call[0] as unknown);
      for (const [, expression, promised] of example.code.matchAll(/console\.log\((.*)\); \/\/ '([\w-]+)'/gu)) {
        expect(said, `${place}: ${expression ?? ''}`).toContain(promised);
      }
    },
  );
});

for (const example of plain.filter(isTest)) {
  describe(`${example.place} is a test`, async () => {
    await import(files.write(example, example.code));
  });
}
