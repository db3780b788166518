import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Broker, Entry } from '../../src/server/broker.ts';

/** A broker under test, and its time. */
export interface BrokerStage {
  readonly broker: Broker;
  /** Lets time pass for the broker. Unit ms. */
  readonly pass: (ms: number) => Promise<void>;
}

export interface StagedBounds {
  readonly maxMessages?: number;
  readonly maxAgeMs?: number;
  readonly maxBytes?: number;
  readonly dedupeWindowMs?: number;
}

const unlimited = { maxMessages: Infinity, maxBytes: Infinity };
const me = { scope: 'me' };

/** Names that are something else in places where names are keys. */
const treacherous = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  ' ',
  '0',
  'a:b',
  'a b',
  '{}',
  '"',
  '日本 🚀',
];

/** What a hub relies on, whatever the broker is made of. `stage` opens one with these bounds and sees to its end. */
export function describeBroker(name: string, stage: (bounds?: StagedBounds) => Promise<BrokerStage>): void {
  const publishAll = async (broker: Broker, topic: string, texts: readonly string[]): Promise<string> => {
    let epoch = '';
    for (const text of texts) epoch = (await broker.publish(topic, text, me)).epoch;
    return epoch;
  };
  const offsetsOf = (entries: readonly Entry[]): number[] => entries.map(({ offset }) => offset);
  const heardBy = async (broker: Broker, topic: string): Promise<{ heard: Entry[]; leave: () => void }> => {
    const heard: Entry[] = [];
    const leave = await broker.subscribe(topic, (entry) => heard.push(entry));
    return { heard, leave };
  };
  /** Everything that was published before has been told when an entry that is published now has. */
  const told = async (broker: Broker, topic: string): Promise<void> => {
    let hear = (): void => undefined;
    const heard = new Promise<void>((resolve) => (hear = resolve));
    const leave = await broker.subscribe(topic, hear);
    await broker.publish(topic, '"told"', me);
    await heard;
    leave();
  };

  describe(`${name}: offsets`, () => {
    test('count up by one from 1, in one epoch, for each topic by itself', async () => {
      const { broker } = await stage();
      const first = await broker.publish('a', '1', me);
      const second = await broker.publish('a', '2', me);
      const other = await broker.publish('b', '1', me);
      expect(first).toEqual({ epoch: first.epoch, offset: 1, duplicate: false });
      expect(second).toEqual({ epoch: first.epoch, offset: 2, duplicate: false });
      expect(other.offset).toBe(1);
    });

    test('are consecutive where many publish at the same time, and the log has what each was told', async () => {
      const { broker } = await stage();
      const published = await Promise.all(Array.from({ length: 50 }, (_, i) => broker.publish('a', String(i), me)));
      expect(published.map(({ offset }) => offset).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 50 }, (_, i) => i + 1),
      );
      const { entries } = await broker.read('a', { last: 50, limit: unlimited });
      for (const [i, { offset }] of published.entries()) expect(entries[offset - 1]?.data).toBe(String(i));
    });

    test('belong to an epoch that another broker does not repeat, and that a frame can carry', async () => {
      const [one, other] = [await stage(), await stage()];
      const { epoch } = await one.broker.publish('a', '1', me);
      expect((await other.broker.publish('a', '1', me)).epoch).not.toBe(epoch);
      expect(epoch).toMatch(/^[!-~]{11,64}$/u);
    });
  });

  describe(`${name}: subscribers`, () => {
    test('are told every entry from then on, in order, as the log has it', async () => {
      const { broker } = await stage();
      await broker.publish('a', '"before"', me);
      const { heard } = await heardBy(broker, 'a');
      await broker.publish('a', '{"x": 1.0}', { scope: 'me', id: 'one', from: 'somebody' });
      await publishAll(broker, 'a', ['2', '3']);
      await told(broker, 'a');
      expect(heard.slice(0, 3).map(({ data }) => data)).toEqual(['{"x": 1.0}', '2', '3']);
      expect(heard[0]).toMatchObject({ topic: 'a', offset: 2, id: 'one', from: 'somebody' });
      const { entries } = await broker.read('a', { last: 4, limit: unlimited });
      expect(heard).toEqual(entries);
    });

    test('hear nothing of other topics', async () => {
      const { broker } = await stage();
      const { heard } = await heardBy(broker, 'a');
      await broker.publish('b', '1', me);
      await told(broker, 'b');
      expect(heard).toEqual([]);
    });

    test('hear nothing after they left; to leave twice does nothing to the others', async () => {
      const { broker } = await stage();
      const { heard, leave } = await heardBy(broker, 'a');
      const stays = await heardBy(broker, 'a');
      leave();
      leave();
      await told(broker, 'a');
      expect(heard).toEqual([]);
      expect(stays.heard).toHaveLength(1);
    });

    test('can be the same function twice: it is told twice, and leaves once each time', async () => {
      const { broker } = await stage();
      const heard: number[] = [];
      const listen = ({ offset }: Entry) => heard.push(offset);
      const leave = await broker.subscribe('a', listen);
      await broker.subscribe('a', listen);
      await told(broker, 'a');
      leave();
      await told(broker, 'a');
      expect(heard).toEqual([1, 1, 2]);
    });

    test('are told in the order of the log where one of them publishes while it is told', async () => {
      const { broker } = await stage();
      const nested: Promise<unknown>[] = [];
      await broker.subscribe('a', ({ offset }) => {
        if (offset < 4) nested.push(broker.publish('a', 'null', me));
      });
      const { heard } = await heardBy(broker, 'a');
      await broker.publish('a', 'null', me);
      while (nested.length < 3) await broker.read('a', { limit: unlimited });
      await Promise.all(nested);
      await told(broker, 'a');
      expect(offsetsOf(heard)).toEqual([1, 2, 3, 4, 5]);
    });

    test('who come while an entry is told hear only what is published after that', async () => {
      const { broker } = await stage();
      let late: Promise<{ heard: Entry[] }> | undefined;
      await broker.subscribe('a', () => {
        late ??= heardBy(broker, 'a');
      });
      await told(broker, 'a');
      const { heard } = await (late as unknown as Promise<{ heard: Entry[] }>);
      await told(broker, 'a');
      expect(offsetsOf(heard)).toEqual([2]);
    });

    test('who throw hurt neither the others nor the publisher, and are told the next all the same', async () => {
      const { broker } = await stage();
      let calls = 0;
      await broker.subscribe('a', () => {
        calls++;
        throw new Error('not my day');
      });
      const { heard } = await heardBy(broker, 'a');
      expect((await broker.publish('a', '1', me)).offset).toBe(1);
      await told(broker, 'a');
      expect(offsetsOf(heard)).toEqual([1, 2]);
      expect(calls).toBe(2);
    });
  });

  describe(`${name}: ids`, () => {
    const mine = { scope: 'me', id: 'x' };

    test('make a repeated publish one entry: answered with the first position, told once', async () => {
      const { broker } = await stage();
      const { heard } = await heardBy(broker, 'a');
      const first = await broker.publish('a', '1', mine);
      await broker.publish('a', '2', me);
      expect(await broker.publish('a', '1', mine)).toEqual({ ...first, duplicate: true });
      await told(broker, 'a');
      expect(offsetsOf(heard)).toEqual([1, 2, 3]);
    });

    test('make publishes that come at the same time one entry', async () => {
      const { broker } = await stage();
      const published = await Promise.all(Array.from({ length: 20 }, () => broker.publish('a', '1', mine)));
      expect(published.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
      expect(new Set(published.map(({ offset }) => offset))).toEqual(new Set([1]));
      expect((await broker.read('a', { limit: unlimited })).top).toBe(1);
    });

    test.each([
      ['of another scope', 'a', { scope: 'you', id: 'x' }],
      ['of another topic', 'b', mine],
      ['that is another', 'a', { scope: 'me', id: 'X' }],
      ['that is not there', 'a', me],
      ['whose scope and id only look the same one after the other', 'a', { scope: 'm', id: 'ex' }],
    ])('do not hold back a publish with an id %s', async (_, topic, options) => {
      const { broker } = await stage();
      await broker.publish('a', '1', mine);
      expect((await broker.publish(topic, '1', options)).duplicate).toBe(false);
    });

    test('are remembered for the window, also when the entry has left the log, and no longer', async () => {
      const { broker, pass } = await stage({ maxMessages: 1, dedupeWindowMs: 1_000, maxAgeMs: 100_000 });
      const first = await broker.publish('a', '1', mine);
      await broker.publish('a', '2', me);
      await pass(900);
      expect(await broker.publish('a', '1', mine)).toEqual({ ...first, duplicate: true });
      await pass(200);
      expect(await broker.publish('a', '1', mine)).toEqual({ epoch: first.epoch, offset: 3, duplicate: false });
      expect((await broker.publish('a', '1', mine)).offset).toBe(3);
    });
  });

  describe(`${name}: reading`, () => {
    test('since a position gives exactly what follows it, with the top of that moment', async () => {
      const { broker } = await stage();
      const epoch = await publishAll(broker, 'a', ['1', '2', '3', '4']);
      const reading = await broker.read('a', { since: { epoch, offset: 1 }, limit: unlimited });
      expect(reading).toMatchObject({ epoch, top: 4, reason: undefined });
      expect(offsetsOf(reading.entries)).toEqual([2, 3, 4]);
    });

    test('since the newest entry gives nothing, and nothing is missing', async () => {
      const { broker } = await stage();
      const epoch = await publishAll(broker, 'a', ['1', '2']);
      const reading = await broker.read('a', { since: { epoch, offset: 2 }, limit: { maxMessages: 0, maxBytes: 0 } });
      expect(reading).toEqual({ epoch, top: 2, entries: [], reason: undefined });
    });

    test('a log that never had an entry goes on from its beginning', async () => {
      const { broker } = await stage();
      await heardBy(broker, 'a');
      const { epoch, top } = await broker.read('a', { limit: unlimited });
      expect(top).toBe(0);
      const reading = await broker.read('a', { since: { epoch, offset: 0 }, limit: unlimited });
      expect(reading).toEqual({ epoch, top: 0, entries: [], reason: undefined });
      expect((await broker.publish('a', '1', me)).epoch).toBe(epoch);
    });

    test('a log that time has emptied goes on from its top, and from nowhere else', async () => {
      const { broker, pass } = await stage({ maxAgeMs: 1_000 });
      await heardBy(broker, 'a');
      const epoch = await publishAll(broker, 'a', ['1', '2']);
      await pass(1_100);
      const upToDate = await broker.read('a', { since: { epoch, offset: 2 }, limit: unlimited });
      expect(upToDate).toEqual({ epoch, top: 2, entries: [], reason: undefined });
      const behind = await broker.read('a', { since: { epoch, offset: 1 }, limit: unlimited });
      expect(behind).toEqual({ epoch, top: 2, entries: [], reason: 'trimmed' });
    });

    test('without a position gives the epoch, the top and no entries', async () => {
      const { broker } = await stage();
      const epoch = await publishAll(broker, 'a', ['1', '2']);
      expect(await broker.read('a', { limit: unlimited })).toEqual({ epoch, top: 2, entries: [], reason: 'none' });
    });

    test.each([
      [2, unlimited, [3, 4]],
      [0, unlimited, []],
      [9, unlimited, [1, 2, 3, 4]],
      [9, { maxMessages: 3, maxBytes: Infinity }, [2, 3, 4]],
      [9, { maxMessages: Infinity, maxBytes: 2 }, [3, 4]],
    ])('the last %d within %j gives the newest ones, oldest first', async (last, limit, offsets) => {
      const { broker } = await stage();
      await publishAll(broker, 'a', ['1', '2', '3', '4']);
      const { entries, reason, top } = await broker.read('a', { last, limit });
      expect(offsetsOf(entries)).toEqual(offsets);
      expect({ reason, top }).toEqual({ reason: 'none', top: 4 });
    });

    test('a position counts where both it and a number of newest ones are given', async () => {
      const { broker } = await stage();
      const epoch = await publishAll(broker, 'a', ['1', '2', '3']);
      const { entries, reason } = await broker.read('a', { since: { epoch, offset: 2 }, last: 3, limit: unlimited });
      expect({ offsets: offsetsOf(entries), reason }).toEqual({ offsets: [3], reason: undefined });
    });

    test('says why a position cannot be gone on from, and gives no part of what follows it', async () => {
      const { broker } = await stage({ maxMessages: 3 });
      const epoch = await publishAll(broker, 'a', ['1', '"22"', '3', '4', '5']);
      const since = (offset: number, limit = unlimited, inEpoch = epoch) =>
        broker.read('a', { since: { epoch: inEpoch, offset }, limit });
      expect(await since(4, unlimited, 'another')).toEqual({ epoch, top: 5, entries: [], reason: 'epoch' });
      expect(await since(6)).toEqual({ epoch, top: 5, entries: [], reason: 'ahead' });
      expect(await since(0)).toEqual({ epoch, top: 5, entries: [], reason: 'trimmed' });
      expect(await since(2, { maxMessages: 2, maxBytes: 9 })).toEqual({
        epoch,
        top: 5,
        entries: [],
        reason: 'too_large',
      });
      expect(await since(2, { maxMessages: 3, maxBytes: 2 })).toEqual({
        epoch,
        top: 5,
        entries: [],
        reason: 'too_large',
      });
      expect((await since(2, { maxMessages: 3, maxBytes: 3 })).reason).toBe(undefined);
    });

    test('counts bytes of UTF-8', async () => {
      const { broker } = await stage();
      const epoch = await publishAll(broker, 'a', ['"日"']);
      const since = { epoch, offset: 0 };
      expect((await broker.read('a', { since, limit: { maxMessages: 1, maxBytes: 4 } })).reason).toBe('too_large');
      expect((await broker.read('a', { since, limit: { maxMessages: 1, maxBytes: 5 } })).reason).toBe(undefined);
    });

    test('never gives a part, whatever was published, kept and asked for', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: 8 }),
          fc.array(fc.string({ maxLength: 6, unit: 'grapheme' }), { maxLength: 14 }),
          fc.integer({ min: 0, max: 16 }),
          fc.record({ maxMessages: fc.integer({ min: 0, max: 9 }), maxBytes: fc.integer({ min: 0, max: 60 }) }),
          async (maxMessages, texts, offset, limit) => {
            const { broker } = await stage({ maxMessages, maxBytes: 80 });
            const data = texts.map((text) => JSON.stringify(text));
            await publishAll(broker, 'a', data);
            const { epoch } = await broker.read('a', { limit });
            const { entries, reason, top } = await broker.read('a', { since: { epoch, offset }, limit });
            expect(top).toBe(data.length);
            const following = reason === undefined ? data.slice(offset) : [];
            expect(entries.map((entry) => entry.data)).toEqual(following);
            expect(offsetsOf(entries)).toEqual(following.map((_, i) => offset + 1 + i));
            if (reason === undefined) expect(offset).toBeLessThanOrEqual(top);
          },
        ),
        { numRuns: 100 },
      );
    });
  });

  test.each(treacherous)(`${name}: a topic, an id, a scope and a sender may be called %j`, async (word) => {
    const { broker } = await stage();
    const { heard } = await heardBy(broker, word);
    const first = await broker.publish(word, '1', { scope: word, id: word, from: word });
    expect(first).toMatchObject({ offset: 1, duplicate: false });
    expect(await broker.publish(word, '1', { scope: word, id: word, from: word })).toEqual({
      ...first,
      duplicate: true,
    });
    await told(broker, word);
    expect(heard[0]).toMatchObject({ topic: word, id: word, from: word, offset: 1 });
    const { entries } = await broker.read(word, { since: { epoch: first.epoch, offset: 0 }, limit: unlimited });
    expect(offsetsOf(entries)).toEqual([1, 2]);
    expect((await broker.read(`${word} and more`, { limit: unlimited })).top).toBe(0);
  });
}
