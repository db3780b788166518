import { expect, test } from 'vitest';
import { Ledger, MAX_PINGS_OUT } from '../../src/client/ledger.ts';

const ping = (n: number) => ({
  token: `t${n}`,
  sentAt: n,
  position: n,
  isProbe: false,
  sentBytes: 0,
  receivedBytes: 0,
});
const answers = (n: number) => ({ isOurs: true, ping: ping(n) });
const foreign = { isOurs: false };

test('a pong with a token answers its ping and all older ones', () => {
  const ledger = new Ledger();
  for (const n of [1, 2, 3]) ledger.add(ping(n));
  expect(ledger.answer('t2')).toEqual(answers(2));
  expect(ledger.answer('t1')).toEqual(foreign);
  expect(ledger.oldest).toEqual(ping(3));
});

test('a pong without a token answers the oldest; with none out it answers nothing', () => {
  const ledger = new Ledger();
  for (const n of [1, 2]) ledger.add(ping(n));
  const pongs = [1, 2, 3].map(() => ledger.answer(undefined));
  expect(pongs).toEqual([answers(1), answers(2), foreign]);
});

test('what could not be sent is not waited for', () => {
  const ledger = new Ledger();
  const unsent = ping(2);
  for (const one of [ping(1), unsent, ping(3)]) ledger.add(one);
  ledger.remove(unsent);
  expect([ledger.answer(undefined), ledger.answer(undefined)]).toEqual([answers(1), answers(3)]);
});

test('it is bounded: pongs to what was forgotten come first and cover nothing, then each its own', () => {
  const ledger = new Ledger();
  const forgotten = 3;
  for (let n = 1; n <= MAX_PINGS_OUT + forgotten; n++) ledger.add(ping(n));
  expect(ledger.oldest).toEqual(ping(1 + forgotten));
  for (let n = 0; n < forgotten; n++) expect(ledger.answer(undefined)).toEqual({ isOurs: true });
  expect(ledger.answer(undefined)).toEqual(answers(1 + forgotten));
  expect(ledger.answer('t50')).toEqual(answers(50));
});
