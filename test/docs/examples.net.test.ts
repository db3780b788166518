import { afterAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
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
