/** What documents tell people to run is there to be run. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const documents = [
  ...readdirSync(root),
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
  'bench/results.md',
].filter((path) => path.endsWith('.md'));

test.each(documents)('every script that %s names is in package.json', (path) => {
  const named = [...read(path).matchAll(/\bnpm run ([\w:]+)/gu)].map(([, name = '']) => name);
  // Bundlers of those who read it have scripts of their own.
  expect(named.filter((name) => !(name in scripts) && name !== 'dev')).toEqual([]);
});

test('CONTRIBUTING.md names every script, and every project of the tests with the files it takes', async () => {
  const text = read('CONTRIBUTING.md');
  const isNamed = (name: string): boolean =>
    new RegExp(`\\b${name.replace(/^bench:/u, '(npm run )?bench:')}\\b`, 'u').test(text);
  const own = Object.keys(scripts).filter((name) => !/^pre|^build$|^check:/u.test(name));
  expect(own.filter((name) => !isNamed(name))).toEqual([]);

  const { default: config } = (await import('../../vitest.config.ts')) as {
    default: { test: { projects: unknown[] } };
  };
  const projects = config.test.projects as { test: { name: string } }[];
  const rows = [...text.matchAll(/^\| `\*(?:\.(\w+))?\.test\.tsx?` +\| `(\w+)` +\|/gmu)];
  expect(rows.map(([, , project]) => project).sort()).toEqual(
    expect.arrayContaining(projects.map(({ test: { name } }) => name).sort()),
  );
  for (const [, suffix, project] of rows) expect(project).toBe(suffix ?? 'pure');
});
