/** Tables of bench/results.md: what a document says of a measurement is taken from there, never typed anew. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const results = join(import.meta.dirname, '..', 'bench', 'results.md');

export interface ResultTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The first table under a heading that begins so. Throws where there is none. */
export function resultTable(heading: string): ResultTable {
  const section = readFileSync(results, 'utf8')
    .split(/^## /mu)
    .find((text) => text.startsWith(heading));
  const lines =
    section
      ?.match(/(?:^\|.*\|\n)+/mu)?.[0]
      .trimEnd()
      .split('\n') ?? [];
  const [head, , ...rows] = lines.map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/u)
      .map((text) => text.trim()),
  );
  if (head === undefined) throw new Error(`bench/results.md has no table under "${heading}"`);
  return { head, rows };
}

/** Some rows of it, in this order, by what they are called. Throws where one is missing. */
export function onlyRows({ head, rows }: ResultTable, ...names: readonly string[]): ResultTable {
  const chosen = names.map((name) => {
    const found = rows.find(([first]) => first === name);
    if (found === undefined) throw new Error(`bench/results.md has no row "${name}"`);
    return found;
  });
  return { head, rows: chosen };
}
