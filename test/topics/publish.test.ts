import { expect, test } from 'vitest';
import { ConnectionError } from '../../src/index.ts';
import { createTopicClient } from '../../src/topics/index.ts';
import { eventsOf } from '../fixtures/events.ts';
import { playedConnection } from '../fixtures/played.ts';
import { ScriptedHub, type Frame } from './fixtures/scriptedHub.ts';

/** What became of a publish: its position, or the code of its error. */
const outcome = async (published: Promise<unknown>): Promise<unknown> => {
  try {
    return await published;
  } catch (error) {
    return error instanceof ConnectionError ? error.code : error;
  }
};

const publishes = async (hub: ScriptedHub): Promise<Frame[]> =>
  (await hub.heard()).filter(({ type }) => type === 'publish');

const dataOf = (frames: readonly Frame[]): unknown[] => frames.map(({ data }) => data);

const ack = ({ id, topic }: Frame, offset: number, duplicate = false): Frame => ({
  type: 'ack',
  id: id,
  topic: topic,
  epoch: 'e1',
  offset,
  duplicate,
});

const refusal = ({ id, topic }: Frame, code: string, retry: boolean, more: Frame = {}): Frame => ({
  type: 'error',
  code,
  id: id,
  topic: topic,
  retry,
  message: code,
  ...more,
});

test('a publish resolves with its position when the hub says that the log holds it', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const published = hub.client.publish('news', { a: 1 }, { id: 'mine' });
  const [frame] = await publishes(hub);
  expect(frame).toEqual({ type: 'publish', topic: 'news', id: 'mine', data: { a: 1 } });
  await hub.tell(ack(frame ?? {}, 7));
  expect(await published).toEqual({ epoch: 'e1', offset: 7, duplicate: false });
  expect(hub.client.connection.stats().outcomes).toMatchObject({ acked: 1, sent: 0 });
});

test('what was not acknowledged goes out again on the next connection, in order and with the same ids', async () => {
  const hub = new ScriptedHub();
  const early = hub.client.publish('news', 0);
  await hub.open();
  const others = [1, 2, 3].map((n) => hub.client.publish('news', n));
  const first = await publishes(hub);
  expect(dataOf(first)).toEqual([0, 1, 2, 3]);
  await hub.tell(ack(first[0] ?? {}, 1));
  await hub.cut();
  others.push(hub.client.publish('news', 4));
  await hub.pass(100);
  const again = await publishes(hub);
  expect(dataOf(again)).toEqual([1, 2, 3, 4]);
  expect(again.slice(0, 3).map(({ id }) => id as string)).toEqual(first.slice(1).map(({ id }) => id as string));
  await hub.tell(...again.map((frame, i) => ack(frame, i + 2, i === 0)));
  expect(await Promise.all([early, ...others])).toMatchObject([
    { offset: 1 },
    { offset: 2, duplicate: true },
    { offset: 3 },
    { offset: 4 },
    { offset: 5 },
  ]);
});

test('past the window in which the hub knows its id again a publish is uncertain, and not sent again', async () => {
  const hub = new ScriptedHub({ limits: { dedupeWindowMs: 100_000 } });
  await hub.open();
  const published = outcome(hub.client.publish('news', 1));
  const held = hub.client.publish('news', 'never sent');
  expect((await publishes(hub)).length).toBe(2);
  void held.catch(() => undefined);
  // The window, less the 35 s after which a connection is known to be dead.
  await hub.pass(64_999);
  expect(hub.client.connection.stats().outcomes.uncertain).toBe(0);
  await hub.pass(1);
  expect(await published).toBe('uncertain');
  await hub.comeBack();
  expect(await publishes(hub)).toEqual([]);
});

test('where the hub remembers no ids a publish is not sent again: it is uncertain at the loss, or where it may be there', async () => {
  const hub = new ScriptedHub({ limits: { dedupeWindowMs: 0 } });
  await hub.open();
  const published = [1, 2].map((n) => outcome(hub.client.publish('news', n)));
  const [one] = await publishes(hub);
  await hub.tell(refusal(one ?? {}, 'unavailable', true));
  expect(await published[0]).toBe('uncertain');
  await hub.comeBack();
  expect(await published[1]).toBe('uncertain');
  expect(await publishes(hub)).toEqual([]);
});

test('where ids are remembered for ever, and silence is borne for ever, a publish is sent again after any time', async () => {
  const hub = new ScriptedHub({ limits: { dedupeWindowMs: null }, pace: { intervalMs: null, timeoutMs: null } });
  await hub.open();
  const published = hub.client.publish('news', 1);
  await publishes(hub);
  await hub.pass(1e9);
  await hub.comeBack();
  const [again] = await publishes(hub);
  await hub.tell(ack(again ?? {}, 1));
  expect(await published).toMatchObject({ offset: 1 });
});

test('the answer to a publish that is given up is for nobody', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const others: unknown[] = [];
  hub.client.connection.onMessage((message) => others.push(message));
  const published = [1, 2].map((n) => outcome(hub.client.publish('news', n, { ttlMs: 1_000 })));
  const [one = {}, two = {}] = await publishes(hub);
  await hub.pass(1_000);
  expect(await Promise.all(published)).toEqual(['uncertain', 'uncertain']);
  await hub.tell(ack(one, 1), refusal(two, 'denied', false));
  expect(others).toEqual([]);
  await hub.tell(ack({ id: 'of another', topic: 'news' }, 2));
  expect(others).toHaveLength(1);
});

test('while the hub refuses one for now, none overtakes it: all begin again with the oldest, not before the hub said', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const all = [1, 2, 3].map((n) => hub.client.publish('news', n));
  const sent = await publishes(hub);
  const [one, two, three] = sent as [Frame, Frame, Frame];
  await hub.tell(ack(one, 1), refusal(two, 'rate_limited', true, { afterMs: 500 }));
  const late = hub.client.publish('news', 4);
  expect(await publishes(hub)).toEqual([]);
  await hub.tell(refusal(three, 'epoch_changed', true));
  await hub.pass(499);
  expect(await publishes(hub)).toEqual([]);
  await hub.pass(1);
  const again = await publishes(hub);
  expect(dataOf(again)).toEqual([2, 3, 4]);
  await hub.tell(...again.map((frame, i) => ack(frame, i + 2)));
  expect((await Promise.all([...all, late])).map(({ offset }) => offset)).toEqual([1, 2, 3, 4]);
});

test('a hub that cannot now is asked again ever less often', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const published = hub.client.publish('news', 1);
  for (const waitMs of [125, 250, 500]) {
    const [frame = {}] = await publishes(hub);
    await hub.tell(refusal(frame, 'unavailable', true));
    await hub.pass(waitMs - 1);
    expect(await publishes(hub)).toEqual([]);
    await hub.pass(1);
  }
  const [frame = {}] = await publishes(hub);
  await hub.tell(ack(frame, 1));
  expect(await published).toMatchObject({ offset: 1 });
});

test('a second refusal of one that is put off already changes nothing, and is for nobody', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const others: unknown[] = [];
  hub.client.connection.onMessage((message) => others.push(message));
  const published = hub.client.publish('news', 1);
  void hub.client.publish('news', 2);
  const [one = {}, two = {}] = await publishes(hub);
  const once = refusal(one, 'rate_limited', true, { afterMs: 500 });
  await hub.tell(once, refusal(one, 'denied', false), { ...once, afterMs: 9_000 }, ack(two, 1));
  await hub.pass(500);
  const [again = {}] = await publishes(hub);
  expect(again).toEqual(one);
  await hub.tell(ack(again, 2));
  expect(await published).toMatchObject({ offset: 2 });
  expect(others).toEqual([]);
});

test('one whose ttl is over while it is put off is uncertain and not sent again; the others go on', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const left = outcome(hub.client.publish('news', 1, { ttlMs: 300 }));
  void hub.client.publish('news', 2);
  const [one = {}, two = {}] = await publishes(hub);
  await hub.tell(refusal(one, 'rate_limited', true, { afterMs: 500 }));
  await hub.pass(300);
  expect(await left).toBe('uncertain');
  await hub.tell(refusal(two, 'epoch_changed', true));
  await hub.pass(200);
  expect(dataOf(await publishes(hub))).toEqual([2]);
});

test('an answer without an id is about no publish of ours', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const others: unknown[] = [];
  hub.client.connection.onMessage((message) => others.push(message));
  void hub.client.publish('news', 1);
  const nobodys = [ack({ topic: 'news' }, 1), refusal({ topic: 'news' }, 'denied', false)];
  await hub.tell(...nobodys);
  expect(others).toEqual(JSON.parse(JSON.stringify(nobodys)));
  expect(hub.client.connection.stats().outcomes).toMatchObject({ acked: 0, rejected: 0 });
});

test('of large ones no more than 256 KiB are on their way, and one that is larger goes alone', async () => {
  const hub = new ScriptedHub({ limits: { payloadBytes: null, publishPerSecond: null }, maxPublishBytes: Infinity });
  await hub.open();
  const sizes = [150_000, 50_000, 100_000, 300_000, 1];
  for (const size of sizes) void hub.client.publish('news', 'x'.repeat(size));
  const sent: Frame[] = [];
  const sizesAfter = async (...acks: readonly Frame[]): Promise<number[]> => {
    await hub.tell(...acks);
    const frames = await publishes(hub);
    sent.push(...frames);
    return frames.map(({ data }) => (data as string).length);
  };
  const ackOf = (nth: number): Frame => ack(sent[nth] ?? {}, nth + 1);
  expect(await sizesAfter()).toEqual([150_000, 50_000]);
  expect(await sizesAfter(ackOf(0))).toEqual([100_000]);
  expect(await sizesAfter(ackOf(1))).toEqual([]);
  expect(await sizesAfter(ackOf(2))).toEqual([300_000]);
  expect(await sizesAfter(ackOf(3))).toEqual([1]);
});

test('a full socket holds publishes back until it has room', async () => {
  const { connection, peer, clock, settle } = playedConnection({ protocols: ['topics.v1+json'], heartbeat: false });
  const client = createTopicClient(connection);
  connection.connect();
  await settle();
  peer.accept('topics.v1+json');
  peer.send(JSON.stringify({ type: 'hello', v: 1, limits: { publishPerSecond: null } }));
  await settle();
  const published = () =>
    peer.received.flatMap((text) => {
      const { type, data } = JSON.parse(text as string) as Frame;
      return type === 'publish' ? [(data as string).length] : [];
    });
  peer.socket.bufferedAmount = 1e9;
  for (const size of [60_000, 60_000, 1]) void client.publish('news', 'x'.repeat(size));
  // How full it is, is looked at every 64 KiB.
  expect(published()).toEqual([60_000, 60_000]);
  await clock.advanceAsync(5_000);
  expect(published()).toEqual([60_000, 60_000]);
  peer.socket.bufferedAmount = 0;
  await clock.advanceAsync(50);
  expect(published()).toEqual([60_000, 60_000, 1]);
});

test.each([
  ['denied', 'denied'],
  ['too_large', 'too-large'],
  ['bad_frame', 'invalid-option'],
  ['internal', 'unavailable'],
])('what the hub refuses for good, %s, is rejected as %s, and the next ones go on', async (code, expected) => {
  const hub = new ScriptedHub();
  await hub.open();
  const [refused, next] = [outcome(hub.client.publish('news', 1)), hub.client.publish('news', 2)];
  const [one = {}, two = {}] = await publishes(hub);
  await hub.tell(refusal(one, code, false), ack(two, 1));
  expect(await refused).toBe(expected);
  expect(await next).toMatchObject({ offset: 1 });
});

test('what is larger than the hub takes is refused at once, also what waited before that was known', async () => {
  const hub = new ScriptedHub({ limits: { payloadBytes: 200 } });
  const early = outcome(hub.client.publish('news', 'x'.repeat(300)));
  await hub.open();
  expect(await early).toBe('too-large');
  expect(await outcome(hub.client.publish('news', 'é'.repeat(100)))).toBe('too-large');
  expect(await publishes(hub)).toEqual([]);
});

test.each<[string, string, (hub: ScriptedHub, first: Frame) => Promise<unknown>]>([
  [
    'denied after the line was lost before its ack',
    'uncertain',
    async (hub) => {
      await hub.comeBack();
      const [again = {}] = await publishes(hub);
      await hub.tell(refusal(again, 'denied', false));
    },
  ],
  [
    'denied after the broker did not answer',
    'uncertain',
    async (hub, first) => {
      await hub.tell(refusal(first, 'unavailable', true));
      await hub.pass(125);
      const [again = {}] = await publishes(hub);
      await hub.tell(refusal(again, 'denied', false));
    },
  ],
  [
    'too large for the hub that is there after a loss',
    'uncertain',
    async (hub) => {
      hub.limits = { payloadBytes: 200 };
      await hub.comeBack();
    },
  ],
  [
    'denied after it came too early',
    'denied',
    async (hub, first) => {
      await hub.tell(refusal(first, 'rate_limited', true, { afterMs: 10 }));
      await hub.pass(10);
      const [again = {}] = await publishes(hub);
      await hub.tell(refusal(again, 'denied', false));
    },
  ],
])('nobody is told that something is not there which may be: %s, it is %s', async (_, expected, happens) => {
  const hub = new ScriptedHub();
  await hub.open();
  const published = outcome(hub.client.publish('news', 'x'.repeat(300)));
  const [first = {}] = await publishes(hub);
  await happens(hub, first);
  expect(await published).toBe(expected);
});

test('what waits is bounded, in number and bytes', async () => {
  const hub = new ScriptedHub({ maxPublishes: 2, maxPublishBytes: 1_000 });
  const dropped = eventsOf(hub.client.connection, 'dropped');
  void hub.client.publish('news', 1);
  expect(await outcome(hub.client.publish('news', 'x'.repeat(1_000)))).toBe('overflow');
  void hub.client.publish('news', 2);
  expect(await outcome(hub.client.publish('news', 3))).toBe('overflow');
  expect(dropped.map(({ reason }) => reason)).toEqual(['overflow', 'overflow']);
  await hub.open();
  await hub.tell(...(await publishes(hub)).map((frame, i) => ack(frame, i + 1)));
  await hub.pass();
  void hub.client.publish('news', 4);
  expect(dataOf(await publishes(hub))).toEqual([4]);
});

test('a ttl ends the wait: expired where it never left, uncertain where it did', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  await hub.cut();
  const held = outcome(hub.client.publish('news', 2, { ttlMs: 50 }));
  await hub.pass(50);
  expect(await held).toBe('expired');
  await hub.pass(50);
  await hub.pass();
  const left = outcome(hub.client.publish('news', 3, { ttlMs: 50 }));
  expect(dataOf(await publishes(hub))).toEqual([3]);
  await hub.pass(50);
  expect(await left).toBe('uncertain');
});

test('disconnect() and dispose() leave none without an outcome, and no timer', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const left = outcome(hub.client.publish('news', 1));
  hub.client.connection.disconnect();
  await hub.pass(10_000);
  expect(await left).toBe('uncertain');
  expect(await outcome(hub.client.publish('news', 2))).toBe('closed');
  expect(hub.clock.pending).toBe(0);
  hub.client.connection.connect();
  const held = outcome(hub.client.publish('news', 3));
  hub.client.dispose();
  expect(await held).toBe('disposed');
  expect(await outcome(hub.client.publish('news', 4))).toBe('disposed');
  await hub.pass(10_000);
  expect(hub.clock.pending).toBe(0);
});

test('it publishes no faster than the hub says that it takes', async () => {
  const hub = new ScriptedHub({ limits: { publishPerSecond: 10 } });
  await hub.open();
  for (let n = 0; n < 30; n++) void hub.client.publish('news', n);
  expect((await publishes(hub)).length).toBe(10);
  await hub.pass(1_000);
  expect((await publishes(hub)).length).toBe(10);
});

test('no more is on its way than a slow link can bear: acknowledgements let the next ones go', async () => {
  const hub = new ScriptedHub({ limits: { publishPerSecond: null } });
  await hub.open();
  for (let n = 0; n < 200; n++) void hub.client.publish('news', n);
  const sent = await publishes(hub);
  expect(sent.length).toBe(128);
  await hub.tell(...sent.slice(0, 10).map((frame, i) => ack(frame, i + 1)));
  expect((await publishes(hub)).length).toBe(10);
});

test('who comes to a connection that is open already cannot say who they are: what a loss leaves open is uncertain', async () => {
  const hub = new ScriptedHub({ isLate: true });
  await hub.open();
  hub.connection?.send({ type: 'first' });
  const published = outcome(hub.client.publish('news', 1));
  expect((await publishes(hub)).length).toBe(1);
  await hub.comeBack();
  expect(await published).toBe('uncertain');
  // From the next connection on it can.
  const next = hub.client.publish('news', 2);
  const [frame] = await publishes(hub);
  expect(frame).toMatchObject({ data: 2 });
  await hub.pass(5_000);
  await hub.comeBack();
  const [again = {}] = await publishes(hub);
  expect(again['id']).toBe(frame?.['id']);
  await hub.tell(ack(again, 1));
  expect(await next).toMatchObject({ offset: 1 });
});

test.each([
  ['data:', () => ['news', undefined]],
  ['data:', () => ['news', 1n]],
  ['topic:', () => ['', 1]],
  ['id:', () => ['news', 1, { id: 'x'.repeat(65) }]],
  ['ttlMs:', () => ['news', 1, { ttlMs: 0 }]],
])('what cannot be published is refused at once: %s', async (words, given) => {
  const client = createTopicClient('ws://hub.test/');
  const refused = client.publish(...(given() as [string, unknown, object?]));
  await expect(refused).rejects.toMatchObject({
    code: 'invalid-option',
    message: expect.stringContaining(words) as string,
  });
  client.dispose();
});

test('two at once with the same id are a mistake', async () => {
  const hub = new ScriptedHub();
  void hub.client.publish('news', 1, { id: 'a' });
  expect(await outcome(hub.client.publish('news', 2, { id: 'a' }))).toBe('invalid-option');
});
