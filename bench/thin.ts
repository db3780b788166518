/**
 * Thin lines of real TCP: what a connection brings over them, beside a bare socket: `npm run thin`, `npm run thin -- 'after a loss'`
 * for the rows whose names contain that. What fails tells its story. Requires root on Linux, with ip and tc.
 */
import { faultsOf, playThinRows, ratioOf, type ThinPlayed } from '../test/fixtures/thinRow.ts';
import { canUseThinLines } from '../test/fixtures/thinLines.ts';
import { countOf, thinBatches } from '../test/fixtures/thinRows.ts';
import { line } from './table.ts';

const words = process.argv.slice(2);
const seconds = (ms: number | undefined): string => (ms === undefined ? '–' : `${(ms / 1_000).toFixed(1)} s`);

const columns: Readonly<Record<string, (played: ThinPlayed) => string | number>> = {
  sockets: ({ connection }) => connection.sockets,
  arrived: ({ row, connection }) => (row.kind === 'silence' ? '–' : `${connection.arrived} of ${countOf(row)}`),
  repeated: ({ connection }) => connection.repeated,
  outcomes: ({ connection }) =>
    Object.entries(connection.outcomes)
      .map(([outcome, count]) => `${count} ${outcome}`)
      .join(', ') || '–',
  'bare socket': ({ bare }) => seconds(bare?.lastMs),
  connection: ({ connection }) => seconds(connection.lastMs),
  ratio: (played) => ratioOf(played)?.toFixed(2) ?? '–',
  'found after': ({ connection }) => seconds(connection.foundMs),
  wrong: (played) => faultsOf(played).join('; ') || '–',
};

if (!canUseThinLines('all of it is')) process.exit(1);
line(['row', ...Object.keys(columns)]);
line(['---', ...Object.keys(columns).map(() => '---')]);
const failed: ThinPlayed[] = [];
for (const batch of thinBatches) {
  const names = Object.keys(batch).filter((name) => words.every((word) => name.includes(word)));
  if (names.length === 0) continue;
  for (const played of await playThinRows(names)) {
    line([played.name, ...Object.values(columns).map((cell) => cell(played))]);
    if (faultsOf(played).length > 0) failed.push(played);
  }
}
for (const { name, connection } of failed) console.log(`\n${name}\n  ${connection.story.join('\n  ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
