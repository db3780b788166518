/** What the tape of the page remembers of the last five minutes, and how it says it. */
import { expect, test } from 'vitest';
import type { LogEntry } from '../../visualizer/src/log.ts';
import { TapeRecord, WINDOW_MS } from '../../visualizer/src/tapeRecord.ts';

const BEGAN_AT = 1_000_000;
const entry = (id: number, at: number, event: string, to: string): LogEntry => ({
  id,
  at: BEGAN_AT + at,
  event,
  from: '',
  to,
  detail: '',
});
/** Newest first, as the log has them. */
const log = [
  entry(3, 9_000, 'socket.alive', 'open.quiet'),
  entry(2, 8_000, 'hurt', ''),
  entry(1, 4_000, 'socket.opened', 'open.probing'),
  entry(0, 1_000, 'client.connect', 'connecting.resolving'),
];

test('a state lasts until the next, the first from the beginning on, and steps within a state are none', () => {
  const record = new TapeRecord(BEGAN_AT);
  record.note(log, undefined, BEGAN_AT + 10_000);
  record.note(log, undefined, BEGAN_AT + 10_000);
  expect(record.stretches(BEGAN_AT + 10_000)).toEqual([
    { state: 'idle', from: BEGAN_AT, to: BEGAN_AT + 1_000 },
    { state: 'connecting', from: BEGAN_AT + 1_000, to: BEGAN_AT + 4_000 },
    { state: 'open', from: BEGAN_AT + 4_000, to: BEGAN_AT + 10_000 },
  ]);
  expect(record.hurts).toEqual([BEGAN_AT + 8_000]);
  expect(record.words(BEGAN_AT + 10_000)).toBe('The last 10.0 s: open 6.0 s, connecting 3.0 s, idle 1.0 s. Hurt once.');
});

test('what is older than five minutes is forgotten, but for the state that lasts', () => {
  const record = new TapeRecord(BEGAN_AT);
  const now = BEGAN_AT + 9_000 + WINDOW_MS;
  record.note(log, 12, BEGAN_AT + 9_000);
  record.note([], undefined, now + 1);
  expect(record.stretches(now + 1)).toEqual([{ state: 'open', from: now + 1 - WINDOW_MS, to: now + 1 }]);
  expect([record.hurts, record.trips]).toEqual([[], []]);
  expect(record.words(now + 1)).toBe('The last 5 min 00 s: open 5 min 00 s.');
});

test('a round trip a second is kept', () => {
  const record = new TapeRecord(BEGAN_AT);
  for (const at of [0, 250, 999, 1_000, 1_500, 2_000]) record.note([], at, BEGAN_AT + at);
  expect(record.trips.map(({ ms }) => ms)).toEqual([0, 1_000, 2_000]);
});
