import { expect, test } from 'vitest';
import type { Held } from '../../src/client/outbox.ts';
import { Uncovered } from '../../src/client/uncovered.ts';

function held(message: number, dueAt = Infinity): Held {
  return {
    data: '',
    message,
    bytes: 1,
    dueAt,
    key: undefined,
    onOutcome: undefined,
    handOvers: 0,
    position: 0,
    isSuspect: false,
  };
}

test('hundreds of thousands of messages are looked through, and each has its outcome', () => {
  const outcomes: string[] = [];
  const count = 300_000;
  let handedOver = 0;
  const uncovered = new Uncovered(
    (_, outcome) => outcomes.push(outcome),
    () => handedOver,
  );
  for (; handedOver < count; handedOver++) uncovered.add(held(handedOver, handedOver === 0 ? 10 : 1_000));
  uncovered.expire(10);
  expect(outcomes).toEqual(['uncertain']);
  expect(uncovered.earliestDue).toBe(1_000);
  uncovered.cover(count);
  expect(outcomes).toHaveLength(count);
  expect([uncovered.messages, uncovered.bytes]).toEqual([0, 0]);
});

test('what goes out again is followed by what never went out, and takes its new place', () => {
  const confirmed: unknown[] = [];
  let handedOver = 0;
  const uncovered = new Uncovered(
    ({ message }, outcome) => outcome === 'confirmed' && confirmed.push(message),
    () => handedOver,
  );
  for (; handedOver < 3; handedOver++) uncovered.add(held(handedOver + 1));
  uncovered.rewind();
  const first = uncovered.shift();
  if (first !== undefined) uncovered.add(first);
  uncovered.cover(3);
  expect(confirmed).toEqual([]);
  uncovered.cover(4);
  expect(confirmed).toEqual([1]);
  expect(uncovered.peek()?.message).toBe(2);
});
