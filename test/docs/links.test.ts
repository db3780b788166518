/** Every link of every document leads somewhere: to a file that is there, and to a heading that is in it. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const below = (directory: string): string[] =>
  readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name));
const pages = [...readdirSync(root), ...below('docs'), ...below('examples'), ...below('bench')].filter((path) =>
  path.endsWith('.md'),
);
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
/** What is shown as code is no link. */
const withoutCode = (text: string): string => text.replaceAll(/^```[\s\S]*?^```$|`[^`\n]*`/gmu, '');

/** Of a page, what can stand behind `#`: as GitHub names headings, and what the page names itself. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  const times = new Map<string, number>();
  for (const [, heading = ''] of text.replaceAll(/^```[\s\S]*?^```$/gmu, '').matchAll(/^#+ (.+)$/gmu)) {
    const name = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\s-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    const before = times.get(name) ?? 0;
    times.set(name, before + 1);
    anchors.add(before === 0 ? name : `${name}-${before}`);
  }
  for (const [, id = ''] of text.matchAll(/<a id="([^"]+)">/gu)) anchors.add(id);
  return anchors;
}

/** What is wrong with a link; undefined: nothing is. */
function troubleOf(page: string, link: string): string | undefined {
  if (/^https?:\/\//u.test(link)) return URL.canParse(link) ? undefined : 'is no URL';
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : relative(root, join(root, dirname(page), path));
  if (target.startsWith('..') || !existsSync(join(root, target))) return 'leads to no file';
  if (anchor === undefined) return undefined;
  if (!statSync(join(root, target)).isFile() || !target.endsWith('.md')) return 'has an anchor where there are none';
  return anchorsOf(textOf(target)).has(anchor) ? undefined : 'leads to no heading';
}

test('there are documents, and links in them', () => {
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'PROTOCOL.md', 'docs/server.md', 'examples/README.md']));
  expect(pages.length).toBeGreaterThan(15);
  expect(troubleOf('README.md', 'docs/nowhere.md')).toBe('leads to no file');
  expect(troubleOf('README.md', 'docs/server.md#nowhere')).toBe('leads to no heading');
});

test.each(pages)('every link of %s leads somewhere', (page) => {
  const text = withoutCode(textOf(page));
  const links = [
    ...text.matchAll(/\]\(([^\s)]+)\)/gu),
    ...text.matchAll(/\b(?:src|srcset|href)="([^"]+)"/gu),
    ...text.matchAll(/^\[[^\]]+\]: (\S+)$/gmu),
  ].map(([, link = '']) => link);
  const troubles = links.flatMap((link) => {
    const trouble = troubleOf(page, link);
    return trouble === undefined ? [] : [`${link} ${trouble}`];
  });
  expect(troubles).toEqual([]);
});
