/** What does the heartbeat cost and find, against which server? An hour each, on simulated time: `npm run heartbeat` */
import { cases, runHour, type Row } from '../test/simulation/heartbeatTable.ts';

const columns: Readonly<Record<string, (row: Row) => string | number>> = {
  sockets: (row) => row.sockets,
  'false deaths': (row) => row.falseDeaths,
  'death found after': ({ noticedAfterMs }) => noticedAfterMs.map(seconds).join(', ') || '–',
  'messages heard': ({ heard, sent }) => `${heard} of ${sent}`,
  warned: ({ warned }) => warned.map(({ code }) => code).join(', ') || '–',
  'in the end': (row) => row.state,
};

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function line(cells: readonly (string | number)[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

line(['server, client', ...Object.keys(columns)]);
line(['---', ...Object.keys(columns).map(() => '---')]);
for (const [name, one] of Object.entries(cases)) {
  const row = runHour(one);
  line([name, ...Object.values(columns).map((cell) => cell(row))]);
}
