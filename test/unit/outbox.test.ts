import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Outbox, type Held, type Outcome, type OutboxBounds } from '../../src/client/outbox.ts';

/** What a test asks of the outbox, in the order in which it is run. */
type Step =
  | { readonly kind: 'hold'; readonly bytes: number; readonly key: string | undefined; readonly ttlMs: number }
  /** The link takes `count` messages and then dies. */
  | { readonly kind: 'flush'; readonly count: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'expire' }
  | { readonly kind: 'clear' };

/** An outcome by the message's number: `3 dropped overflow`. */
const line = (held: Held, outcome: Outcome | 'passed', reason: string): string =>
  `${String(held.message)} ${outcome} ${reason}`;

/** The outbox as it is described: a plain list and the rules, without any cleverness. */
class Model {
  list: Held[] = [];
  readonly log: string[] = [];
  readonly #bounds: OutboxBounds;
  constructor(bounds: OutboxBounds) {
    this.#bounds = bounds;
  }

  get bytes(): number {
    return this.list.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get level(): string {
    if (this.list.length === 0) return 'empty';
    const { maxMessages, maxBytes } = this.#bounds;
    return this.list.length === maxMessages || this.bytes === maxBytes ? 'full' : 'holding';
  }

  get earliestDue(): number {
    return Math.min(Infinity, ...this.list.map(({ dueAt }) => dueAt));
  }

  hold(held: Held): string {
    const { maxMessages, maxBytes, overflow } = this.#bounds;
    if (held.bytes > maxBytes) return 'rejected too-large';
    if (maxMessages === 0) return overflow === 'reject' ? 'rejected overflow' : 'dropped overflow';
    const others = this.list.filter(({ key }) => key === undefined || key !== held.key);
    const fits = (list: readonly Held[]) =>
      list.length < maxMessages && list.reduce((sum, { bytes }) => sum + bytes, held.bytes) <= maxBytes;
    if (overflow === 'drop-newest' && !fits(others)) return 'dropped overflow';
    if (overflow === 'reject' && !fits(others)) return 'rejected overflow';
    this.#leave(
      this.list.filter((one) => !others.includes(one)),
      'dropped',
      'replaced',
    );
    while (!fits(this.list)) this.#leave(this.list.slice(0, 1), 'dropped', 'overflow');
    this.list.push(held);
    return 'queued';
  }

  flush(count: number): void {
    this.#leave(this.list.slice(0, count), 'passed', '');
  }

  expire(now: number): void {
    this.#leave(
      this.list.filter(({ dueAt }) => dueAt <= now),
      'expired',
      'ttl',
    );
  }

  clear(): void {
    this.#leave([...this.list], 'dropped', 'disconnected');
  }

  #leave(leaving: readonly Held[], outcome: Outcome | 'passed', reason: string): void {
    this.list = this.list.filter((held) => !leaving.includes(held));
    for (const held of leaving) this.log.push(line(held, outcome, reason));
  }
}

const nothing = { messages: 0, bytes: 0 };
const blank: Held = {
  data: '',
  message: undefined,
  bytes: 1,
  dueAt: Infinity,
  key: undefined,
  onOutcome: undefined,
  handOvers: 0,
  position: 0,
  isSuspect: false,
};

/** Runs the steps on both, comparing them after each. Returns what became of every message. */
function run(bounds: OutboxBounds, steps: readonly Step[]): { readonly offered: number; readonly log: string[] } {
  const log: string[] = [];
  const outbox = new Outbox(bounds, nothing, (held, outcome, reason) => log.push(line(held, outcome, reason)));
  const model = new Model(bounds);
  let now = 1_000;
  let offered = 0;
  let settled = 0;

  for (const step of steps) {
    switch (step.kind) {
      case 'hold': {
        const { bytes, key, ttlMs } = step;
        const held = { ...blank, message: offered++, bytes, dueAt: now + ttlMs, key };
        const admission = outbox.hold(held);
        const said = admission.disposition === 'queued' ? 'queued' : `${admission.disposition} ${admission.reason}`;
        expect(said).toBe(model.hold(held));
        if (said !== 'queued') for (const one of [log, model.log]) one.push(`${String(held.message)} ${said}`);
        break;
      }
      case 'flush':
        for (let i = 0; i < step.count; i++) {
          const next = outbox.peek();
          const taken = outbox.shift();
          if (taken !== next) expect(taken).toEqual(next);
          if (taken !== undefined) log.push(line(taken, 'passed', ''));
        }
        model.flush(step.count);
        break;
      case 'wait':
        now += step.ms;
        break;
      case 'expire':
        outbox.expire(now);
        model.expire(now);
        break;
      case 'clear':
        outbox.clear('dropped', 'disconnected');
        model.clear();
        break;
    }
    // One comparison for each step: hundreds of thousands of them are made.
    const is = `${outbox.messages} messages, ${outbox.bytes} bytes, ${outbox.level}: ${log.slice(settled).join()}`;
    const should = `${model.list.length} messages, ${model.bytes} bytes, ${model.level}: ${model.log.slice(settled).join()}`;
    expect(is).toBe(should);
    settled = log.length;
    if (outbox.peek() !== model.list[0]) expect(outbox.peek()).toEqual(model.list[0]);
    if (outbox.messages > bounds.maxMessages || outbox.bytes > bounds.maxBytes) expect.fail(`over its bounds: ${is}`);
    if (outbox.earliestDue > model.earliestDue) expect.fail('a ttl would be missed');
    if (step.kind === 'expire' && outbox.earliestDue <= now) expect.fail('the same moment would come due again');
    if (model.list.length === 0) expect(outbox.earliestDue).toBe(Infinity);
  }

  outbox.clear('dropped', 'disconnected');
  model.clear();
  expect(log).toEqual(model.log);
  return { offered, log };
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('hold' as const),
      bytes: fc.nat({ max: 40 }),
      key: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
      ttlMs: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 30 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('flush' as const), count: fc.nat({ max: 12 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 20 }) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'expire' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
);
const steps = fc.array(step, { maxLength: 80, size: 'max' });
const overflow = fc.constantFrom('drop-oldest', 'drop-newest', 'reject');

test('an outbox is a bounded list: under any interleaving it keeps the order, the bounds, and says what became of each', () => {
  const bounds = fc.record({
    maxMessages: fc.oneof(fc.nat({ max: 40 }), fc.constant(Infinity)),
    maxBytes: fc.oneof(fc.nat({ max: 400 }), fc.constant(Infinity)),
    overflow,
  });
  fc.assert(
    fc.property(bounds, steps, (bounds, steps) => {
      const { offered, log } = run(bounds, steps);
      const settled = log.map((entry) => Number(entry.split(' ')[0]));
      expect(settled.sort((a, b) => a - b)).toEqual(Array.from({ length: offered }, (_, number) => number));
    }),
    { numRuns: 1_000 },
  );
});

test('what passes, passes in the order in which it was sent last, whatever fell out in between', () => {
  fc.assert(
    fc.property(steps, overflow, (steps, overflow) => {
      const { log } = run({ maxMessages: 16, maxBytes: 200, overflow }, steps);
      const passed = log.filter((entry) => entry.includes(' passed')).map((entry) => Number(entry.split(' ')[0]));
      expect(passed).toEqual([...passed].sort((a, b) => a - b));
    }),
    { numRuns: 300 },
  );
});

describe('a key', () => {
  const bounds: OutboxBounds = { maxMessages: 2, maxBytes: 10, overflow: 'reject' };
  const held = (message: string, bytes: number, key?: string): Held => {
    return { ...blank, message, bytes, dueAt: Infinity, key };
  };

  test('takes the place of its older message even where there would be no room for both', () => {
    const log: string[] = [];
    const outbox = new Outbox(bounds, nothing, (one, outcome, reason) => log.push(line(one, outcome, reason)));
    outbox.hold(held('old', 8, 'a'));
    outbox.hold(held('other', 2));
    expect(outbox.hold(held('new', 8, 'a'))).toEqual({ disposition: 'queued' });
    expect(log).toEqual(['old dropped replaced']);
    expect([outbox.shift()?.message, outbox.shift()?.message]).toEqual(['other', 'new']);
  });

  test('leaves the older message where it is when the newer one is refused', () => {
    const log: string[] = [];
    const outbox = new Outbox(bounds, nothing, (one, outcome, reason) => log.push(line(one, outcome, reason)));
    outbox.hold(held('old', 1, 'a'));
    expect(outbox.hold(held('new', 11, 'a'))).toEqual({ disposition: 'rejected', reason: 'too-large' });
    expect(outbox.peek()?.message).toBe('old');
    expect(log).toEqual([]);
  });
});

test('a burst of many thousands goes through a ring that grows, whole and in order', () => {
  const outbox = new Outbox(
    { maxMessages: Infinity, maxBytes: Infinity, overflow: 'drop-oldest' },
    nothing,
    () => undefined,
  );
  let next = 0;
  let expected = 0;
  for (let round = 0; round < 50; round++) {
    for (let i = 0; i < 301; i++) {
      outbox.hold({ ...blank, message: next++ });
    }
    for (let i = 0; i < 97; i++) expect(outbox.shift()?.message).toBe(expected++);
  }
  expect(outbox.messages).toBe(next - expected);
  for (let held = outbox.shift(); held !== undefined; held = outbox.shift()) expect(held.message).toBe(expected++);
  expect(expected).toBe(next);
});
