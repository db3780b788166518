import { expect, test, vi } from 'vitest';
import { type Gap } from '../../src/topics/index.ts';
import { ScriptedHub } from './fixtures/scriptedHub.ts';

const subscribe = (topic: string) => ({ type: 'subscribe', topic });

test('a server without topics.v1+json is asked as people ask it, again after each loss, and the guarantee says so', async () => {
  const hub = new ScriptedHub({ isHub: false });
  const heard: unknown[] = [];
  const gaps: Gap[] = [];
  const subscription = hub.client.subscribe('news', (data) => heard.push(data), { onGap: (gap) => gaps.push(gap) });
  await hub.open();
  expect(hub.client.guarantee).toBe('best-effort');
  expect(await hub.heard()).toEqual([subscribe('news')]);
  expect([subscription.state, subscription.position]).toEqual(['live', undefined]);
  await hub.tell({ topic: 'news', data: 1 }, { topic: 'news', headline: 2 }, { topic: 'other', data: 3 });
  expect(heard).toEqual([1, { topic: 'news', headline: 2 }]);

  await hub.comeBack();
  expect(await hub.heard()).toEqual([subscribe('news')]);
  // Nobody can say what was missed; that something may have been, can be said.
  expect(gaps).toEqual([{ topic: 'news', reason: 'unknown', from: undefined, to: undefined }]);
  subscription.unsubscribe();
  expect(await hub.heard()).toEqual([{ type: 'unsubscribe', topic: 'news' }]);
});

test('what its frames belong to, and what is in them, can be told', async () => {
  const hub = new ScriptedHub({
    isHub: false,
    topicOf: ({ channel }: { channel?: string }) => channel,
    dataOf: ({ payload }: { payload?: unknown }) => payload,
  });
  const heard: unknown[] = [];
  const others: unknown[] = [];
  hub.client.subscribe('news', (data) => heard.push(data));
  hub.client.connection.onMessage((message) => others.push(message));
  await hub.open();
  await hub.tell({ channel: 'news', payload: 1 }, { received: 2 });
  expect([heard, others]).toEqual([[1], [{ received: 2 }]]);
});

test('a frame that cannot be told apart goes to the connection, and the error is reported', async () => {
  const reported = vi.fn();
  vi.stubGlobal('reportError', reported);
  const broken = new Error('broken');
  const hub = new ScriptedHub({
    isHub: false,
    topicOf: ({ channel }: { channel: string }) => channel.toLowerCase(),
    dataOf: () => {
      throw broken;
    },
  });
  const others: unknown[] = [];
  hub.client.subscribe('news', () => undefined);
  hub.client.connection.onMessage((message) => others.push(message));
  await hub.open();
  await hub.tell({ received: 1 }, { channel: 'News' });
  expect(others).toEqual([{ received: 1 }, { channel: 'News' }]);
  expect(reported.mock.calls).toEqual([[expect.any(TypeError)], [broken]]);
});

test('only objects are looked at for their topic: all else goes to the connection', async () => {
  const topicOf = vi.fn(({ topic }: { topic: string }) => topic);
  const hub = new ScriptedHub({ isHub: false, codec: 'raw', topicOf });
  const heard: unknown[] = [];
  const others: unknown[] = [];
  hub.client.subscribe('news', (data) => heard.push(data));
  hub.client.connection.onMessage((frame) => others.push(frame));
  await hub.open();
  await hub.tell('no JSON', 'null', '5', '"x"', { topic: 'news', data: 1 });
  expect([others, heard]).toEqual([['no JSON', 'null', '5', '"x"'], [1]]);
  expect(topicOf.mock.calls).toEqual([[{ topic: 'news', data: 1 }]]);
});

test('a topic that is no text is none', async () => {
  const hub = new ScriptedHub({ isHub: false });
  const others: unknown[] = [];
  hub.client.subscribe('5', () => undefined);
  hub.client.connection.onMessage((frame) => others.push(frame));
  await hub.open();
  await hub.tell({ topic: 5, data: 1 });
  expect(others).toEqual([{ topic: 5, data: 1 }]);
});

test('a publish that nobody would acknowledge is refused, also one that waited for the connection', async () => {
  const hub = new ScriptedHub({ isHub: false });
  const early = hub.client.publish('news', 1);
  await hub.open();
  await expect(early).rejects.toMatchObject({ code: 'unavailable' });
  await expect(hub.client.publish('news', 2)).rejects.toMatchObject({ code: 'unavailable' });
  expect(await hub.heard()).toEqual([]);
});

test('a server that has learnt topics.v1+json meanwhile is asked for positions from then on', async () => {
  const hub = new ScriptedHub({ isHub: false });
  const subscription = hub.client.subscribe('news', () => undefined);
  await hub.open();
  hub.isHub = true;
  await hub.comeBack();
  expect(hub.client.guarantee).toBe('exactly-once');
  await hub.subscribe('news', { offset: 5 });
  expect([subscription.state, subscription.position]).toEqual(['live', { epoch: 'e1', offset: 5 }]);
});

test('over a connection that does not offer topics.v1+json it is best-effort, whoever answers', async () => {
  const hub = new ScriptedHub({ isLate: true, isHub: false, protocols: 'plain' });
  const heard: unknown[] = [];
  const subscription = hub.client.subscribe('news', (data) => heard.push(data), { last: 3 });
  expect([hub.client.guarantee, subscription.state]).toEqual(['best-effort', 'subscribing']);
  await hub.open();
  await hub.tell({ topic: 'news', data: 1 });
  expect([hub.client.guarantee, subscription.state, heard]).toEqual(['best-effort', 'live', [1]]);
});
