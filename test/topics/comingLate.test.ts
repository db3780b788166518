import { expect, test } from 'vitest';
import type { Gap } from '../../src/topics/index.ts';
import { message, ScriptedHub } from './fixtures/scriptedHub.ts';

/* Each was found by the simulator of topics. */

test('one who comes before the hub has answered begins where the log is, and not where it began', async () => {
  const hub = new ScriptedHub();
  const heard: unknown[] = [];
  hub.client.subscribe('news', () => undefined, { since: { epoch: 'e1', offset: 19 } });
  await hub.open();
  const second = hub.client.subscribe('news', (data) => heard.push(data));
  await hub.subscribe('news', { offset: 19, recovered: true });
  expect(second.position).toEqual({ epoch: 'e1', offset: 19 });
  await hub.tell(message('news', 20, 'replayed for the first', { replay: true }), message('news', 21, 'live'));
  expect(heard).toEqual(['live']);
});

test('one who comes before the hub has answered, and wants the newest, gets them by another question', async () => {
  const hub = new ScriptedHub();
  const heard: unknown[] = [];
  hub.client.subscribe('news', () => undefined, { since: { epoch: 'e1', offset: 19 } });
  await hub.open();
  hub.client.subscribe('news', (data) => heard.push(data), { last: 2 });
  await hub.subscribe('news', { offset: 19, recovered: true });
  await hub.subscribe('news', { sub: 2, offset: 17, recovered: true });
  await hub.tell(...[18, 19].map((n) => message('news', n, n, { sub: 2, replay: true })));
  expect(heard).toEqual([18, 19]);
});

test('what was handed to others from a lost log is new to one who came later', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  const heard: Record<string, unknown[]> = { early: [], late: [] };
  const gaps: Gap[] = [];
  hub.client.subscribe('news', (data) => heard['early']?.push(data));
  await hub.subscribe('news');
  await hub.tell(message('news', 1, 'a', { id: 'i1' }));
  hub.client.subscribe('news', (data) => heard['late']?.push(data), { onGap: (gap) => gaps.push(gap) });
  await hub.comeBack();
  await hub.subscribe('news', { epoch: 'e2', offset: 0, recovered: false, reason: 'epoch' });
  await hub.tell(message('news', 1, 'a', { id: 'i1' }));
  expect(gaps).toHaveLength(1);
  expect(heard).toEqual({ early: ['a'], late: ['a'] });
});

test('positions() tell of one that still stands in a former log: whoever goes on from there is told of the gap', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  hub.client.subscribe('news', () => undefined);
  await hub.subscribe('news', { epoch: 'e2', offset: 7 });
  hub.client.subscribe('news', () => undefined, { since: { epoch: 'e1', offset: 19 } });
  expect(hub.client.positions()).toEqual({ news: { epoch: 'e1', offset: 19 } });
  await hub.subscribe('news', { epoch: 'e2', offset: 7, recovered: true });
  expect(hub.client.positions()).toEqual({ news: { epoch: 'e2', offset: 7 } });
});

test('one who misses something stands before it until that is told, and is told once', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  hub.client.subscribe('news', () => undefined);
  await hub.subscribe('news', { offset: 6 });
  const gaps: Gap[] = [];
  const behind = hub.client.subscribe('news', () => undefined, {
    since: { epoch: 'e1', offset: 0 },
    onGap: (gap) => gaps.push(gap),
  });
  // It cannot be helped: the question is asked again, for the one who is further.
  await hub.subscribe('news', { offset: 8, recovered: false, reason: 'trimmed' });
  expect([gaps, behind.position]).toEqual([[], { epoch: 'e1', offset: 0 }]);
  expect(hub.client.positions()).toEqual({ news: { epoch: 'e1', offset: 0 } });
  await hub.subscribe('news', { offset: 9, recovered: false, reason: 'too_large' });
  expect(gaps).toEqual([
    { topic: 'news', reason: 'too_large', from: { epoch: 'e1', offset: 0 }, to: { epoch: 'e1', offset: 9 } },
  ]);
  expect(behind.position).toEqual({ epoch: 'e1', offset: 9 });
});

test('who begins behind a replay for others that broke off misses nothing of what came meanwhile', async () => {
  const hub = new ScriptedHub();
  await hub.open();
  hub.client.subscribe('news', () => undefined, { since: { epoch: 'e1', offset: 3 } });
  const heard: unknown[] = [];
  hub.client.subscribe('news', (data) => heard.push(data));
  await hub.subscribe('news', { offset: 3, recovered: true });
  await hub.comeBack();
  await hub.subscribe('news', { offset: 3, recovered: true });
  await hub.tell(message('news', 4, 'published meanwhile', { replay: true }));
  expect(heard).toEqual(['published meanwhile']);
});
