import { expect, test } from 'vitest';
import { limitsOf } from '../../src/topics/helloLimits.ts';

/** What hubs have by default; a connection is known to be dead after 35 s. */
const usual = { payloadBytes: 65_536, publishPerSecond: 100, dedupeWindowMs: 300_000, retryWindowMs: 265_000 };

test.each<[string, string, object]>([
  ['an empty hello', '{}', {}],
  ['null', 'null', {}],
  ['text that is no JSON', 'hello', {}],
  ['limits that are null', '{"limits":null,"heartbeat":null}', {}],
  ['a limit that is no number', '{"limits":{"payloadBytes":"1","publishPerSecond":-1}}', {}],
  ['a payload of 0 bytes', '{"limits":{"payloadBytes":0}}', {}],
  [
    'limits',
    '{"limits":{"payloadBytes":10,"publishPerSecond":0.5,"dedupeWindowMs":100000}}',
    { payloadBytes: 10, publishPerSecond: 0.5, dedupeWindowMs: 100_000, retryWindowMs: 65_000 },
  ],
  [
    'limits that are none',
    '{"limits":{"payloadBytes":null,"publishPerSecond":null,"dedupeWindowMs":null}}',
    { payloadBytes: Infinity, publishPerSecond: Infinity, dedupeWindowMs: Infinity, retryWindowMs: Infinity },
  ],
  ['ids that are not remembered', '{"limits":{"dedupeWindowMs":0}}', { dedupeWindowMs: 0, retryWindowMs: 0 }],
  [
    'a pace of its own',
    '{"heartbeat":{"intervalMs":5000,"timeoutMs":1000}}',
    { dedupeWindowMs: 300_000, retryWindowMs: 294_000 },
  ],
  ['a hub that sends no pings', '{"heartbeat":{"intervalMs":0,"timeoutMs":4000}}', { retryWindowMs: 296_000 }],
  ['a patience without end', '{"heartbeat":{"intervalMs":null,"timeoutMs":1}}', { retryWindowMs: 150_000 }],
  [
    'a window that is shorter than silence is borne',
    '{"limits":{"dedupeWindowMs":40000}}',
    { dedupeWindowMs: 40_000, retryWindowMs: 20_000 },
  ],
])('a client makes of %s what may be relied on', (_, hello, expected) => {
  expect(limitsOf(hello)).toEqual({ ...usual, ...expected });
});
