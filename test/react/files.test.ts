import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Rolldown } from 'vite';
import { describe, expect, it, vi } from 'vitest';

const directory = join(import.meta.dirname, '..', '..', 'src', 'react');
const files = readdirSync(directory).filter((file) => /(?<!\.d)\.tsx?$/u.test(file));

describe.each(files)('src/react/%s', (file) => {
  const text = readFileSync(join(directory, file), 'utf8');

  // Each file that says so is a warning of the application's bundler; the entry is all that can be imported.
  it(`begins ${file === 'index.ts' ? 'with' : 'without'} 'use client'`, () => {
    expect(text.startsWith("'use client';\n")).toBe(file === 'index.ts');
  });

  it('imports nothing of react-dom, nor of client and topics beside their public faces', () => {
    const imported = [...text.matchAll(/(?:from|import) '([^']+)'/gu)].map(([, from]) => from ?? '');
    const foreign = imported.filter((from) => !from.startsWith('./'));
    expect(['react', '@xstate/react', '../index.ts', '../topics/index.ts']).toEqual(expect.arrayContaining(foreign));
    expect(text).not.toMatch(/react-dom|import\(/u);
  });
});

it('the entry loads where the platform has no weak references, as React Native had for long', async () => {
  vi.stubGlobal('WeakRef', undefined);
  vi.stubGlobal('FinalizationRegistry', undefined);
  vi.resetModules();
  const { useWebSocket } = await import('../../src/react/index.ts');
  expect(useWebSocket).toBeTypeOf('function');
  vi.unstubAllGlobals();
});

it('the style sheet keeps its colours through a bundler that rewrites light-dark() for older browsers', async () => {
  const [{ output }] = (await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, rolldownOptions: { input: join(directory, 'status.css') } },
  }).then((built) => [built].flat())) as [Rolldown.RolldownOutput];
  const sheet = output.find(({ fileName }) => fileName.endsWith('.css')) as { readonly source: string };
  const outside = sheet.source.replace(/@supports[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/gu, '');
  expect(outside.match(/--socketchart-tone:[^;}]+/gu)).toEqual(
    ['rest', 'pending', 'ready', 'failed'].map(
      (tone) => expect.stringMatching(new RegExp(`var\\(--socketchart-${tone}, ?#[0-9a-f]{6}\\)`, 'u')) as string,
    ),
  );
  expect(sheet.source).toContain('light-dark(');
});
