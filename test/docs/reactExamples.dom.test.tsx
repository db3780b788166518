import { StrictMode, type ComponentType } from 'react';
import { renderToString } from 'react-dom/server';
import { act, cleanup, render, waitFor } from '@testing-library/react';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { documents, EXAMPLE_ORIGIN, ExampleFiles, examplesOf, isTest } from '../fixtures/documents.ts';
import { startExampleServer } from '../fixtures/exampleServer.ts';

const files = new ExampleFiles();
afterAll(() => files.remove());
afterEach(cleanup);

const examples = documents.flatMap((document) => examplesOf(document, 'tsx'));
const pages = examples.filter((example) => !isTest(example));

it('there are examples in the README, in docs/react.md and in docs/topics.md', () => {
  const places = pages.map(({ place }) => place.split(':')[0]);
  expect(new Set(places)).toEqual(new Set(['README.md', 'docs/react.md', 'docs/topics.md']));
});

describe('every example with React is rendered on a server, hydrated under StrictMode, pressed, and shows what it says', () => {
  it.each(pages.map((example) => [example.place, example] as const))('%s', async (_, example) => {
    vi.stubGlobal('WebSocket', WebSocket);
    const server = await startExampleServer();
    const complained = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const file = files.write(example, example.code.replaceAll(EXAMPLE_ORIGIN, server.origin));
    const { App } = (await import(file)) as { App: ComponentType };
    const page = (
      <StrictMode>
        <App />
      </StrictMode>
    );

    const container = document.body.appendChild(document.createElement('div'));
    container.innerHTML = renderToString(page);
    render(page, { container, hydrate: true });
    for (const button of container.querySelectorAll('button')) act(() => button.click());

    await server.visited(/\bsend\(/u.test(example.code));
    for (const [, promised = ''] of example.code.matchAll(/\{\/\* shows (.+) \*\/\}/gu)) {
      await waitFor(() => expect(container.textContent).toContain(promised));
    }
    expect(complained.mock.calls).toEqual([]);
  });
});

for (const example of examples.filter(isTest)) {
  describe(`${example.place} is a test`, async () => {
    await import(files.write(example, example.code));
  });
}
