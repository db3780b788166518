import { describe, expect, test } from 'vitest';
import { DEATHS, silentCases, slowCases } from './heartbeatLines.ts';
import { runHour } from './heartbeatTable.ts';

const named = <T extends { readonly name: string }>(cases: readonly T[]) =>
  cases.map((one) => [one.name, one] as const);

describe('a healthy slow uplink, however much is sent over it, is never left, and nothing is lost or sent twice', () => {
  test.each(named(slowCases))('%s', (_, { one, sockets }) => {
    const { sent, ...row } = runHour(one);

    expect(row).toEqual({
      sockets,
      falseDeaths: 0,
      noticedAfterMs: [],
      heard: sent,
      confirmed: one.options.confirm === undefined ? 0 : sent,
      warned: [],
      state: 'open',
    });
  });
});

describe('a line that falls silent is found in time, each time', () => {
  test.each(named(silentCases))('%s', (_, { one, foundWithinMs }) => {
    const { noticedAfterMs, falseDeaths, sockets } = runHour(one);

    expect({ falseDeaths, sockets }).toEqual({ falseDeaths: 0, sockets: DEATHS + 1 });
    expect(noticedAfterMs).toHaveLength(DEATHS);
    for (const afterMs of noticedAfterMs) expect(afterMs).toBeLessThanOrEqual(foundWithinMs);
  });
});
