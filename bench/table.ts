/** What the tables of results are made of. */

/** One line of a table in markdown. */
export function line(cells: readonly (string | number)[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

/** Median, least and most. */
export function spread(numbers: readonly number[], digits = 0): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const [median, least, most] = [sorted[Math.floor(sorted.length / 2)], sorted[0], sorted.at(-1)].map((number) =>
    (number ?? NaN).toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
  return least === most ? (median ?? '') : `${median ?? ''} (${least ?? ''} … ${most ?? ''})`;
}

/** In random order: what comes later is not always what meets a warm machine. */
export function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
