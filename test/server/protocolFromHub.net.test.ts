import { expect } from 'vitest';
import type { HubOptions } from '../../src/server/index.ts';
import type { BareClient, Frame } from './fixtures/bareClient.ts';
import { brokerWith, startHub } from './fixtures/realHub.ts';
import { testRows } from './fixtures/rows.ts';

const subscribe = { type: 'subscribe', topic: 'news' } as const;
const publish = { type: 'publish', topic: 'news', data: 1 } as const;
/** 64 bits and more, in base64url. */
const RANDOM = /^[\w-]{11,}$/u;

async function helloOf(options: HubOptions = {}): Promise<Readonly<Record<string, unknown>>> {
  return (await (await startHub(options)).greeted('ann')).hello;
}

async function limitsOf(limits: HubOptions['limits'], history?: HubOptions['history']): Promise<unknown> {
  return (await helloOf({ limits, history }))['limits'];
}

/** What `hello` says of a heartbeat of 7 and 5 seconds, and of none. */
async function heartbeats(): Promise<unknown[]> {
  return [
    (await helloOf({ heartbeat: { intervalMs: 7_000, timeoutMs: 5_000 } }))['heartbeat'],
    (await helloOf({ heartbeat: false }))['heartbeat'],
  ];
}

testRows('hello', {
  v: async () => expect((await helloOf())['v']).toBe(1),
  conn: async () => {
    const { greeted } = await startHub();
    const conns = [await greeted('ann'), await greeted('ann')].map(({ hello }) => hello['conn']);
    expect(new Set(conns).size).toBe(2);
  },
  node: async () => {
    const { greeted } = await startHub();
    const nodes = [(await greeted('ann')).hello, (await greeted('bob')).hello, await helloOf()].map(
      (hello) => hello['node'],
    );
    expect(nodes[0]).toBe(nodes[1]);
    expect(nodes[2]).not.toBe(nodes[0]);
  },
  caps: async () => {
    const { client, hello } = await (await startHub({ authenticate: () => ({ id: 'ann' }) })).greeted('ann');
    for (const type of hello['caps'] as string[])
      expect(await client.ask({ type, topic: 7, t: 7 })).not.toHaveProperty('received');
    for (const type of ['hello', 'presence', 'message'])
      expect(await client.ask({ type })).toEqual({ received: { type } });
  },
  heartbeat: async () =>
    expect(await heartbeats()).toEqual([
      { intervalMs: 7_000, timeoutMs: 5_000 },
      { intervalMs: 0, timeoutMs: 0 },
    ]),
  'heartbeat.intervalMs': async () => {
    const { greeted } = await startHub({ heartbeat: { intervalMs: 1, timeoutMs: 60_000 } });
    const { client, hello } = await greeted('ann');
    await new Promise((resolve) => client.socket.once('ping', resolve));
    expect(hello['heartbeat']).toMatchObject({ intervalMs: 1 });
  },
  'heartbeat.timeoutMs': async () => expect(await heartbeats()).toMatchObject([{ timeoutMs: 5_000 }, { timeoutMs: 0 }]),
  limits: async () =>
    expect(await limitsOf({ payloadBytes: Infinity, topics: Infinity })).toMatchObject({
      payloadBytes: null,
      topics: null,
    }),
  'limits.payloadBytes': async () => expect(await limitsOf({ payloadBytes: 500 })).toMatchObject({ payloadBytes: 500 }),
  'limits.topics': async () => expect(await limitsOf({ topics: 5 })).toMatchObject({ topics: 5 }),
  'limits.publishPerSecond': async () =>
    expect(await limitsOf({ publishPerSecond: 0.5 })).toMatchObject({ publishPerSecond: 0.5 }),
  'limits.dedupeWindowMs': async () => {
    const { limits } = await helloOf({ broker: brokerWith(() => ({ dedupeWindowMs: 5_000 })) });
    expect(limits).toMatchObject({ dedupeWindowMs: 5_000 });
  },
  'limits.history': async () => {
    const history = { maxMessages: 3, maxAgeMs: 4_000, maxBytes: 5_000 };
    expect(await limitsOf({}, history)).toMatchObject({ history });
  },
  exp: async () => {
    const expiresAt = Date.parse('2100-01-01T00:00:00Z');
    expect((await helloOf({ authenticate: () => ({ id: 'ann', expiresAt }) }))['exp']).toBe(expiresAt);
    for (const forEver of [{ id: 'ann' }, { id: 'ann', expiresAt: Infinity }])
      expect(await helloOf({ authenticate: () => forEver })).not.toHaveProperty('exp');
  },
});

/** A topic with three messages, and a client that has gone on after the first. */
async function afterOne(): Promise<{ readonly ann: BareClient; readonly epoch: string; readonly frames: Frame[] }> {
  const { hub, join } = await startHub();
  const { epoch } = await hub.publish('news', 'a');
  await hub.publish('news', 'b', { id: 'the second' });
  await hub.publish('news', 'c');
  const ann = await join('ann');
  ann.say({ ...subscribe, rid: 'r', since: { epoch, offset: 1 } });
  const frames = await ann.take(3);
  await hub.publish('news', 'd');
  return { ann, epoch, frames: [...frames, await ann.next()] };
}

testRows('subscribed', {
  topic: async () => expect((await afterOne()).frames[0]).toMatchObject({ type: 'subscribed', topic: 'news' }),
  rid: async () => expect((await afterOne()).frames[0]).toMatchObject({ rid: 'r' }),
  sub: async () => {
    const { ann, frames } = await afterOne();
    const second = await ann.ask(subscribe);
    expect(second['sub']).not.toBe(frames[0]?.['sub']);
    await ann.ask({ type: 'unsubscribe', topic: 'news' });
    const third = await ann.ask(subscribe);
    expect([frames[0]?.['sub'], second['sub']]).not.toContain(third['sub']);
  },
  epoch: async () => {
    const { epoch, frames } = await afterOne();
    expect(frames[0]?.['epoch']).toBe(epoch);
  },
  offset: async () => {
    const { ann, frames } = await afterOne();
    expect(frames[0]).toMatchObject({ recovered: true, offset: 1 });
    expect(await ann.ask(subscribe)).toMatchObject({ recovered: false, offset: 4 });
    expect(await ann.ask({ type: 'subscribe', topic: 'empty' })).toMatchObject({ recovered: false, offset: 0 });
  },
  recovered: async () => {
    const { frames } = await afterOne();
    expect(frames.map(({ offset, recovered, replay, data }) => [offset, recovered ?? replay ?? 'live', data])).toEqual([
      [1, true, undefined],
      [2, true, 'b'],
      [3, true, 'c'],
      [4, 'live', 'd'],
    ]);
  },
  reason: async () => {
    const { ann, frames } = await afterOne();
    expect(frames[0]).not.toHaveProperty('reason');
    expect(await ann.ask(subscribe)).toMatchObject({ reason: 'none' });
  },
});

/** How a client fares that asks for what came after an offset of the epoch, where five messages of 100 bytes are. */
async function unrecovered(options: HubOptions, offset: number, otherEpoch?: string): Promise<Frame> {
  const { hub, join } = await startHub(options);
  let epoch = '';
  for (let n = 0; n < 5; n++) ({ epoch } = await hub.publish('news', 'x'.repeat(98)));
  const ann = await join('ann');
  const answer = await ann.ask({ ...subscribe, since: { epoch: otherEpoch ?? epoch, offset } });
  await ann.hearsNothing();
  return answer;
}
const notRecovered = { type: 'subscribed', recovered: false, offset: 5 };

testRows('Why it is not recovered', {
  epoch: async () => expect(await unrecovered({}, 3, 'another')).toMatchObject({ ...notRecovered, reason: 'epoch' }),
  trimmed: async () =>
    expect(await unrecovered({ history: { maxMessages: 3 } }, 1)).toMatchObject({ ...notRecovered, reason: 'trimmed' }),
  ahead: async () => expect(await unrecovered({}, 6)).toMatchObject({ ...notRecovered, reason: 'ahead' }),
  too_large: async () =>
    expect(await unrecovered({ limits: { peerBytes: 800 } }, 0)).toMatchObject({
      ...notRecovered,
      reason: 'too_large',
    }),
  none: async () => {
    const ann = await (await startHub()).join('ann');
    expect(await ann.ask(subscribe)).toMatchObject({ recovered: false, offset: 0, reason: 'none' });
  },
});

testRows('message', {
  topic: async () => expect((await afterOne()).frames[1]).toMatchObject({ type: 'message', topic: 'news' }),
  sub: async () => {
    const { frames } = await afterOne();
    expect(new Set(frames.map(({ sub }) => sub)).size).toBe(1);
  },
  offset: async () => expect((await afterOne()).frames.map(({ offset }) => offset)).toEqual([1, 2, 3, 4]),
  epoch: async () => {
    let renew: (topic: string | undefined) => void = () => undefined;
    const broker = brokerWith(() => ({ onGeneration: (listener) => ((renew = listener), () => undefined) }));
    const { hub, join } = await startHub({ broker });
    const ann = await join('ann');
    await ann.ask(subscribe);
    await hub.publish('news', 1);
    expect(await ann.next()).not.toHaveProperty('epoch');
    renew(undefined);
    expect(await ann.next()).toMatchObject({ type: 'reset', reason: 'epoch' });
  },
  id: async () =>
    expect((await afterOne()).frames.map(({ id }) => id)).toEqual([undefined, 'the second', undefined, undefined]),
  from: async () => {
    const { hub, join } = await startHub({ showFrom: true });
    const ann = await join('ann');
    await ann.ask(subscribe);
    (await join('bob')).say(publish);
    expect(await ann.next()).toMatchObject({ type: 'message', from: 'bob' });
    await hub.publish('news', 1);
    expect(await ann.next()).not.toHaveProperty('from');
    expect((await afterOne()).frames[1]).not.toHaveProperty('from');
  },
  data: async () => expect((await afterOne()).frames.slice(1).map(({ data }) => data)).toEqual(['b', 'c', 'd']),
  replay: async () => {
    const { frames } = await afterOne();
    expect(frames.slice(1).map(({ replay }) => replay)).toEqual([true, true, undefined]);
  },
});

/** The same publish twice, as it is answered. */
async function acks(): Promise<readonly [Frame, Frame]> {
  const ann = await (await startHub()).join('ann');
  await ann.ask({ ...publish, rid: 'before' });
  return [await ann.ask({ ...publish, id: 'i', rid: 1 }), await ann.ask({ ...publish, id: 'i', rid: 2 })];
}

testRows('ack', {
  id: async () => expect((await acks()).map(({ id }) => id)).toEqual(['i', 'i']),
  rid: async () => expect((await acks()).map(({ rid }) => rid)).toEqual([1, 2]),
  topic: async () => expect((await acks()).map(({ topic }) => topic)).toEqual(['news', 'news']),
  epoch: async () => {
    const [first, second] = await acks();
    expect(first['epoch']).toMatch(RANDOM);
    expect(second['epoch']).toBe(first['epoch']);
  },
  offset: async () => expect((await acks()).map(({ offset }) => offset)).toEqual([2, 2]),
  duplicate: async () => expect((await acks()).map(({ duplicate }) => duplicate)).toEqual([false, true]),
});

/** A subscription of which the second message does not reach the hub. */
async function withGap(rid?: string): Promise<{ readonly ann: BareClient; readonly frames: Frame[] }> {
  const broker = brokerWith((inner) => ({
    subscribe: (topic, onEntry) => inner.subscribe(topic, (entry) => entry.offset !== 2 && onEntry(entry)),
  }));
  const { hub, join } = await startHub({ broker });
  const ann = await join('ann');
  const frames = [await ann.ask({ ...subscribe, rid })];
  for (const data of ['a', 'b', 'c']) await hub.publish('news', data);
  return { ann, frames: [...frames, ...(await ann.take(2))] };
}

/** A client of a hub that is never left in peace while it reads. */
async function whereItIsBusy(): Promise<BareClient> {
  const broker = brokerWith((inner) => ({
    read: async (topic, options) => {
      const reading = await inner.read(topic, options);
      for (let n = 0; n <= 1_000; n++) await inner.publish(topic, '0', { scope: 'test' });
      return reading;
    },
  }));
  return (await startHub({ broker })).join('ann');
}

testRows('reset', {
  topic: async () => expect((await withGap()).frames[2]).toMatchObject({ type: 'reset', topic: 'news' }),
  rid: async () => {
    const ann = await whereItIsBusy();
    expect(await ann.ask({ ...subscribe, rid: 7 })).toMatchObject({ type: 'reset', rid: 7 });
    const topics = [{ topic: 'news', epoch: 'e', offset: 0 }];
    expect(await ann.ask({ type: 'resume', rid: 'r', topics })).toMatchObject({ type: 'reset', rid: 'r' });
    expect(await ann.ask(subscribe)).not.toHaveProperty('rid');
    expect((await withGap('gap')).frames[2]).not.toHaveProperty('rid');
  },
  sub: async () => {
    const { ann, frames } = await withGap();
    expect(frames[2]?.['sub']).toBe(frames[0]?.['sub']);
    expect(await ann.ask({ type: 'unsubscribe', topic: 'news' })).toMatchObject({ code: 'not_subscribed' });
  },
  reason: async () => {
    const { ann, frames } = await withGap();
    expect(frames[2]).toMatchObject({ reason: 'gap' });
    ann.say({ ...subscribe, since: { epoch: frames[0]?.['epoch'], offset: 1 } });
    expect((await ann.take(3)).slice(1)).toMatchObject([{ data: 'b' }, { data: 'c' }]);
  },
});

testRows('Why a subscription is reset', {
  epoch: async () => {
    let epoch = '';
    const broker = brokerWith((inner) => ({
      subscribe: (topic, onEntry) =>
        inner.subscribe(topic, (entry) => onEntry(entry.offset === 1 ? entry : { ...entry, epoch: 'another' })),
    }));
    const { hub, join } = await startHub({ broker });
    const ann = await join('ann');
    ({ epoch } = (await ann.ask(subscribe)) as { epoch: string });
    expect(epoch).toMatch(RANDOM);
    await hub.publish('news', 1);
    await hub.publish('news', 2);
    expect(await ann.take(2)).toMatchObject([{ offset: 1 }, { type: 'reset', reason: 'epoch' }]);
  },
  gap: async () => expect((await withGap()).frames[2]).toMatchObject({ type: 'reset', reason: 'gap' }),
  busy: async () => {
    const ann = await whereItIsBusy();
    expect(await ann.ask(subscribe)).toMatchObject({ type: 'reset', topic: 'news', reason: 'busy' });
    await ann.hearsNothing();
  },
  slow: async () => {
    const { hub, join } = await startHub({ slowConsumer: 'resync' });
    const ann = await join('ann');
    await ann.ask(subscribe);
    ann.socket.pause();
    while (hub.stats().resets === 0) await hub.publish('news', 'x'.repeat(60_000));
    ann.socket.resume();
    let frame = await ann.next();
    while (frame['type'] === 'message') frame = await ann.next();
    expect(frame).toMatchObject({ type: 'reset', topic: 'news', reason: 'slow' });
    await ann.hearsNothing();
  },
  unavailable: async () => {
    let isDown = false;
    const broker = brokerWith((inner) => ({
      read: (topic, options) => (isDown ? Promise.reject(new Error('down')) : inner.read(topic, options)),
    }));
    const { hub, join } = await startHub({ broker, slowConsumer: 'latest' });
    const ann = await join('ann');
    await ann.ask(subscribe);
    ann.socket.pause();
    while (hub.stats().slowConsumers === 0) await hub.publish('news', 'x'.repeat(60_000));
    isDown = true;
    ann.socket.resume();
    let frame = await ann.next();
    while (frame['type'] === 'message') frame = await ann.next();
    expect(frame).toMatchObject({ type: 'reset', topic: 'news', reason: 'unavailable' });
    expect(await ann.ask(subscribe)).toMatchObject({ type: 'error', code: 'unavailable' });
  },
});

testRows('direct', {
  data: async () => {
    const { hub, join } = await startHub();
    const [ann, again, bob] = [await join('ann'), await join('ann'), await join('bob')];
    expect(hub.sendTo('ann', { to: 'ann' })).toBe(2);
    for (const client of [ann, again]) expect(await client.next()).toEqual({ type: 'direct', data: { to: 'ann' } });
    await bob.hearsNothing();
  },
  id: async () => {
    const { hub, join } = await startHub();
    const ann = await join('ann');
    hub.sendTo('ann', 1, { id: 'd-1' });
    expect(await ann.next()).toEqual({ type: 'direct', id: 'd-1', data: 1 });
  },
});

/** What ten clients are told when a hub drains, and how they are closed. */
async function drained() {
  const { hub, join } = await startHub();
  const clients = await Promise.all(Array.from({ length: 10 }, (_, i) => join(`client${i}`)));
  const draining = hub.drain({ graceMs: 200, windowMs: 10_000 });
  const frames = await Promise.all(clients.map((client) => client.next()));
  const ends = await Promise.all(clients.map((client) => client.end()));
  await draining;
  return { frames, ends };
}

testRows('drain', {
  deadlineMs: async () => {
    const { frames, ends } = await drained();
    for (const frame of frames) expect(frame).toMatchObject({ type: 'drain', deadlineMs: 200 });
    expect(ends.map(({ code }) => code)).toEqual(Array.from({ length: 10 }, () => 1012));
  },
  retryAfterMs: async () => {
    const { frames, ends } = await drained();
    const delays = frames.map(({ retryAfterMs }) => Number(retryAfterMs));
    expect(ends.map(({ reason }) => reason)).toEqual(delays.map((delayMs) => `retry-after=${delayMs - 200}`));
    // One in each tenth of the window.
    expect(delays.map((delayMs) => Math.floor((delayMs - 200) / 1_000)).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  },
});

/** Errors about a frame that said all that can be repeated, and about one that said nothing. */
async function errors(): Promise<readonly [Frame, Frame]> {
  const ann = await (await startHub({ authorize: () => false })).join('ann');
  return [await ann.ask({ ...publish, id: 'i', rid: 'r' }), await ann.ask('nonsense')];
}

testRows('error', {
  code: async () => expect((await errors()).map(({ code }) => code)).toEqual(['denied', 'bad_frame']),
  rid: async () => expect((await errors()).map(({ rid }) => rid)).toEqual(['r', undefined]),
  id: async () => expect((await errors()).map(({ id }) => id)).toEqual(['i', undefined]),
  topic: async () => expect((await errors()).map(({ topic }) => topic)).toEqual(['news', undefined]),
  retry: async () => expect((await errors()).map(({ retry }) => retry)).toEqual([false, false]),
  afterMs: async () => {
    const ann = await (await startHub({ now: () => 0, limits: { publishPerSecond: 2 } })).join('ann');
    for (let n = 1; n <= 4; n++) await ann.ask({ ...publish, rid: n });
    expect(await ann.ask({ ...publish, rid: 5 })).toMatchObject({ retry: true, afterMs: 500 });
  },
  message: async () => {
    const [error] = await errors();
    expect(error['message']).toMatch(/\w+ \w+/u);
    const ann = await (await startHub()).join('ann');
    expect((await ann.ask({ type: 'subscribe', topic: 'se\ncret' }))['message']).not.toContain('cret');
  },
});

async function errorTo(frame: object | string, options: HubOptions): Promise<Frame> {
  return (await (await startHub(options)).join('ann')).ask(frame);
}
const failing = () => Promise.reject(new Error('no answer'));

testRows('What went wrong', {
  bad_frame: async () => {
    for (const bad of ['nonsense', '['.repeat(129) + ']'.repeat(129), '{"type":"subscribe"}'])
      expect(await errorTo(bad, {})).toMatchObject({ code: 'bad_frame', retry: false });
  },
  too_large: async () => {
    const large = { ...publish, id: 'i', data: 'x'.repeat(999) };
    expect(await errorTo(large, { limits: { peerBytes: 2_000 } })).toMatchObject({
      code: 'too_large',
      id: 'i',
      retry: false,
    });
    expect(await errorTo(large, { limits: { peerBytes: 2_002 } })).toMatchObject({ type: 'ack' });
  },
  rate_limited: async () => {
    const now = () => 0;
    const ann = await (await startHub({ now, limits: { framesPerSecond: 1 } })).join('ann');
    await ann.ask({ type: 'ping' });
    await ann.ask({ type: 'ping' });
    expect(await ann.ask({ ...subscribe, rid: 7 })).toMatchObject({
      code: 'rate_limited',
      topic: 'news',
      rid: 7,
      retry: true,
      afterMs: 1_000,
    });
    const { hub, join } = await startHub({ now, limits: { publishPerSecond: 1, topics: 1 } });
    const bob = await join('bob');
    for (const frame of [subscribe, { ...publish, topic: 'other', rid: 7 }]) {
      for (let n = 0; n < 2; n++) expect((await bob.ask(frame))['type']).not.toBe('error');
      expect(await bob.ask(frame)).toMatchObject({ code: 'rate_limited', retry: true, afterMs: 1_000 });
    }
    await hub.publish('news', 'still subscribed');
    expect(await bob.next()).toMatchObject({ type: 'message', data: 'still subscribed' });
  },
  limit: async () => {
    const ann = await (await startHub({ limits: { topics: 2 } })).join('ann');
    await ann.ask(subscribe);
    await ann.ask({ ...subscribe, topic: 'other' });
    expect(await ann.ask({ ...subscribe, topic: 'more' })).toMatchObject({
      code: 'limit',
      topic: 'more',
      retry: false,
    });
    expect(await ann.ask(subscribe)).toMatchObject({ type: 'subscribed' });
  },
  denied: async () => {
    let isAllowed = true;
    const { hub, join } = await startHub({ authorize: () => isAllowed });
    const ann = await join('ann');
    await ann.ask(subscribe);
    isAllowed = false;
    expect(await ann.ask(subscribe)).toMatchObject({ code: 'denied', topic: 'news', retry: false });
    await hub.publish('news', 1);
    await ann.hearsNothing();
  },
  not_subscribed: async () =>
    expect(await errorTo({ type: 'unsubscribe', topic: 'news' }, {})).toMatchObject({
      code: 'not_subscribed',
      retry: false,
    }),
  unavailable: async () => {
    const broker = brokerWith(() => ({ publish: failing, read: failing }));
    const unavailable = { code: 'unavailable', topic: 'news', retry: true };
    expect(await errorTo({ ...publish, id: 'i' }, { broker })).toMatchObject({ ...unavailable, id: 'i' });
    expect(await errorTo(subscribe, { broker })).toMatchObject(unavailable);
    expect(await errorTo(subscribe, { authorize: failing })).toMatchObject(unavailable);
    let isDown = false;
    const { hub, join } = await startHub({
      authenticate: () => ({ id: 'ann' }),
      authorize: () => (isDown ? failing() : true),
    });
    const ann = await join('ann');
    await ann.ask(subscribe);
    isDown = true;
    await ann.ask({ type: 'auth', token: 'fresh' });
    await hub.publish('news', 0);
    expect(await ann.next()).toMatchObject({ type: 'message', data: 0 });
    expect(await ann.ask(subscribe)).toMatchObject(unavailable);
    await hub.publish('news', 1);
    await ann.hearsNothing();
  },
  epoch_changed: async () => {
    let isDown = true;
    const broker = brokerWith((inner) => ({
      publish: (topic, data, options) => (isDown ? failing() : inner.publish(topic, data, options)),
    }));
    const ann = await (await startHub({ broker })).join('ann');
    const [a, b] = [
      { ...publish, id: 'a' },
      { ...publish, id: 'b' },
    ];
    expect(await ann.ask(a)).toMatchObject({ code: 'unavailable', id: 'a' });
    isDown = false;
    expect(await ann.ask(b)).toMatchObject({ code: 'epoch_changed', id: 'b', retry: true });
    expect(await ann.ask(a)).toMatchObject({ type: 'ack', offset: 1 });
    expect(await ann.ask(b)).toMatchObject({ type: 'ack', offset: 2 });
  },
  internal: async () => {
    const options: HubOptions = {
      onFrame: () => {
        throw new Error('a secret of the application');
      },
    };
    const error = await errorTo('1', options);
    expect(error).toMatchObject({ code: 'internal', retry: false });
    expect(error['message']).not.toContain('secret');
  },
});

testRows('pong', {
  t: async () => {
    const ann = await (await startHub()).join('ann');
    expect(await ann.ask({ type: 'ping', t: { a: [1] } })).toEqual({ type: 'pong', t: { a: [1] } });
    expect(await ann.ask({ type: 'ping' })).toEqual({ type: 'pong' });
  },
});

async function unsubscribed(): Promise<Frame> {
  const ann = await (await startHub()).join('ann');
  await ann.ask(subscribe);
  return ann.ask({ type: 'unsubscribe', topic: 'news', rid: 9 });
}

testRows('unsubscribed', {
  topic: async () => expect(await unsubscribed()).toMatchObject({ type: 'unsubscribed', topic: 'news' }),
  rid: async () => expect(await unsubscribed()).toMatchObject({ rid: 9 }),
});

testRows('authed', {
  exp: async () => {
    const expiresAt = Date.parse('2100-01-01T00:00:00Z');
    const { join } = await startHub({
      authenticate: ({ token }) => (token === 'for ever' ? { id: 'ann' } : { id: 'ann', expiresAt }),
    });
    const ann = await join('ann');
    expect(await ann.ask({ type: 'auth', token: 'longer' })).toEqual({ type: 'authed', exp: expiresAt });
    expect(await ann.ask({ type: 'auth', token: 'for ever' })).toEqual({ type: 'authed' });
  },
});

testRows('Reserved', {
  presence: async () => {
    const { client, hello } = await (await startHub()).greeted('ann');
    expect(hello['caps']).not.toContain('presence');
    await client.ask(subscribe);
    await client.hearsNothing();
  },
});
