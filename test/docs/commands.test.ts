/** What documents tell people to run is there to be run. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { suffixes } from '../fixtures/projects.ts';

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

test('CONTRIBUTING.md names every script', () => {
  const text = read('CONTRIBUTING.md');
  const isNamed = (name: string): boolean => new RegExp('`(npm (run )?)?' + name + '( -- [^`]*)?`', 'u').test(text);
  const own = Object.keys(scripts).filter((name) => !/^pre|^build$/u.test(name));
  expect(own.filter((name) => !isNamed(name))).toEqual([]);
});

test('CONTRIBUTING.md says which files each project of the tests takes', () => {
  const rows = [...read('CONTRIBUTING.md').matchAll(/^\| `\*(?:\.(\w+))?\.test\.tsx?` +\| `(\w+)` +\|/gmu)];
  const said = rows.map(([, suffix = 'nothing', project = '']) => [project, suffix]);
  expect(Object.fromEntries(said)).toEqual(suffixes);
});
