import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { memoryBroker, type MemoryBrokerOptions } from '../../src/server/brokers/memory.ts';
import type { Broker } from '../../src/server/broker.ts';
import { seededRandom } from '../../src/testing/random.ts';
import { describeBroker } from './brokerConformance.ts';

const unlimited = { maxMessages: Infinity, maxBytes: Infinity };
const me = { scope: 'me' };
const HOUR_MS = 3_600_000;

function stage(options: MemoryBrokerOptions = {}) {
  let nowMs = 0;
  const broker = memoryBroker({ now: () => nowMs, ...options });
  const pass = (ms: number): void => void (nowMs += ms);
  return { broker, pass };
}

describeBroker('memoryBroker', ({ dedupeWindowMs, ...history } = {}) => {
  const { broker, pass } = stage({ history, dedupeWindowMs });
  return Promise.resolve({ broker, pass: (ms) => Promise.resolve(pass(ms)) });
});

const epochOf = async (broker: Broker, topic: string): Promise<string> =>
  (await broker.read(topic, { limit: unlimited })).epoch;
/** Any call looks after what is due; here as many as it takes. */
const tidied = async (broker: Broker): Promise<void> => {
  for (let i = 0; i < 100; i++) await broker.check?.();
};

describe('the history of memoryBroker', () => {
  const kept = async (broker: Broker): Promise<number[]> =>
    (await broker.read('a', { last: Infinity, limit: unlimited })).entries.map(({ offset }) => offset);

  test('keeps 1 000 messages, 1 MiB and 5 minutes unless told otherwise, and says so', async () => {
    const { broker, pass } = stage();
    expect(broker.history).toEqual({ maxMessages: 1_000, maxAgeMs: 300_000, maxBytes: 1_048_576 });
    expect(broker.dedupeWindowMs).toBe(300_000);
    for (let i = 0; i < 1_001; i++) await broker.publish('a', '1', me);
    expect(await kept(broker)).toHaveLength(1_000);
    pass(299_999);
    expect(await kept(broker)).toHaveLength(1_000);
    pass(1);
    expect(await kept(broker)).toEqual([]);
  });

  test('ends with what is oldest when there are too many bytes', async () => {
    const { broker } = stage({ history: { maxBytes: 10 } });
    for (const data of ['"1234"', '"12"', '"日"']) await broker.publish('a', data, me);
    expect(await kept(broker)).toEqual([2, 3]);
  });

  test('keeps no entry that is larger than all it may keep; it is told and counted all the same', async () => {
    const { broker } = stage({ history: { maxBytes: 4 } });
    const heard = vi.fn();
    await broker.subscribe('a', heard);
    await broker.publish('a', '1', me);
    const { epoch } = await broker.publish('a', '"12345"', me);
    expect(heard).toHaveBeenCalledTimes(2);
    expect(await broker.read('a', { since: { epoch, offset: 1 }, limit: unlimited })).toMatchObject({
      top: 2,
      reason: 'trimmed',
    });
  });

  test('can be none at all', async () => {
    const { broker } = stage({ history: { maxMessages: 0 } });
    const { epoch } = await broker.publish('a', '1', me);
    expect(await broker.read('a', { last: 1, limit: unlimited })).toEqual({
      epoch,
      top: 1,
      entries: [],
      reason: 'none',
    });
  });

  test('outlives many times what it holds, with the order kept', async () => {
    const { broker } = stage({ history: { maxMessages: 7 } });
    for (let i = 1; i <= 100; i++) {
      await broker.publish('a', String(i), me);
      const { entries } = await broker.read('a', { last: 7, limit: unlimited });
      expect(entries.map(({ data }) => Number(data))).toEqual(
        Array.from({ length: Math.min(i, 7) }, (_, k) => Math.max(1, i - 6) + k),
      );
    }
  });
});

describe('what memoryBroker keeps', () => {
  test('is at any time the newest of what is young enough, in order, however time and messages come', async () => {
    const step = fc.oneof(
      fc.record({ passMs: fc.integer({ min: 0, max: 600 }) }),
      fc.record({ publish: fc.integer({ min: 1, max: 9 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { broker, pass } = stage({ history: { maxAgeMs: 1_000, maxMessages: 12 } });
        await broker.subscribe('a', () => undefined);
        let published: { readonly data: string; ageMs: number }[] = [];
        for (const step of steps) {
          if ('passMs' in step) {
            pass(step.passMs);
            published = published.map(({ data, ageMs }) => ({ data, ageMs: ageMs + step.passMs }));
          } else {
            for (let i = 0; i < step.publish; i++) {
              const data = String(published.length);
              published.push({ data, ageMs: 0 });
              await broker.publish('a', data, me);
            }
          }
          const expected = published.slice(-12).filter(({ ageMs }) => ageMs < 1_000);
          const { entries } = await broker.read('a', { last: Infinity, limit: unlimited });
          expect(entries.map(({ data }) => data)).toEqual(expected.map(({ data }) => data));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('of an id that comes again after the window lasts for a window of its own', async () => {
    const { broker, pass } = stage({ dedupeWindowMs: 1_000 });
    const publish = (id: number) => broker.publish('a', '1', { scope: 'me', id: String(id) });
    for (let id = 0; id < 40; id++) await publish(id);
    pass(1_000);
    const again = await publish(39);
    expect(again).toMatchObject({ offset: 41, duplicate: false });
    await tidied(broker);
    expect(await publish(39)).toEqual({ ...again, duplicate: true });
  });
});

describe('a topic of memoryBroker', () => {
  const options = { history: { maxAgeMs: 1_000 }, dedupeWindowMs: 1_000 };

  test('without history, ids and subscribers is forgotten: its offsets begin again in a new epoch', async () => {
    const { broker, pass } = stage(options);
    const { epoch } = await broker.publish('a', '1', { scope: 'me', id: 'x' });
    pass(2_000);
    await tidied(broker);
    const again = await broker.publish('a', '2', me);
    expect(again.offset).toBe(1);
    expect(again.epoch).not.toBe(epoch);
    expect((await broker.read('a', { since: { epoch, offset: 1 }, limit: unlimited })).reason).toBe('epoch');
  });

  test('with a subscriber is not', async () => {
    const { broker, pass } = stage(options);
    const leave = await broker.subscribe('a', () => undefined);
    const { epoch } = await broker.publish('a', '1', me);
    pass(HOUR_MS);
    await tidied(broker);
    expect(await broker.read('a', { limit: unlimited })).toMatchObject({ epoch, top: 1 });
    leave();
    pass(999);
    await tidied(broker);
    expect(await broker.read('a', { since: { epoch, offset: 1 }, limit: unlimited })).toMatchObject({
      reason: undefined,
    });
    pass(1);
    await tidied(broker);
    expect(await epochOf(broker, 'a')).not.toBe(epoch);
  });

  test('with an id to remember is not', async () => {
    const { broker, pass } = stage({ history: { maxAgeMs: 10 }, dedupeWindowMs: 1_000 });
    const first = await broker.publish('a', '1', { scope: 'me', id: 'x' });
    pass(999);
    await tidied(broker);
    expect(await broker.publish('a', '1', { scope: 'me', id: 'x' })).toEqual({ ...first, duplicate: true });
  });

  test.each<[string, object, { id?: string }]>([
    ['ids outlive its history', { history: { maxAgeMs: 10 }, dedupeWindowMs: 1_000 }, { id: 'x' }],
    ['its history outlives ids', { history: { maxAgeMs: 1_000 }, dedupeWindowMs: 10 }, { id: 'x' }],
    ['ids are kept for ever, and it has none', { history: { maxAgeMs: 1_000 }, dedupeWindowMs: Infinity }, {}],
    [
      'history is kept for ever, and it has none',
      { history: { maxAgeMs: Infinity, maxMessages: 0 }, dedupeWindowMs: 1_000 },
      { id: 'x' },
    ],
  ])('is forgotten when there is nothing left to remember, and not before: %s', async (_, spans, id) => {
    const { broker, pass } = stage(spans);
    const { epoch } = await broker.publish('a', '1', { ...me, ...id });
    for (const ms of [10, 989]) {
      pass(ms);
      await tidied(broker);
      expect(await broker.read('a', { limit: unlimited })).toMatchObject({ epoch, top: 1 });
    }
    // Its last visit was a moment ago; the next one is due when its history may be over again.
    pass(11);
    await tidied(broker);
    const again = await broker.publish('a', '2', me);
    expect(again.offset).toBe(1);
    expect(again.epoch).not.toBe(epoch);
  });

  test.each<[string, object, object]>([
    ['history is kept for ever', { history: { maxAgeMs: Infinity }, dedupeWindowMs: 10 }, {}],
    ['ids are remembered for ever', { history: { maxAgeMs: 10 }, dedupeWindowMs: Infinity }, { id: 'x' }],
  ])('is never forgotten where %s', async (_, spans, id) => {
    const { broker, pass } = stage(spans);
    const { epoch } = await broker.publish('a', '1', { ...me, ...id });
    for (let hour = 0; hour < 50; hour++) {
      pass(HOUR_MS);
      await tidied(broker);
    }
    expect(await broker.read('a', { limit: unlimited })).toMatchObject({ epoch, top: 1 });
  });

  test('that goes on being published to keeps its epoch', async () => {
    const { broker, pass } = stage(options);
    const { epoch } = await broker.publish('a', '1', me);
    for (let i = 0; i < 20; i++) {
      pass(900);
      expect((await broker.publish('a', '1', me)).epoch).toBe(epoch);
    }
  });

  test('that was only read or listened to is the same when it is asked for again', async () => {
    const { broker } = stage();
    const epoch = await epochOf(broker, 'a');
    (await broker.subscribe('a', () => undefined))();
    expect(await epochOf(broker, 'a')).toBe(epoch);
    expect((await broker.publish('a', '1', me)).epoch).toBe(epoch);
  });

  test('that is forgotten takes no other topic with it', async () => {
    const { broker, pass } = stage(options);
    await broker.subscribe('stays', () => undefined);
    const { epoch } = await broker.publish('stays', '1', me);
    await broker.publish('goes', '1', me);
    pass(HOUR_MS);
    await tidied(broker);
    expect(await broker.publish('stays', '2', me)).toMatchObject({ epoch, offset: 2 });
  });
});

describe('memoryBroker', () => {
  test('refuses new ids rather than forget one too early, and takes them again after the window', async () => {
    const { broker, pass } = stage({ maxIds: 2, dedupeWindowMs: 1_000 });
    const publish = (id: string) => broker.publish('a', '1', { scope: 'me', id });
    await publish('1');
    await publish('2');
    await expect(publish('3')).rejects.toThrow('maxIds');
    expect(await publish('1')).toMatchObject({ offset: 1, duplicate: true });
    expect((await broker.publish('a', '1', me)).offset).toBe(3);
    pass(1_000);
    expect(await publish('3')).toMatchObject({ offset: 4, duplicate: false });
  });

  test('takes its epochs from the chance it is given', async () => {
    const epochFrom = (seed: number) => epochOf(memoryBroker({ random: seededRandom(seed) }), 'a');
    expect(await epochFrom(1)).toBe(await epochFrom(1));
    expect(await epochFrom(1)).not.toBe(await epochFrom(2));
  });

  test('sets no timers: nothing of it keeps a process alive', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource.includes('Time')).length;
    const before = timers();
    const broker = memoryBroker();
    await broker.subscribe('a', () => undefined);
    await broker.publish('a', '1', { scope: 'me', id: 'x' });
    expect(timers()).toBe(before);
  });

  test('tells its logger of a listener that throws', async () => {
    const error = vi.fn();
    const { broker } = stage({ logger: { error } });
    const failure = new Error('not my day');
    await broker.subscribe('a', () => {
      throw failure;
    });
    await broker.publish('a', '1', me);
    expect(error).toHaveBeenCalledWith({ error: failure, topic: 'a' }, expect.any(String));
  });

  test('answers nothing after it was closed', async () => {
    const { broker } = stage();
    expect(await broker.check?.()).toBe(undefined);
    await broker.close?.();
    await expect(broker.publish('a', '1', me)).rejects.toThrow('closed');
    await expect(broker.read('a', { limit: unlimited })).rejects.toThrow('closed');
    await expect(broker.subscribe('a', () => undefined)).rejects.toThrow('closed');
    await expect(broker.check?.()).rejects.toThrow('closed');
  });

  test.each([
    ['history.maxMessages', { history: { maxMessages: -1 } }],
    ['history.maxAgeMs', { history: { maxAgeMs: Number.NaN } }],
    ['history.maxBytes', { history: { maxBytes: '1' as never } }],
    ['dedupeWindowMs', { dedupeWindowMs: -1 }],
    ['maxIds', { maxIds: null as never }],
  ])('refuses %s where it is no number from 0, by its name', (name, options) => {
    expect(() => memoryBroker(options)).toThrow(new RegExp(`^${name}: `, 'u'));
  });
});
