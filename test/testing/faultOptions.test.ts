import { expect, test } from 'vitest';
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
