import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Stage, type Step } from '../fixtures/stage.ts';

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      by: fc.constantFrom('send', 'deliver', 'client.send'),
      isBig: fc.nat({ max: 3 }).map((n) => n === 0),
      key: fc.option(fc.constantFrom('a', 'b'), { nil: undefined, freq: 2 }),
      ttlMs: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined, freq: 2 }),
      queue: fc.nat({ max: 5 }).map((n) => n > 0),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('open' as const),
      capacity: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(Infinity)),
      death: fc.constantFrom('closing', 'throwing', 'faltering', 'closed'),
      isSlow: fc.boolean(),
    }),
  },
  // 1008 ends in `failed`, the others in a retry.
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('lose' as const), code: fc.constantFrom(1000, 1006, 1006, 1008) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 40 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('buffer' as const), bytes: fc.constantFrom(0, 400, 600, 2_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('connect', 'connect', 'connect', 'reconnect', 'disconnect') }),
  },
);

const script = fc.record({
  overflow: fc.constantFrom('drop-oldest', 'drop-newest', 'reject'),
  interjections: fc.nat({ max: 5 }),
  steps: fc.array(step, { maxLength: 60, size: 'max' }).map((steps) => [{ kind: 'connect' as const }, ...steps]),
});

function play({ overflow, interjections, steps }: typeof script extends fc.Arbitrary<infer S> ? S : never): Stage {
  const stage = new Stage(overflow, interjections);
  for (const step of steps) {
    stage.run(step);
    const { connection } = stage;
    if (connection.isConnected !== (connection.state === 'open')) expect.fail('the gate is up elsewhere than in open');
    const { messages, bytes } = connection.stats().outbox;
    if (messages > 6 || bytes > 200_000) expect.fail(`the outbox holds ${messages} messages, ${bytes} bytes`);
    expect(stage.breaches).toEqual([]);
  }
  return stage;
}

const ascending = (numbers: readonly number[]): boolean =>
  numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? 0));

test('what is sent first leaves first, and once, whatever becomes of the sockets under it', () => {
  fc.assert(
    fc.property(script, (script) => {
      const { taken, connection } = play(script);
      expect(ascending(taken), `left in the order ${taken.join()}`).toBe(true);
      connection.dispose();
    }),
    { numRuns: 300 },
  );
});

test('every message has exactly one outcome, and it is told the truth', async () => {
  await fc.assert(
    fc.asyncProperty(script, async (script) => {
      const { connection, sent, taken, told, deliveries } = await Promise.resolve(play(script)).then((stage) => {
        stage.connection.dispose();
        return stage;
      });
      const delivered = new Map((await Promise.all(deliveries)).map(({ number, outcome }) => [number, outcome]));
      for (let number = 0; number < sent; number++) {
        const outcomes = told.get(number) ?? [];
        const hasLeft = taken.includes(number);
        expect(outcomes.length, `message ${number} was told of ${outcomes.join()}`).toBeLessThanOrEqual(1);
        // A message that went straight out is told of by `send` alone.
        expect(outcomes[0] ?? 'sent', `message ${number}`).toBe(hasLeft ? 'sent' : (outcomes[0] ?? 'nothing at all'));
        if (delivered.has(number)) expect(delivered.get(number)).toBe(outcomes[0] ?? 'sent');
      }
      const { outcomes } = connection.stats();
      const counted = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
      expect(counted).toBe(sent);
      expect(outcomes.sent).toBe(taken.length);
    }),
    { numRuns: 300 },
  );
});

test('what is held leaves as soon as a peer takes it: no script leaves a message behind', () => {
  fc.assert(
    fc.property(script, (script) => {
      const stage = play(script);
      const { connection, sockets } = stage;
      stage.run({ kind: 'connect' });
      const isSound = sockets.at(-1)?.readyState === 1 && sockets.at(-1)?.capacity === Infinity;
      if (!isSound) {
        stage.run({ kind: 'lose', code: 1006 });
        stage.run({ kind: 'connect' });
        stage.run({ kind: 'open', capacity: Infinity, death: 'closing', isSlow: false });
      }
      // A slow peer makes room for one big message at a time.
      for (let round = 0; round < 10; round++) {
        stage.run({ kind: 'buffer', bytes: 0 });
        stage.run({ kind: 'wait', ms: 100 });
      }
      expect(connection.stats().outbox.messages).toBe(0);
      connection.dispose();
    }),
    { numRuns: 300 },
  );
});
