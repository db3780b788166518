/** What does the heartbeat cost and find, against which server? An hour each, on simulated time: `npm run heartbeat` */
import { silentCases, slowCases } from '../test/simulation/heartbeatLines.ts';
import { cases, runHour, type Row } from '../test/simulation/heartbeatTable.ts';
import { line } from './table.ts';

const columns: Readonly<Record<string, (row: Row) => string | number>> = {
  sockets: (row) => row.sockets,
  'false deaths': (row) => row.falseDeaths,
  'death found after': ({ noticedAfterMs }) => noticedAfterMs.map(seconds).join(', ') || '–',
  'messages heard': ({ heard, sent }) => `${heard} of ${sent}`,
  confirmed: (row) => row.confirmed || '–',
  warned: ({ warned }) => warned.map(({ code }) => code).join(', ') || '–',
  'in the end': (row) => row.state,
};

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

line(['server, client', ...Object.keys(columns)]);
line(['---', ...Object.keys(columns).map(() => '---')]);
const served = Object.entries(cases).map(([name, one]) => ({ name, one }));
const lined = [...slowCases, ...silentCases].map(({ name, one }) => ({ name: `${name}, ws`, one }));
for (const { name, one } of [...served, ...lined]) {
  const row = runHour(one);
  line([name, ...Object.values(columns).map((cell) => cell(row))]);
}
