import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectionMachine, subscriptionMachine } from '../../machines/index.ts';
import { installPackage, type InstalledPackage } from '../fixtures/installedPackage.ts';

const root = join(import.meta.dirname, '..', '..');
/** What `@xstate/react` stands on. */
const ofSelector = ['use-isomorphic-layout-effect', 'use-sync-external-store'];

let installed: InstalledPackage;
beforeAll(async () => {
  installed = await installPackage(['xstate', 'react', 'react-dom', 'scheduler', '@xstate/react', ...ofSelector, 'ws']);
});
afterAll(() => installed[Symbol.dispose]());

/** Runs a module in the project that has the package installed; what it prints is JSON. */
function run(code: string): unknown {
  const flags = ['--no-warnings', '--input-type=module', '--eval', code];
  return JSON.parse(execFileSync(process.execPath, flags, { cwd: installed.directory, encoding: 'utf8' }));
}

const read = (file: string): string =>
  readFileSync(join(installed.directory, 'node_modules', 'socketchart', file), 'utf8');

/** What a module or declaration file imports, by name. */
const importsOf = (file: string): string[] =>
  ts.preProcessFile(read(file), true, true).importedFiles.map(({ fileName }) => fileName);

test('the tarball holds what is built, the charts as JSON, the guides, and what npm wants beside it; nothing else', () => {
  const papers = [
    'CHANGELOG.md',
    'LICENSE',
    'PROTOCOL.md',
    'README.md',
    'machines/connection.json',
    'machines/subscription.json',
    'package.json',
    'src/react/status.css',
    'src/react/status.css.d.ts',
  ];
  const guides = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /^(.*\.md|[^/]*\.svg)$/u.test(file))
    .map((file) => `docs/${file}`);
  const others = installed.files.filter((file) => !/^dist\/(src|machines)\/[\w./]+\.(js|d\.ts)$/u.test(file));
  expect(others.sort()).toEqual([...papers, ...guides].sort());
  expect(installed.files.filter((file) => file.startsWith('dist/src/client/')).length).toBeGreaterThan(20);
});

describe('an installed copy, in plain Node', () => {
  test('gives the client under its own name', () => {
    const names = run(`
      import * as all from 'socketchart';
      console.log(JSON.stringify(Object.entries(all).map(([name, value]) => name + ' ' + typeof value)));
    `);
    expect(names).toEqual([
      'ConnectionError function',
      'SchemaError function',
      'browserEnvironment object',
      'connectionFrom function',
      'connectionMachine object',
      'createConnection function',
      'deliveryError function',
      'isConnectionError function',
      'provideConnection function',
    ]);
  });

  test('makes a connection at module level that waits to be told, and lets the process end', () => {
    const seen = run(`
      import { createConnection } from 'socketchart';
      const connection = createConnection('ws://localhost:1/');
      console.log(JSON.stringify([connection.state, connection.send('held')]));
    `);
    expect(seen).toEqual(['idle', 'queued']);
  });

  test('gives the bare chart as socketchart/machines', () => {
    const states = run(`
      import { connectionMachine } from 'socketchart/machines';
      console.log(JSON.stringify(Object.keys(connectionMachine.config.states)));
    `);
    expect(states).toEqual(Object.keys(connectionMachine.config.states ?? {}));
  });

  test('gives hooks and components as socketchart/react, which render on a server without dialling', () => {
    const page = run(`
      import { createElement } from 'react';
      import { renderToString } from 'react-dom/server';
      import { ConnectionProvider, ConnectionStatus } from 'socketchart/react';
      const status = createElement(ConnectionProvider, { options: { url: '/live' } }, createElement(ConnectionStatus));
      console.log(JSON.stringify(renderToString(status)));
    `);
    expect(page).toContain('Not connected');
  });

  test('gives the style sheet of the status line', () => {
    const file = run(`
      console.log(JSON.stringify(import.meta.resolve('socketchart/react/status.css')));
    `);
    expect(file).toMatch(/src\/react\/status\.css$/u);
  });

  test('gives the environment of an app as socketchart/react-native', () => {
    const told = run(`
      import { reactNativeEnvironment } from 'socketchart/react-native';
      const AppState = { currentState: 'active', addEventListener: () => ({ remove() {} }) };
      reactNativeEnvironment({ AppState }).start(({ type }) => console.log(JSON.stringify(type)));
    `);
    expect(told).toBe('page.resumed');
  });

  test('gives the hub as socketchart/server, which listens where it is told to and lets the process end', () => {
    const heard = run(`
      import { createHub, SUBPROTOCOL } from 'socketchart/server';
      import { WebSocket } from 'ws';
      const hub = createHub();
      const { port } = await hub.listen({ host: '127.0.0.1' });
      const socket = new WebSocket('ws://127.0.0.1:' + port + '/ws/someone', SUBPROTOCOL);
      socket.on('message', async (data) => {
        await hub.close();
        console.log(JSON.stringify(JSON.parse(data).type));
      });
    `);
    expect(heard).toBe('hello');
  });

  test.each([
    ['connection', connectionMachine],
    ['subscription', subscriptionMachine],
  ])('gives the chart of a %s as JSON, by import and by require', (name, { config }) => {
    const both = run(`
      import { createRequire } from 'node:module';
      import imported from 'socketchart/${name}.json' with { type: 'json' };
      const required = createRequire(import.meta.url)('socketchart/${name}.json');
      console.log(JSON.stringify([imported, required]));
    `);
    const chart: unknown = JSON.parse(JSON.stringify(config));
    expect(both).toEqual([chart, chart]);
  });

  test('tells its version to whoever asks for socketchart/package.json', () => {
    const manifest = run(`
      import { createRequire } from 'node:module';
      console.log(JSON.stringify(createRequire(import.meta.url)('socketchart/package.json')));
    `);
    expect(manifest).toMatchObject({ name: 'socketchart', type: 'module' });
  });

  test('keeps its insides to itself', () => {
    const code = run(`
      const inside = await import('socketchart/dist/src/client/wire.js').catch(({ code }) => code);
      console.log(JSON.stringify(inside));
    `);
    expect(code).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});

test('charts and client need xstate and nothing else: no Node, no ws, no React', () => {
  const ours = installed.files.filter((file) =>
    /^dist\/(machines|src\/(client|protocol|reactNative|index\.))/u.test(file),
  );
  const foreign = ours.flatMap((file) =>
    importsOf(file)
      .filter((name) => !name.startsWith('.') && name !== 'xstate')
      .map((name) => `${file}: ${name}`),
  );
  expect(foreign).toEqual([]);
  expect(ours.flatMap(importsOf)).toContain('xstate');
  const referring = ours.filter((file) => /\/\/\/ <reference (types|path)/u.test(read(file)));
  expect(referring).toEqual([]);
});

test('the hub needs Node and, in one file, ws: no client and no chart', () => {
  const ours = installed.files.filter((file) => file.startsWith('dist/src/server/'));
  const isInside = (file: string, name: string): boolean =>
    name.startsWith('.') && /^dist\/src\/(server|protocol)\//u.test(join(file, '..', name).replaceAll('\\', '/'));
  const foreign = ours.flatMap((file) =>
    importsOf(file)
      .filter((name) => !name.startsWith('node:') && !isInside(file, name))
      .map((name) => `${file}: ${name}`),
  );
  expect(foreign).toEqual(['dist/src/server/wsPeer.d.ts: ws', 'dist/src/server/wsPeer.js: ws']);
});

test('hooks and components need React, its store and the client; nothing draws for them', () => {
  const ours = installed.files.filter((file) => file.startsWith('dist/src/react/'));
  const foreign = new Set(ours.flatMap(importsOf).filter((name) => !name.startsWith('.')));
  expect([...foreign].sort()).toEqual(['@xstate/react', 'react', 'react/jsx-runtime']);
});

test('every import of what is shipped is shipped, too', () => {
  const missing = installed.files
    .filter((file) => file.startsWith('dist/'))
    .flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('.'))
        .map((name) => join(file, '..', name).replaceAll('\\', '/'))
        .filter(
          (target) =>
            !installed.files.includes(target.replace(/\.tsx?$/u, '.d.ts')) && !installed.files.includes(target),
        )
        .map((target) => `${file}: ${target}`),
    );
  expect(missing).toEqual([]);
});
