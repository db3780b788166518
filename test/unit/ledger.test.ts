import { expect, test } from 'vitest';
import { Ledger, MAX_PINGS_OUT } from '../../src/client/ledger.ts';

const ping = (n: number) => ({ token: `t${n}`, sentAt: n, position: n, isProbe: false, framesBefore: 0 });

test('a pong with a token answers its ping and all older ones', () => {
  const ledger = new Ledger();
  for (const n of [1, 2, 3]) ledger.add(ping(n));
  expect(ledger.answer('t2')).toEqual(ping(2));
  expect(ledger.answer('t1')).toBeUndefined();
  expect(ledger.oldest).toEqual(ping(3));
});

test('a pong without a token answers the oldest; with none out it answers nothing', () => {
  const ledger = new Ledger();
  for (const n of [1, 2]) ledger.add(ping(n));
  expect([ledger.answer(undefined), ledger.answer(undefined), ledger.answer(undefined)]).toEqual([
    ping(1),
    ping(2),
    undefined,
  ]);
});

test('once a ping had to be forgotten, a pong without a token covers nothing any more', () => {
  const ledger = new Ledger();
  for (let n = 1; n <= MAX_PINGS_OUT; n++) ledger.add(ping(n));
  expect(ledger.answer(undefined)).toMatchObject({ position: 1 });
  for (const n of [100, 101]) ledger.add(ping(n));
  expect(ledger.answer(undefined)).toMatchObject({ position: 0 });
  expect(ledger.answer('t50')).toMatchObject({ position: 50 });
});
