import { expect, test, vi } from 'vitest';
import { isConnectionError } from '../../src/index.ts';
import { createTopicClient, topicClientOf, type Gap, type TopicStatus } from '../../src/topics/index.ts';
import { connectionOver } from '../fixtures/connections.ts';
import { message, ScriptedHub, type Frame } from './fixtures/scriptedHub.ts';

const place = (topic: string, offset: number, epoch = 'e1') => ({ topic, epoch, offset });

test('the first frame of a connection says who the client is, and the same on every connection', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const [first, ...others] = await hub.heard();
  expect(first).toEqual({ type: 'resume', topics: [], client: expect.stringMatching(/^[\w-]{22}$/u) as string });
  expect(others).toEqual([]);
  await hub.comeBack();
  expect((await hub.heard())[0]?.['client']).toBe(first?.['client']);
});

test('a topic is asked for once, however many listen, and left when nobody does', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  await hub.heard();
  const heard: unknown[] = [];
  const one = hub.client.subscribe('news', (data) => heard.push(['one', data]));
  const other = hub.client.subscribe('news', (data) => heard.push(['other', data]));
  expect(one.state).toBe('subscribing');
  await hub.subscribe('news', { offset: 4 });
  expect(await hub.heard()).toEqual([]);
  expect([one.state, one.position]).toEqual(['live', { epoch: 'e1', offset: 4 }]);

  await hub.tell(message('news', 5, 'a'));
  one.unsubscribe();
  expect(one.state).toBe('idle');
  await hub.tell(message('news', 6, 'b'));
  expect(heard).toEqual([
    ['one', 'a'],
    ['other', 'a'],
    ['other', 'b'],
  ]);
  expect(await hub.heard()).toEqual([]);
  other.unsubscribe();
  other.unsubscribe();
  expect(await hub.heard()).toEqual([{ type: 'unsubscribe', topic: 'news', rid: expect.any(String) as string }]);
  // Late frames of what was left are for nobody, the connection's listeners included.
  const stray = vi.fn();
  hub.client.connection.onMessage(stray);
  await hub.tell(message('news', 7, 'c'));
  expect(stray).not.toHaveBeenCalled();
});

test('a topic that the hub is too busy to let go is left again when it said', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const subscriptions = [];
  for (const topic of ['news', 'wall']) {
    subscriptions.push(hub.client.subscribe(topic, () => undefined));
    await hub.subscribe(topic);
  }
  for (const { unsubscribe } of subscriptions) unsubscribe();
  const left = await hub.heard();
  const busy = { type: 'error', code: 'rate_limited', message: 'busy', retry: true, afterMs: 500 };
  await hub.tell(...left.map(({ topic, rid }) => ({ ...busy, topic, rid })));
  const stray = vi.fn();
  hub.client.connection.onMessage(stray);
  await hub.tell(message('news', 1, 'still sent'));
  expect(stray).not.toHaveBeenCalled();
  // Meanwhile somebody wants the other again: it is not left then.
  hub.client.subscribe('wall', () => undefined);
  await hub.heard();
  await hub.pass(500);
  const again = (await hub.heard()).filter(({ type }) => type === 'unsubscribe');
  expect(again).toEqual([{ type: 'unsubscribe', topic: 'news', rid: expect.any(String) as string }]);
  await hub.tell({ type: 'unsubscribed', topic: 'news', rid: again[0]?.['rid'] });
  await hub.pass(10_000);
  expect(await hub.heard()).toEqual([]);
});

test('after a loss all topics go on in one frame, before anything that was held', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  for (const topic of ['a', 'b']) {
    hub.client.subscribe(topic, () => undefined);
    await hub.subscribe(topic, { offset: 10 });
  }
  await hub.tell(message('a', 11, 1));
  await hub.cut();
  hub.client.connection.send({ type: 'held' });
  void hub.client.publish('a', 'held too');
  expect([hub.client.status('a').state, hub.client.status('b').state]).toEqual(['resyncing', 'resyncing']);
  await hub.pass(100);
  const [resume, ...after] = await hub.heard();
  expect(resume).toMatchObject({ type: 'resume', topics: [place('a', 11), place('b', 10)] });
  expect(after.map(({ type }) => type as string)).toEqual(['held', 'publish']);
});

test('what was greeted comes before what is resumed, and who we are before both', async () => {
  const hub = new ScriptedHub({ greet: ({ send }) => send({ type: 'welcome' }) });
  hub.client.subscribe('a', () => undefined);
  await hub.open();
  const heard = await hub.heard();
  expect(heard.map(({ type }) => type as string)).toEqual(['resume', 'welcome', 'subscribe']);
  expect(heard.map(({ client }) => typeof client)).toEqual(['string', 'undefined', 'undefined']);
});

test('a resume that would be larger than the hub takes goes out in pieces, each within the limit', async () => {
  const hub = new ScriptedHub({ limits: { payloadBytes: 1_024 } });
  const topics = Array.from({ length: 60 }, (_, i) => `topic-${i}`);
  for (const topic of topics) hub.client.subscribe(topic, () => undefined, { since: { epoch: 'e1', offset: 1 } });
  await hub.open();
  const frames = await hub.heard();
  expect(frames.length).toBeGreaterThan(3);
  for (const frame of frames) expect(JSON.stringify(frame).length).toBeLessThanOrEqual(1_024);
  const resumed = frames.flatMap(({ topics: places }) => places as Frame[]).map(({ topic }) => topic as string);
  expect(resumed).toEqual(topics);
});

test('it goes on from a position of before a reload', async () => {
  const before = new ScriptedHub();
  await before.open();
  before.client.subscribe('news', () => undefined);
  await before.subscribe('news', { offset: 7 });
  await before.tell(message('news', 8, 'seen'));
  const saved = JSON.parse(JSON.stringify(before.client.positions())) as ReturnType<typeof before.client.positions>;

  const after = new ScriptedHub();
  const heard: unknown[] = [];
  after.client.subscribe('news', (data) => heard.push(data), { since: saved['news'] });
  await after.open();
  await after.subscribe('news', { offset: 8, recovered: true });
  await after.tell(message('news', 9, 'missed', { replay: true }));
  expect(heard).toEqual(['missed']);
});

test('last asks for the newest messages, and they come before what is live', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const heard: unknown[] = [];
  const subscription = hub.client.subscribe('news', (data) => heard.push(data), { last: 5 });
  const asked = (await hub.heard()).at(-1);
  expect(asked).toMatchObject({ type: 'subscribe', topic: 'news', last: 5 });
  const rid = asked?.['rid'] as string;
  // The log holds three of them.
  await hub.tell({
    type: 'subscribed',
    topic: 'news',
    rid,
    sub: 1,
    epoch: 'e1',
    offset: 3,
    recovered: false,
    reason: 'none',
  });
  await hub.tell(...[1, 2, 3].map((n) => message('news', n, n, { replay: true })), message('news', 4, 4));
  expect(heard).toEqual([1, 2, 3, 4]);
  expect(subscription.state).toBe('live');
});

test('one who comes later with last gets what was there before, and the others nothing twice', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const heard: Record<string, unknown[]> = { early: [], late: [] };
  hub.client.subscribe('news', (data) => heard['early']?.push(data));
  await hub.subscribe('news', { offset: 9 });
  await hub.tell(message('news', 10, 10));
  hub.client.subscribe('news', (data) => heard['late']?.push(data), { last: 2 });
  await hub.subscribe('news', { sub: 2, offset: 8, recovered: true });
  await hub.tell(
    ...[9, 10].map((n) => message('news', n, n, { sub: 2, replay: true })),
    message('news', 11, 11, { sub: 2 }),
  );
  expect(heard).toEqual({ early: [10, 11], late: [9, 10, 11] });
});

test('where the log does not reach back so far, one who wanted more gets less, and nobody misses anything', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const gaps: Gap[] = [];
  const onGap = (gap: Gap): void => void gaps.push(gap);
  const heard: unknown[] = [];
  hub.client.subscribe('news', () => undefined, { onGap });
  await hub.subscribe('news', { offset: 9 });
  hub.client.subscribe('news', (data) => heard.push(data), { last: 8, onGap });
  await hub.subscribe('news', { sub: 2, offset: 10, recovered: false, reason: 'trimmed' });
  // Asked again, from where those are who may miss nothing.
  await hub.subscribe('news', { sub: 3, offset: 9, recovered: true });
  await hub.tell(message('news', 10, 10, { sub: 3, replay: true }));
  expect([gaps, heard]).toEqual([[], [10]]);
  expect(hub.client.status('news').state).toBe('live');
});

test.each(['epoch', 'trimmed', 'ahead', 'too_large'] as const)(
  'a gap is announced with its reason, %s, before anything that follows it',
  async (reason) => {
    const hub = new ScriptedHub();
    await hub.open();
    const seen: unknown[] = [];
    hub.client.subscribe('news', (data) => seen.push(data), { onGap: (gap) => seen.push(gap) });
    await hub.subscribe('news', { offset: 3 });
    await hub.comeBack();
    const epoch = reason === 'epoch' ? 'e2' : 'e1';
    const offset = reason === 'ahead' ? 1 : 20;
    await hub.subscribe('news', { epoch, offset, recovered: false, reason });
    await hub.tell(message('news', offset + 1, 'next'));
    const gap = { topic: 'news', reason, from: { epoch: 'e1', offset: 3 }, to: { epoch, offset } };
    expect(seen).toEqual([gap, 'next']);
    expect(hub.client.status('news')).toMatchObject({ state: 'live', gap });
  },
);

test('the state stays gap while the application fetches what it missed, and messages come in all the same', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  let fetched: () => void = () => undefined;
  const heard: unknown[] = [];
  const subscription = hub.client.subscribe('news', (data) => heard.push(data), {
    onGap: () => new Promise<void>((resolve) => (fetched = resolve)),
  });
  const states: TopicStatus['state'][] = [];
  hub.client.onStatus('news', ({ state }) => states.push(state));
  await hub.subscribe('news', { offset: 3 });
  await hub.comeBack();
  await hub.subscribe('news', { offset: 9, recovered: false, reason: 'trimmed' });
  await hub.tell(message('news', 10, 10));
  expect([subscription.state, heard]).toEqual(['gap', [10]]);
  fetched();
  await hub.pass();
  expect(subscription.state).toBe('live');
  expect(states.filter((state, i) => state !== states[i - 1])).toEqual(['live', 'resyncing', 'gap', 'live']);
});

test('an offset that is not the next one is a gap that nobody told: it is asked for again', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const heard: unknown[] = [];
  hub.client.subscribe('news', (data) => heard.push(data));
  await hub.subscribe('news', { offset: 3 });
  await hub.tell(message('news', 4, 4), message('news', 4, 4), message('news', 6, 6));
  expect((await hub.heard()).at(-1)).toMatchObject({ type: 'resume', topics: [place('news', 4)] });
  expect(heard).toEqual([4]);
});

test('frames of an older subscription are told apart by its number', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const heard: unknown[] = [];
  hub.client.subscribe('news', (data) => heard.push(data));
  await hub.subscribe('news', { offset: 3, sub: 2 });
  await hub.tell(message('news', 4, 'old', { sub: 1 }), message('news', 4, 'new', { sub: 2 }));
  expect(heard).toEqual(['new']);
});

test.each(['busy', 'slow', 'unavailable'])(
  'a reset is answered by going on from the position; one by %s after a while',
  async (reason) => {
    const hub = new ScriptedHub();
    await hub.open();
    hub.client.subscribe('news', () => undefined);
    await hub.subscribe('news', { offset: 3 });
    await hub.tell({ type: 'reset', topic: 'news', sub: 1, reason: 'gap' });
    const asked = (await hub.heard()).at(-1);
    expect(asked).toMatchObject({ type: 'resume', topics: [place('news', 3)] });
    await hub.tell({ type: 'reset', topic: 'news', sub: 9, rid: asked?.['rid'] as string, reason });
    expect(await hub.heard()).toEqual([]);
    await hub.pass(125);
    expect((await hub.heard()).at(-1)).toMatchObject({ type: 'resume', topics: [place('news', 3)] });
  },
);

test('a message that was handed over from a log that was lost is not handed over again from the next one', async () => {
  const hub = new ScriptedHub({ limits: { dedupeWindowMs: 60_000 } });
  await hub.open();
  const heard: unknown[] = [];
  hub.client.subscribe('news', (data) => heard.push(data));
  await hub.subscribe('news');
  await hub.tell(message('news', 1, 'a', { id: 'i1' }), message('news', 2, 'b', { id: 'i2' }));
  await hub.comeBack();
  await hub.subscribe('news', { epoch: 'e2', offset: 1, recovered: false, reason: 'epoch' });
  await hub.tell(message('news', 2, 'b', { id: 'i2' }), message('news', 3, 'c', { id: 'i3' }));
  expect(heard).toEqual(['a', 'b', 'c']);
  // The window, and as long as a message may be on its way. What is replayed then may have been sent again long before.
  await hub.pass(120_001);
  await hub.comeBack();
  await hub.subscribe('news', { epoch: 'e2', offset: 3, recovered: true });
  await hub.tell(message('news', 4, 'a', { id: 'i1', replay: true }), message('news', 5, 'd', { id: 'i4' }));
  expect(heard).toEqual(['a', 'b', 'c', 'd']);
  await hub.tell(message('news', 6, 'b again', { id: 'i2' }));
  expect(heard).toEqual(['a', 'b', 'c', 'd', 'b again']);
});

test('a log that changes under a live subscription is a gap; what was handed over from the old one does not come again', async () => {
  const hub = new ScriptedHub({ limits: { dedupeWindowMs: 60_000 } });
  await hub.open();
  const heard: unknown[] = [];
  let handled = (): void => undefined;
  const subscription = hub.client.subscribe('news', (data) => heard.push(data), {
    onGap: (gap) => {
      heard.push(gap);
      return new Promise<void>((resolve) => (handled = resolve));
    },
  });
  await hub.subscribe('news', { offset: 3 });
  await hub.tell(message('news', 4, 'a', { id: 'i1' }), message('news', 5, 'b', { epoch: 'e1', id: 'i2' }));
  await hub.heard();
  await hub.tell(
    message('news', 8, 'c', { epoch: 'e2', id: 'i3' }),
    message('news', 9, 'a', { epoch: 'e2', id: 'i1' }),
    message('news', 10, 'd', { id: 'i4' }),
  );
  const gap = { topic: 'news', reason: 'epoch', from: { epoch: 'e1', offset: 5 }, to: { epoch: 'e2', offset: 7 } };
  expect(heard).toEqual(['a', 'b', gap, 'c', 'd']);
  expect([subscription.state, subscription.position]).toEqual(['gap', { epoch: 'e2', offset: 10 }]);
  expect(await hub.heard()).toEqual([]);
  handled();
  await hub.pass();
  expect(subscription.state).toBe('live');
  await hub.comeBack();
  expect((await hub.heard()).at(-1)).toMatchObject({ type: 'resume', topics: [place('news', 10, 'e2')] });
});

test('who may not listen is told so, and asks again on the next connection', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const subscription = hub.client.subscribe('secrets', () => undefined);
  const { rid } = (await hub.heard()).at(-1) ?? {};
  await hub.tell({ type: 'error', code: 'denied', topic: 'secrets', rid, retry: false, message: 'no' });
  expect(subscription.state).toBe('denied');
  expect(hub.client.status('secrets').denial).toBe('denied');
  await hub.comeBack();
  expect((await hub.heard()).at(-1)).toMatchObject({ type: 'subscribe', topic: 'secrets' });
});

test('who is put off asks again, not before the hub said and ever less often', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  hub.client.subscribe('news', () => undefined);
  const putOff = async (): Promise<void> => {
    const { rid } = (await hub.heard()).at(-1) ?? {};
    await hub.tell({
      type: 'error',
      code: 'unavailable',
      topic: 'news',
      rid,
      retry: true,
      afterMs: 1_000,
      message: 'later',
    });
  };
  await putOff();
  await hub.pass(1_124);
  expect(await hub.heard()).toEqual([]);
  await hub.pass(1);
  await putOff();
  await hub.pass(1_249);
  expect(await hub.heard()).toEqual([]);
  await hub.pass(1);
  await hub.subscribe('news');
  expect(hub.client.status('news').state).toBe('live');
});

test.each([
  ['puts it off', true, 'resyncing'],
  ['refuses it', false, 'denied'],
])('a resume is about all its topics where the hub %s', async (_, retry, expected) => {
  const hub = new ScriptedHub();
  await hub.open();
  for (const topic of ['a', 'b']) {
    hub.client.subscribe(topic, () => undefined);
    await hub.subscribe(topic, { offset: 3 });
  }
  await hub.comeBack();
  const { rid } = (await hub.heard()).at(-1) ?? {};
  hub.client.subscribe('c', () => undefined);
  // What no room is for now is refused as a whole, and no topic is named.
  await hub.tell({ type: 'error', code: 'rate_limited', rid, retry, message: 'no', ...(retry && { afterMs: 1_000 }) });
  await hub.subscribe('c');
  expect(['a', 'b', 'c'].map((topic) => hub.client.status(topic).state)).toEqual([expected, expected, 'live']);
  await hub.pass(1_124);
  expect(await hub.heard()).toEqual([]);
  await hub.pass(1);
  const asked = (await hub.heard()).flatMap(({ topics }) => topics as Frame[]);
  expect(asked).toEqual(retry ? [place('a', 3), place('b', 3)] : []);
});

test('a hub that keeps only the newest says what it skipped, and that is a gap', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const gaps: Gap[] = [];
  const heard: unknown[] = [];
  hub.client.subscribe('news', (data) => heard.push(data), { onGap: (gap) => gaps.push(gap) });
  await hub.subscribe('news', { offset: 3 });
  await hub.tell(
    { type: 'subscribed', topic: 'news', sub: 1, epoch: 'e1', offset: 8, recovered: false, reason: 'too_large' },
    message('news', 9, 9),
  );
  expect(gaps).toEqual([
    { topic: 'news', reason: 'too_large', from: { epoch: 'e1', offset: 3 }, to: { epoch: 'e1', offset: 8 } },
  ]);
  expect(heard).toEqual([9]);
});

test('what is skipped up to where everybody is, is no gap', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const onGap = vi.fn();
  const heard: unknown[] = [];
  hub.client.subscribe('news', (data) => heard.push(data), { onGap });
  await hub.subscribe('news', { offset: 3 });
  const changed = vi.fn();
  hub.client.onStatus('news', changed);
  await hub.tell(
    { type: 'subscribed', topic: 'news', sub: 1, epoch: 'e1', offset: 3, recovered: false, reason: 'too_large' },
    message('news', 4, 4),
  );
  expect(heard).toEqual([4]);
  expect(onGap).not.toHaveBeenCalled();
  expect(changed).not.toHaveBeenCalled();
});

test('a gap is over when the application has done what it does about the newest', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const handled: (() => void)[] = [];
  const onGap = () => new Promise<void>((resolve) => handled.push(resolve));
  const subscription = hub.client.subscribe('news', () => undefined, { onGap });
  await hub.subscribe('news', { offset: 3 });
  const skipped = { type: 'subscribed', topic: 'news', sub: 1, epoch: 'e1', recovered: false, reason: 'too_large' };
  await hub.tell({ ...skipped, offset: 8 }, { ...skipped, offset: 12 });
  expect(handled).toHaveLength(2);
  handled[0]?.();
  await hub.pass();
  expect(subscription.state).toBe('gap');
  handled[1]?.();
  await hub.pass();
  expect(subscription.state).toBe('live');
});

test('who listens to the status of a topic is told until they stop, and the others go on being told', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const told: string[] = [];
  const stopOne = hub.client.onStatus('news', ({ state }) => told.push(`one ${state}`));
  const stopOther = hub.client.onStatus('news', ({ state }) => told.push(`other ${state}`));
  const subscription = hub.client.subscribe('news', () => undefined);
  expect(told.splice(0)).toEqual(['one subscribing', 'other subscribing']);
  stopOne();
  await hub.subscribe('news');
  expect(told.splice(0)).toEqual(['other live']);
  stopOther();
  hub.client.onStatus('news', ({ state }) => told.push(`newest ${state}`));
  // What ended long ago ends nothing else.
  stopOther();
  stopOne();
  subscription.unsubscribe();
  expect(told).toEqual(['newest idle']);
});

test.each<[string, (given: string[]) => string[] | Promise<string[]>]>([
  ['at once', (given) => given],
  ['as a promise', (given) => Promise.resolve(given)],
])('protocols given %s by a function are offered behind that of topics', async (_, given) => {
  const attempts: number[] = [];
  const hub = new ScriptedHub({
    protocols: ({ attempt }) => {
      attempts.push(attempt);
      return given(['token.1', 'topics.v1+json', 'plain']);
    },
  });
  await hub.open();
  expect(hub.offered).toEqual(['topics.v1+json', 'token.1', 'plain']);
  expect(attempts).toEqual([0]);
  expect(hub.client.guarantee).toBe('exactly-once');
});

test('many topics at once are asked for at a pace that a hub puts up with', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  await hub.heard();
  for (let i = 0; i < 300; i++) hub.client.subscribe(`t${i}`, () => undefined);
  expect((await hub.heard()).length).toBe(100);
  await hub.pass(1_000);
  expect((await hub.heard()).length).toBe(100);
  await hub.pass(1_000);
  expect((await hub.heard()).length).toBe(100);
});

test('frames that are not of topics go to the listeners of the connection, those of the hub too', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const heard: unknown[] = [];
  hub.client.connection.onMessage((frame) => heard.push(frame));
  const frames = [{ type: 'direct', data: 1 }, { received: 2 }, message('unknown', 1, 1), [3]];
  await hub.tell(...frames);
  expect(heard).toEqual(frames);
});

test.each(['no JSON', 'null', '5', '"x"', '[]'])(
  'text that is no frame goes to the listeners of the connection, and topics go on: %s',
  async (text) => {
    const hub = new ScriptedHub({ codec: 'raw' });
    await hub.open();
    const others: unknown[] = [];
    const heard: unknown[] = [];
    hub.client.connection.onMessage((frame) => others.push(frame));
    hub.client.subscribe('news', (data) => heard.push(data));
    await hub.subscribe('news');
    await hub.tell(text, message('news', 1, 'a'));
    expect([others, heard]).toEqual([[text], ['a']]);
  },
);

test('what answers a question that nobody asks any more is for nobody; what answers another is not ours', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const subscription = hub.client.subscribe('news', () => undefined);
  const { rid: old } = (await hub.heard()).at(-1) ?? {};
  await hub.tell({ type: 'reset', topic: 'news', sub: 0, rid: old, reason: 'epoch' });
  await hub.subscribe('news', { offset: 3 });
  const others: unknown[] = [];
  hub.client.connection.onMessage((frame) => others.push(frame));
  const answers = (rid: unknown): Frame[] => [
    { type: 'subscribed', topic: 'news', rid, sub: 9, epoch: 'e9', offset: 9, recovered: false, reason: 'none' },
    { type: 'reset', topic: 'news', sub: 9, rid, reason: 'epoch' },
    { type: 'error', code: 'denied', topic: 'news', rid, retry: false, message: 'no' },
    { type: 'error', code: 'bad_frame', rid, retry: false, message: 'no' },
    { type: 'unsubscribed', topic: 'news', rid },
  ];
  await hub.tell(...answers(old));
  expect(others).toEqual([]);
  const foreign = [...answers('theirs'), ...answers(7)];
  await hub.tell(...foreign);
  expect(others).toEqual(foreign);
  expect([subscription.state, subscription.position]).toEqual(['live', { epoch: 'e1', offset: 3 }]);
  expect(await hub.heard()).toEqual([]);
});

test('a topic is being left until the hub answers the newest question about that', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const leave = async (): Promise<unknown> => {
    const { unsubscribe } = hub.client.subscribe('news', () => undefined);
    await hub.subscribe('news');
    unsubscribe();
    return (await hub.heard()).at(-1)?.['rid'];
  };
  const [old, newest] = [await leave(), await leave()];
  const others: unknown[] = [];
  hub.client.connection.onMessage((frame) => others.push(frame));
  await hub.tell({ type: 'unsubscribed', topic: 'news', rid: old }, message('news', 1, 'late'));
  expect(others).toEqual([]);
  const error = { type: 'error', code: 'not_subscribed', topic: 'news', retry: false, message: 'no' };
  await hub.tell({ ...error, rid: newest }, message('news', 2, 'of whom?'));
  expect(others).toEqual([message('news', 2, 'of whom?')]);
});

test('a listener that throws stops no other, and one that unsubscribes while it is called is called no more', async () => {
  const reported = vi.fn();
  vi.stubGlobal('reportError', reported);
  const hub = new ScriptedHub();
  await hub.open();
  const heard: unknown[] = [];
  hub.client.subscribe('news', () => {
    throw new Error('mine');
  });
  const mine = hub.client.subscribe('news', (data) => {
    heard.push(data);
    mine.unsubscribe();
  });
  await hub.subscribe('news');
  await hub.tell(message('news', 1, 1), message('news', 2, 2));
  expect(heard).toEqual([1]);
  expect(reported).toHaveBeenCalledTimes(2);
  vi.unstubAllGlobals();
});

test('it dials when the first topic is wanted, where the connection is its own, and hangs up when it is disposed of', async () => {
  const hub = new ScriptedHub();
  expect(hub.client.connection.state).toBe('idle');
  hub.client.subscribe('news', () => undefined);
  expect(hub.client.connection.state).toBe('connecting');
  await hub.pass();
  await hub.subscribe('news');
  hub.client.dispose();
  expect(() => hub.client.subscribe('news', () => undefined)).toThrow('disposed');
  await hub.pass(5_000);
  expect(hub.clock.pending).toBe(0);
});

test('over a connection of the application it does not dial, and leaves it as it was', () => {
  const connection = connectionOver({ url: 'ws://127.0.0.1:9', protocols: 'topics.v1+json' });
  const client = createTopicClient(connection);
  client.subscribe('news', () => undefined);
  expect(connection.state).toBe('idle');
  expect(topicClientOf(connection)).toBe(client);
  expect(() => createTopicClient(connection)).toThrow('somebody speaks a protocol on it already');
  client.dispose();
  expect(connection.state).toBe('idle');
  expect(topicClientOf(connection)).not.toBe(client);
});

test('positions of a topic are those of who is furthest behind', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  hub.client.subscribe('news', () => undefined);
  expect(hub.client.positions()).toEqual({});
  await hub.subscribe('news', { offset: 9 });
  hub.client.subscribe('news', () => undefined, { since: { epoch: 'e1', offset: 4 } });
  expect(hub.client.positions()).toEqual({ news: { epoch: 'e1', offset: 4 } });
});

test.each<[string, (hub: ScriptedHub) => unknown]>([
  ['topic:', ({ client }) => client.subscribe('', () => undefined)],
  ['topic:', ({ client }) => client.subscribe('a\nb', () => undefined)],
  ['listener:', ({ client }) => client.subscribe('a', undefined as never)],
  ['last:', ({ client }) => client.subscribe('a', () => undefined, { last: -1 })],
  ['since:', ({ client }) => client.subscribe('a', () => undefined, { since: { epoch: '', offset: 1 } })],
  ['onGap:', ({ client }) => client.subscribe('a', () => undefined, { onGap: 1 as never })],
  ['lastt:', ({ client }) => client.subscribe('a', () => undefined, { lastt: 1 } as never)],
  ['maxPublishes:', () => createTopicClient('ws://a.test', { maxPublishes: 0 })],
  ['connectTimeoutMs:', ({ client }) => createTopicClient(client.connection, { connectTimeoutMs: 5 } as never)],
  ['connection:', () => createTopicClient({ onMessage: 1 } as never)],
])('what cannot be used is refused at once: %s', (words, use) => {
  const hub = new ScriptedHub();
  let thrown: unknown;
  try {
    use(hub);
  } catch (error) {
    thrown = error;
  }
  expect(isConnectionError(thrown) && thrown.code).toBe('invalid-option');
  expect(String(thrown)).toContain(words);
});
