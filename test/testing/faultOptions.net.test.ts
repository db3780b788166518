import { describe, expect, test } from 'vitest';
import { documentedFaultOptions, documentedFaults } from '../../scripts/faultDocs.ts';
import { checkFault } from '../../src/testing/checkFault.ts';
import { covers, delayMsOf, farewellOf, lifeMsOf, lineOf, refusalOf } from '../../src/testing/faultEffects.ts';
import type { FaultSpec } from '../../src/testing/index.ts';
import { echoStage } from '../fixtures/proxy.ts';

test.each<[FaultSpec | object, string]>([
  [{ type: 'quake' }, 'type'],
  [{ type: 'reset', on: 'some' }, 'reset.on'],
  [{ type: 'latency', delay: 5 }, 'latency.delay'],
  [{ type: 'latency', delayMs: -1 }, 'latency.delayMs'],
  [{ type: 'bandwidth' }, 'bandwidth.bytesPerSecond'],
  [{ type: 'truncate', afterBytes: 1.5 }, 'truncate.afterBytes'],
  [{ type: 'refuse', status: 200 }, 'refuse.status'],
  [{ type: 'close', code: 1006 }, 'close.code'],
  [{ type: 'close', reason: 'ü'.repeat(62) }, 'close.reason'],
  [{ type: 'blackhole', forMs: 0 }, 'blackhole.forMs'],
])('%o is no fault: the error names %s', async (spec, named) => {
  const { proxy } = await echoStage();
  const attempt = () => proxy.inject(spec as FaultSpec);
  expect(attempt).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  expect(attempt).toThrow(new RegExp(`^${named}: `, 'u'));
});

/** Options that a fault cannot do without. */
const required: Readonly<Record<string, object>> = {
  bandwidth: { bytesPerSecond: 1 },
  truncate: { afterBytes: 1 },
};
const check = (type: string, options: object) => () =>
  checkFault({ type, ...required[type], ...options } as unknown as FaultSpec);
const numberOf = (text: string): number =>
  text === '∞' ? Infinity : text === '2³¹−1' ? 2 ** 31 - 1 : Number(text.replaceAll(' ', ''));

describe('the docs of faults', () => {
  test.each(documentedFaults())('$type: name just the options that are accepted', ({ type, options }) => {
    const known = options.map(({ name }) => name).sort();
    expect(check(type, {})).not.toThrow();
    const [, accepted = ''] = /: (.*); got/u.exec(messageOf(check(type, { unheardOf: 1 }))) ?? [];
    expect(accepted.split(', ').sort()).toEqual(known);
  });

  test('say of required options that they are', () => {
    const said = documentedFaultOptions().filter(({ doc }) => doc.endsWith('Required.'));
    const names = Object.entries(required).flatMap(([type, options]) =>
      Object.keys(options).map((name) => `${type}.${name}`),
    );
    expect(said.map(({ name }) => name)).toEqual(names);
    for (const name of names)
      expect(check(name.split('.')[0] ?? '', { [name.split('.')[1] ?? '']: undefined })).toThrow();
  });

  const ranged = documentedFaults().flatMap(({ type, options }) =>
    options.flatMap(({ name, doc }) => {
      const [, from, to, whole] = /range (\d+) … (2³¹−1|∞|\d+)(, whole)?/u.exec(doc) ?? [];
      return from === undefined || to === undefined ? [] : [{ type, name, from, to, isWhole: whole !== undefined }];
    }),
  );

  test.each(ranged)('$type.$name: accepted is just $from … $to', ({ type, name, from, to, isWhole }) => {
    const [least, most] = [numberOf(from), numberOf(to)];
    expect(check(type, { [name]: least })).not.toThrow();
    expect(check(type, { [name]: least - 1 })).toThrow();
    expect(check(type, { [name]: most === Infinity ? Number.MAX_SAFE_INTEGER : most })).not.toThrow();
    if (most < Infinity) expect(check(type, { [name]: most + 1 })).toThrow();
    if (isWhole) expect(check(type, { [name]: least + 0.5 })).toThrow();
  });

  test('name every number', () => expect(ranged.length).toBeGreaterThan(15));

  test('name the defaults that hold', () => {
    const one = (): number => 1;
    const { queueBytes, kernelBytes } = lineOf([{ type: 'bandwidth', bytesPerSecond: 1 }], 'toServer');
    const defaults = {
      'bandwidth.queueBytes': queueBytes,
      'bandwidth.kernelBytes': kernelBytes,
      direction: "'both'",
      'latency.delayMs': delayMsOf([{ type: 'latency' }], 'toServer', one),
      'latency.jitterMs': delayMsOf([{ type: 'latency' }], 'toClient', one),
      'refuse.status': refusalOf({ type: 'refuse' }).status,
      'close.code': farewellOf({ type: 'close' }).code,
      'flap.aliveMs': lifeMsOf({ type: 'flap' }, () => 0),
      'flap.jitterMs': lifeMsOf({ type: 'flap' }, one) - lifeMsOf({ type: 'flap' }, () => 0),
    };
    expect([covers({}, 'toServer'), covers({}, 'toClient')]).toEqual([true, true]);
    expect(farewellOf({ type: 'close' }).reason).toBe('');
    for (const [name, value] of Object.entries(defaults)) {
      const { doc } = documentedFaultOptions().find((option) => option.name === name) ?? { doc: 'not documented' };
      expect(/[Dd]efault `?('\w+'|[\d,]*\d)/u.exec(doc)?.[1]?.replaceAll(',', ''), name).toBe(String(value));
    }
  });
});

function messageOf(attempt: () => void): string {
  try {
    attempt();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was thrown';
}
