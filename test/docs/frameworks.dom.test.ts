import { join } from 'node:path';
import { render, screen, waitFor } from '@testing-library/react';
import { createElement, type FunctionComponent } from 'react';
import type * as solid from 'solid-js';
import { compile } from 'svelte/compiler';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createConnection, type Connection } from '../../src/index.ts';
import { documentAt, EXAMPLE_ORIGIN, ExampleFiles, examplesOf, sectionOf } from '../fixtures/documents.ts';
import { startExampleServer } from '../fixtures/exampleServer.ts';

const frameworks = documentAt('docs/frameworks.md');
const files = new ExampleFiles();
afterAll(() => files.remove());

const installed = (path: string): string => join(import.meta.dirname, '..', '..', 'node_modules', path);
/** The builds for browsers: in Node those for servers would be imported, in which nothing changes. */
const solidBuild = installed('solid-js/dist/solid.js');
const svelteBuild = installed('svelte/src/index-client.js');

/** What the one example of a section exports. */
async function exampleOf<T>(title: string, made: (code: string) => string = (code) => code): Promise<T> {
  const section = { path: `${frameworks.path}#${title}`, text: sectionOf(frameworks, title) };
  const [example, ...others] = examplesOf(section, 'ts', 'svelte', 'jsx');
  if (example === undefined || others.length > 0) throw new Error(`${title}: not one example`);
  return (await import(files.write({ ...example, language: 'tsx' }, made(example.code)))) as T;
}

interface Watched {
  readonly state: () => string | undefined;
  readonly latest: () => unknown;
  /** Leaves the scope. */
  readonly leave: () => void;
}

/** A connection that has not dialled, and how many listen to it. */
async function counted() {
  const server = await startExampleServer();
  const connection = createConnection(server.origin, { WebSocket });
  onTestFinished(() => connection.dispose());
  let listeners = 0;
  const count = (stop: () => void) => {
    listeners++;
    const end = (): void => {
      listeners--;
      stop();
    };
    return Object.assign(end, { unsubscribe: end });
  };
  const face = Object.create(connection, {
    subscribe: { value: (...given: Parameters<Connection['subscribe']>) => count(connection.subscribe(...given)) },
    onMessage: { value: (...given: Parameters<Connection['onMessage']>) => count(connection.onMessage(...given)) },
  }) as Connection;
  return { connection: face, listeners: () => listeners };
}

type Watch = (connection: Connection) => Promise<Watched>;

const watches: Readonly<Record<string, Watch>> = {
  Vue: async (connection) => {
    const { effectScope } = await import('vue');
    interface Used {
      readonly state: { readonly value: string };
      readonly latest: { readonly value: unknown };
    }
    const { useConnection } = await exampleOf<{ useConnection: (connection: Connection) => Used }>('Vue');
    const scope = effectScope();
    const { state, latest } = scope.run(() => useConnection(connection)) as Used;
    return { state: () => state.value, latest: () => latest.value, leave: () => scope.stop() };
  },
  Svelte: async (connection) => {
    const toBrowser = (code: string): string => code.replace("'svelte'", JSON.stringify(svelteBuild));
    const { default: Page } = await exampleOf<{ default: unknown }>('Svelte', (code) =>
      toBrowser(compile(code, { generate: 'client', name: 'Page' }).js.code),
    );
    const svelte = (await import(svelteBuild)) as {
      mount(component: unknown, options: { target: HTMLElement; props: object }): unknown;
      flushSync(): void;
      unmount(component: unknown): Promise<void>;
    };
    const target = document.body.appendChild(document.createElement('main'));
    const page = svelte.mount(Page, { target, props: { connection } });
    svelte.flushSync();
    const textOf = (selector: string): string => target.querySelector(selector)?.textContent ?? '';
    return {
      state: () => (textOf('p') === 'Live' ? 'open' : 'idle'),
      latest: () => (textOf('pre') === '' ? undefined : JSON.parse(textOf('pre'))) as unknown,
      leave: () => void svelte.unmount(page),
    };
  },
  Solid: async (connection) => {
    const { createRoot } = (await import(solidBuild)) as typeof solid;
    const { useConnection } = await exampleOf<{ useConnection: (connection: Connection) => Omit<Watched, 'leave'> }>(
      'Solid',
      (code) => code.replace("'solid-js'", JSON.stringify(solidBuild)),
    );
    return createRoot((leave) => ({ ...useConnection(connection), leave }));
  },
};

test.each(Object.entries(watches))(
  '%s shows the state and the newest message, and listens no longer than its scope lives',
  async (_, watch) => {
    const { connection, listeners } = await counted();
    const { state, latest, leave } = await watch(connection);
    expect(state()).toBe('idle');
    expect(latest()).toBeUndefined();

    connection.connect();
    await vi.waitFor(() => expect(state()).toBe('open'));
    connection.send({ hello: 'world' });
    await vi.waitFor(() => expect(latest()).toEqual({ hello: 'world' }));
    expect(listeners()).toBe(2);

    leave();
    expect(listeners()).toBe(0);
    expect(connection.state).toBe('open');
  },
);

/** What the example imports of React Native, drawn in HTML. */
const reactNative = `
  import { createElement } from 'react';
  export const heard = { app: undefined, network: undefined };
  export const AppState = {
    currentState: 'active',
    addEventListener: (_, listener) => ((heard.app = listener), { remove: () => (heard.app = undefined) }),
  };
  export default {
    addEventListener: (listener) => ((heard.network = listener), () => (heard.network = undefined)),
  };
  export const Text = ({ children }) => createElement('p', null, children);
  export const Button = ({ title, onPress }) => createElement('button', { onClick: onPress }, title);
`;

test('React Native: the component shows the state, and hears of the network until it is unmounted', async () => {
  vi.stubGlobal('WebSocket', WebSocket);
  const server = await startExampleServer();
  const modules = files.write({ place: 'React Native', language: 'ts', code: reactNative }, reactNative);
  const { heard } = (await import(modules)) as {
    heard: { readonly network: unknown };
  };
  const { App } = await exampleOf<{ App: FunctionComponent }>('React Native', (code) =>
    code
      .replace("'react-native'", JSON.stringify(modules))
      .replace("'@react-native-community/netinfo'", JSON.stringify(modules))
      .replace(EXAMPLE_ORIGIN, server.origin),
  );

  const { unmount } = render(createElement(App));
  await screen.findByText('Live');
  expect(heard.network).toBeDefined();
  unmount();
  await waitFor(() => expect(heard.network).toBeUndefined());
});
