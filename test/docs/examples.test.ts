import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { entries } from '../../scripts/entries.ts';
import { documents, ExampleFiles, examplesOf } from '../fixtures/documents.ts';
import { startExampleServer } from '../fixtures/exampleServer.ts';

const SERVER = 'wss://example.com';
const files = new ExampleFiles();
afterAll(() => files.remove());

const examples = documents.flatMap(examplesOf);
/** An example of a test is a test: it runs as one. */
const isTest = ({ code }: { code: string }): boolean => code.includes("from 'vitest'");

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
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      allowImportingTsExtensions: true,
      types: ['node'],
      typeRoots: [join(import.meta.dirname, '..', '..', 'node_modules', '@types')],
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
  it.each(examples.filter((example) => !isTest(example)).map((example) => [example.place, example] as const))(
    '%s',
    async (place, example) => {
      // A browser's examples name no class to dial with.
      vi.stubGlobal('WebSocket', WebSocket);
      const server = await startExampleServer();
      const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);

      await import(files.write(example, example.code.replaceAll(SERVER, server.origin)));

      if (example.code.includes(SERVER)) await server.visited(example.code.includes('.send('));
      const said = log.mock.calls.map((call) => call[0] as unknown);
      for (const [, expression, promised] of example.code.matchAll(/console\.log\((.*)\); \/\/ '([\w-]+)'/gu)) {
        expect(said, `${place}: ${expression ?? ''}`).toContain(promised);
      }
    },
  );
});

for (const example of examples.filter(isTest)) {
  describe(`${example.place} is a test`, async () => {
    await import(files.write(example, example.code));
  });
}
