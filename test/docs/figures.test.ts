/** Figures that documents repeat in their sentences: each stands in the results, where it was measured. Those of tables are copied: see tables.test.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documentAt, sectionOf } from '../fixtures/documents.ts';

const results = readFileSync(join(import.meta.dirname, '..', '..', 'bench', 'results.md'), 'utf8');

/** Counts from a hundred on, and what has decimals: what is smaller stands everywhere. `socket.io 4.8` is a version. */
const figuresOf = (text: string): readonly string[] =>
  text.replaceAll(/socket\.io \d[\d.]*/gu, '').match(/\d{1,3}(?:,\d{3})+|\d+\.\d+|\d{3,}/gu) ?? [];
const isMeasured = (figure: string): boolean =>
  new RegExp(`(?<![\\d.,])${figure.replaceAll('.', '\\.')}(?![\\d]|[.,]\\d)`, 'u').test(results);

test.each([
  ['docs/topics.md', 'What it costs, and what was measured', 8],
  ['README.md', 'Comparison', 1],
])('every figure of %s, %s, was measured', (path, title, atLeast) => {
  const prose = sectionOf(documentAt(path), title).replaceAll(/^\|.*$/gmu, '');
  const figures = figuresOf(prose);
  expect(figures.length).toBeGreaterThanOrEqual(atLeast);
  expect(figures.filter((figure) => !isMeasured(figure))).toEqual([]);
  expect(isMeasured('49,424')).toBe(false);
});
