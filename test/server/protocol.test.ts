import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isOverloadCode, verdictOf } from '../../machines/closeCodes.ts';
import { literalsOf } from '../../scripts/codeDocs.ts';
import { MAX_DEPTH } from '../../src/protocol/parseFrame.ts';
import { hubClose } from '../../src/server/index.ts';
import { defaultLimits } from '../../src/server/resolve.ts';
import { tableOf, tables } from './fixtures/protocolText.ts';

const namesIn = (title: string): readonly string[] => tableOf(title).rows.map(({ name }) => name);

it('every table of PROTOCOL.md is tested row by row, once', () => {
  const folder = import.meta.dirname;
  const tested = readdirSync(folder)
    .filter((name) => /^protocol\w+(\.net)?\.test\.ts$/u.test(name))
    .flatMap((name) => [...readFileSync(join(folder, name), 'utf8').matchAll(/^testRows\('([^']+)'/gmu)])
    .map(([, title]) => title);
  expect(tested.sort()).toEqual(tables.map(({ title }) => title).sort());
});

it('PROTOCOL.md names every code of an error, every reason and every close code that there is', () => {
  const file = 'src/protocol/topicFrames.ts';
  expect([...namesIn('What went wrong')].sort()).toEqual([...literalsOf(file, 'FrameErrorCode')].sort());
  expect([...namesIn('Why it is not recovered')].sort()).toEqual([...literalsOf(file, 'Unrecovered')].sort());
  expect(namesIn('Close codes').map(Number)).toEqual(expect.arrayContaining(Object.values(hubClose)));
});

it('PROTOCOL.md says the defaults that hold', () => {
  const said = new Map(tableOf('Limits').rows.map(({ name, cells }) => [name, cells[1]]));
  for (const [name, value] of Object.entries(defaultLimits)) {
    expect(said.get(name), name).toBe(value === Infinity ? 'none' : String(value));
  }
  expect(said.get('depth of JSON')).toBe(String(MAX_DEPTH));
});

it('what PROTOCOL.md says that a client does on a close is what ours does', () => {
  for (const { name, cells } of tableOf('Close codes').rows) {
    const told = cells[2] ?? '';
    const verdict = told === 'does not come back' ? 'fail' : told.includes('fresh') ? 'refresh' : 'retry';
    expect(verdictOf(Number(name)), name).toBe(verdict);
    expect(isOverloadCode(Number(name)), name).toBe(told.includes('longer'));
  }
});
