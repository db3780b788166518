import { onTestFinished, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createTopicClient, type Gap } from '../../src/topics/index.ts';
import { within, withResolvers } from '../fixtures/events.ts';
import { startHub } from '../server/fixtures/realHub.ts';

test('what is published is heard once and in order, and a cut is no gap', async () => {
  const { hub, port } = await startHub();
  const client = createTopicClient(`ws://127.0.0.1:${port}/ws/ann`, { WebSocket });
  onTestFinished(() => client.dispose());
  const heard: number[] = [];
  const gaps: Gap[] = [];
  const all = withResolvers();
  client.subscribe(
    'news',
    (data: number) => {
      heard.push(data);
      if (data === 20) all.resolve();
    },
    { onGap: (gap) => gaps.push(gap) },
  );
  expect(await client.publish('news', 1)).toMatchObject({ offset: 1, duplicate: false });
  expect(client.guarantee).toBe('exactly-once');
  hub.disconnect('ann', 1006);
  const published = [];
  for (let n = 2; n <= 20; n++) published.push(client.publish('news', n));
  await within('the acks', Promise.all(published));
  await within('the last', all.promise);
  expect(heard).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(gaps).toEqual([]);
  expect(client.connection.stats().outcomes.acked).toBe(20);
  expect(client.positions()).toEqual({ news: { epoch: expect.any(String) as string, offset: 20 } });
});
