import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import type { InspectionEvent } from 'xstate';
import { membersOf } from '../../scripts/codeDocs.ts';
import { documentedHookOptions } from '../../scripts/readmeTables.ts';
import type { ConnectionActorRef } from '../../src/index.ts';
import { useWebSocket } from '../../src/react/index.ts';
import { labelOf, type StatusLabels } from '../../src/react/status.ts';
import { documentAt, sectionOf } from '../fixtures/documents.ts';

const react = documentAt('docs/react.md');
const statusLine = sectionOf(react, 'The status line');

/** The rows of the table of a section with so many columns, where they begin with code. */
const rowsOf = (section: string, columns: number): string[][] =>
  [...section.matchAll(/^\| (`.*)\|$/gmu)]
    .map(([, row = '']) => row.split('|').map((cell) => cell.replaceAll('`', '').trim()))
    .filter((row) => row.length === columns);

test('docs/react.md says of everything that React users are given what it is', () => {
  const given = [
    ...documentedHookOptions(),
    ...membersOf('src/react/useWebSocket.ts', 'UseWebSocketResult'),
    ...membersOf('src/react/createConnectionHooks.ts', 'ConnectionHooks'),
    ...membersOf('src/react/status.ts', 'Status'),
  ];
  expect(given.filter(({ doc }) => doc === '')).toEqual([]);
});

test('the defaults of useWebSocket are those that the docs name', () => {
  const settings: unknown[] = [];
  const inspect = ({ type, actorRef, rootId }: InspectionEvent): void => {
    const isChart = type === '@xstate.snapshot' && actorRef.sessionId === rootId;
    if (isChart) settings.push((actorRef as ConnectionActorRef).getSnapshot().context.settings);
  };
  const Page = (): string => useWebSocket('wss://example.com', { inspect }).state;
  renderToString(createElement(Page));

  expect(settings[0]).toMatchObject({ maxAttempts: 5, retryBaseMs: 3_000, retryCapMs: 30_000, jitter: 'equal' });
  expect(react.text).toContain('Default 5,');
  expect(react.text).toContain('default 3,000,');
  expect(react.text).toContain('it doubles up to 30 s, and the second half of each wait is left to chance');
});

test('docs/react.md names every label and the word that stands there by default, and no other', () => {
  const labels = membersOf('src/react/status.ts', 'StatusLabels').map(({ name }) => name as keyof StatusLabels);
  const words = labels.map((name) => {
    const label = labelOf(undefined, name);
    return [name, typeof label === 'function' ? label(3) : label];
  });
  expect(rowsOf(statusLine, 3).map(([name, word]) => [name, word])).toEqual(words);
});

test('docs/react.md names every variable of the stylesheet and its value, light and dark, and no other', () => {
  const css = readFileSync(join(import.meta.dirname, '..', '..', 'src', 'react', 'status.css'), 'utf8');
  const used = css.matchAll(/var\((--socketchart-\w+), (?:light-dark\((.+?), (.+?)\)|(.+?))\)/gu);
  const rows = [...used].map(([, name = '', light, dark, both]) => [name, light ?? both, dark ?? both]);
  // A colour stands alone for browsers that know no light-dark(), and in it for all others.
  const isFallback = ([, light, dark]: (string | undefined)[]): boolean => light === dark && /^#/u.test(light ?? '');
  const values = rows.filter((row) => !isFallback(row));
  const fallbacks = rows.filter(isFallback).map(([name, light]) => `${name} ${light}`);
  const coloured = values.filter(([, light]) => /^#/u.test(light ?? ''));
  expect(fallbacks.sort()).toEqual(coloured.map(([name, light]) => `${name} ${light}`).sort());
  const said = rowsOf(statusLine, 4).map(([name = '', , light, dark]) => [name, light, dark]);
  const inOrder = (rows: readonly unknown[][]): string[] => [...new Set(rows.map((row) => row.join(' ')))].sort();
  expect(inOrder(said)).toEqual(inOrder(values));
});
