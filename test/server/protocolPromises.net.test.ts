import { expect } from 'vitest';
import type { Broker } from '../../src/server/index.ts';
import { withResolvers } from '../fixtures/events.ts';
import { brokerWith, startHub } from './fixtures/realHub.ts';
import { testRows } from './fixtures/rows.ts';

const subscribe = { type: 'subscribe', topic: 'news' } as const;
const publish = { type: 'publish', topic: 'news' } as const;
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

testRows('Promises', {
  I1: async () => {
    const { hub, join } = await startHub();
    const listener = await join('listener');
    await listener.ask(subscribe);
    const publishers = await Promise.all(['a', 'b', 'c'].map((id) => join(id)));
    for (const n of upTo(20)) for (const publisher of publishers) publisher.say({ ...publish, data: n, rid: n });
    const acks = (await Promise.all(publishers.map((publisher) => publisher.take(20)))).flat();
    const order = (frames: readonly { readonly [name: string]: unknown }[]) =>
      frames.map(({ offset }) => Number(offset));
    expect(order(acks).sort((a, b) => a - b)).toEqual(upTo(60));
    expect(order(await listener.take(60))).toEqual(upTo(60));
    expect((await hub.publish('news', 'last')).offset).toBe(61);
  },
  I2: async () => {
    const broker = brokerWith((inner) => ({
      subscribe: (topic, onEntry) => inner.subscribe(topic, (entry) => entry.offset % 5 !== 0 && onEntry(entry)),
    }));
    const { hub, join } = await startHub({ broker });
    const ann = await join('ann');
    const { epoch } = await ann.ask(subscribe);
    const seen: unknown[] = [];
    for (const n of upTo(12)) await hub.publish('news', n);
    while (seen.length < 12) {
      const { type, offset, data } = await ann.next();
      if (type === 'reset') ann.say({ ...subscribe, since: { epoch, offset: seen.length } });
      if (type !== 'message') continue;
      expect(offset).toBe(seen.length + 1);
      seen.push(data);
    }
    expect(seen).toEqual(upTo(12));
  },
  I3: async () => {
    const { hub, join } = await startHub({ history: { maxMessages: 3 } });
    const ann = await join('ann');
    const { epoch } = await ann.ask(subscribe);
    expect(await ann.ask({ ...subscribe, since: { epoch, offset: 0 } })).toMatchObject({ recovered: true, offset: 0 });
    await ann.ask({ type: 'unsubscribe', topic: 'news' });
    for (const n of upTo(5)) await hub.publish('news', n);
    for (const offset of [2, 3, 4, 5]) {
      expect(await ann.ask({ ...subscribe, since: { epoch, offset } })).toMatchObject({ recovered: true, offset });
      const replayed = await ann.take(5 - offset);
      expect(replayed.map(({ data }) => data)).toEqual(upTo(5).slice(offset));
    }
    for (const since of [
      { epoch, offset: 1 },
      { epoch, offset: 6 },
      { epoch: 'another', offset: 5 },
    ]) {
      expect(await ann.ask({ ...subscribe, since })).toMatchObject({ recovered: false, offset: 5 });
      await ann.hearsNothing();
    }
  },
  I4: async () => {
    const [hasAsked, mayRead, hasRead, mayGoOn] = [withResolvers(), withResolvers(), withResolvers(), withResolvers()];
    const broker = brokerWith((inner) => ({
      read: async (topic, options) => {
        hasAsked.resolve();
        await mayRead.promise;
        const reading = await inner.read(topic, options);
        hasRead.resolve();
        await mayGoOn.promise;
        return reading;
      },
    }));
    const { hub, join } = await startHub({ broker });
    const { epoch } = await hub.publish('news', 1);
    const ann = await join('ann');
    ann.say({ ...subscribe, since: { epoch, offset: 0 } });
    await hasAsked.promise;
    await hub.publish('news', 2);
    mayRead.resolve();
    await hasRead.promise;
    await hub.publish('news', 3);
    mayGoOn.resolve();
    await ann.next();
    await hub.publish('news', 4);
    expect((await ann.take(4)).map(({ data, replay }) => [data, replay])).toEqual([
      [1, true],
      [2, true],
      [3, undefined],
      [4, undefined],
    ]);
  },
  I5: async () => {
    const confirmed = withResolvers();
    const slowly = (inner: Broker): Partial<Broker> => ({
      publish: async (topic, data, options) => {
        const published = await inner.publish(topic, data, options);
        if (data === '"slow"') await confirmed.promise;
        return published;
      },
    });
    const { join } = await startHub({ broker: brokerWith(slowly) });
    const [ann, bob, listener] = [await join('ann'), await join('bob'), await join('listener')];
    await listener.ask(subscribe);
    ann.say({ ...publish, id: 'i', data: 'slow', client: 'A'.repeat(22) });
    // The log holds it, and has not said so yet.
    expect(await listener.next()).toMatchObject({ data: 'slow' });
    const answer = ann.next();
    let isAnswered = false;
    void answer.then(() => (isAnswered = true));
    await listener.hearsNothing();
    expect(isAnswered).toBe(false);
    confirmed.resolve();
    expect(await answer).toMatchObject({ type: 'ack', offset: 1, duplicate: false });
    expect(await ann.ask({ ...publish, id: 'i', data: 'again' })).toMatchObject({ offset: 1, duplicate: true });
    expect(await ann.ask({ ...publish, topic: 'other', id: 'i', data: 1 })).toMatchObject({ duplicate: false });
    const ofAnother = { ...publish, id: 'i', data: 'of another', client: 'B'.repeat(22) };
    expect(await bob.ask(ofAnother)).toMatchObject({ offset: 2, duplicate: false });
  },
  I6: async () => {
    let isDown = false;
    const broker = brokerWith((inner) => ({
      publish: (topic, data, options) =>
        isDown ? Promise.reject(new Error('no answer')) : inner.publish(topic, data, options),
    }));
    let nowMs = 0;
    const { join } = await startHub({ broker, now: () => nowMs });
    const [ann, listener] = [await join('ann'), await join('listener')];
    await listener.ask(subscribe);
    const frames = upTo(4).map((n) => ({ ...publish, id: `${n}`, data: n }));
    const [first, ...later] = frames;
    isDown = true;
    expect(await ann.ask(first as object)).toMatchObject({ code: 'unavailable' });
    isDown = false;
    for (const frame of later) expect(await ann.ask(frame)).toMatchObject({ code: 'epoch_changed', id: frame.id });
    for (const frame of frames) expect(await ann.ask(frame)).toMatchObject({ type: 'ack', id: frame.id });
    expect((await listener.take(4)).map(({ data }) => data)).toEqual([1, 2, 3, 4]);
    isDown = true;
    expect(await ann.ask({ ...publish, id: 'given up', data: 5 })).toMatchObject({ code: 'unavailable' });
    isDown = false;
    expect(await ann.ask({ ...publish, id: '6', data: 6 })).toMatchObject({ code: 'epoch_changed' });
    nowMs += broker.dedupeWindowMs;
    expect(await ann.ask({ ...publish, id: '7', data: 7 })).toMatchObject({ type: 'ack', id: '7' });
  },
  I7: async () => {
    const epochs: unknown[] = [];
    for (let start = 0; start < 3; start++) {
      const ann = await (await startHub()).join('ann');
      epochs.push((await ann.ask(subscribe))['epoch']);
    }
    expect(new Set(epochs).size).toBe(3);
    for (const epoch of epochs) expect(String(epoch).length * 6).toBeGreaterThanOrEqual(64);
  },
  I8: async () => {
    const { join } = await startHub();
    const [ann, listener] = [await join('ann'), await join('listener')];
    await listener.ask(subscribe);
    for (const n of upTo(100)) ann.say({ ...publish, data: n, ...(n % 2 === 0 ? { id: `${n}` } : {}) });
    expect((await listener.take(100)).map(({ data }) => data)).toEqual(upTo(100));
  },
});
