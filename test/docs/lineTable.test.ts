/** The figures of a narrow line in docs/testing.md: those of the simulation are what it gives now. */
import { expect, test } from 'vitest';
import { documentAt, sectionOf } from '../fixtures/documents.ts';
import { shown } from '../fixtures/lineFigures.ts';
import { lineRows, type LineRowName } from '../fixtures/lineRows.ts';
import { playSimulated } from '../fixtures/simulatedLine.ts';

/** What each line of the table shows, in its order. A row that shows several figures names its line and its queue once. */
const figures: readonly (readonly [LineRowName, ...string[]])[] = [
  ['fresh', 'bufferedBytes', 'emptyMs', 'withoutFallMs', 'pongAfterEmptyMs'],
  ['warm', 'bufferedBytes', 'pongAfterEmptyMs'],
  ['small', 'emptyMs', 'pongAfterEmptyMs'],
  ['large', 'emptyMs', 'pongAfterEmptyMs'],
  ['freshPings', 'silenceMs'],
  ['warmPings', 'silenceMs'],
  ['smallPings', 'silenceMs'],
  ['deepSmallPings', 'silenceMs'],
  ['terminate', 'arrivedBytes'],
  ['closeAndTerminate', 'arrivedBytes'],
  ['close', 'arrivedBytes'],
  ['inOneTick', 'arrivedMessages'],
  ['cutOff', 'arrivedMessages'],
];

/** Queue and simulated figure of each line of the table. `67 of 150`: the messages that were sent are left out. */
function tabled(): readonly (readonly [queue: string, figure: string])[] {
  const [, , ...lines] = sectionOf(documentAt('docs/testing.md'), 'A simulated network')
    .split('\n')
    .filter((line) => line.split('|').length === 7);
  return lines.map((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    return [cells[2] ?? '', (cells[5] ?? '').replace(/ of \d+$/u, '')];
  });
}

test('the simulated figures of a narrow line, and the queues in front of it, are those that the document shows', async () => {
  const lines: (readonly [string, string])[] = [];
  for (const [row, ...names] of figures) {
    const simulated = await playSimulated(lineRows[row]);
    const queue = `${(lineRows[row].queueBytes / 1_000).toLocaleString('en')} kB`;
    for (const [nth, name] of names.entries()) lines.push([nth === 0 ? queue : '', shown(name, simulated[name])]);
  }
  expect(tabled()).toEqual(lines);
});
