import { expect, it } from 'vitest';
import { brokerWith, startHub } from './fixtures/realHub.ts';
import { testRows } from './fixtures/rows.ts';

const nobody = { authenticate: () => null };

testRows('Refusals', {
  400: async () => {
    const { refusal } = await startHub();
    expect((await refusal('/ws/%ff')).status).toBe(400);
    expect((await refusal('/ws/ann', { headers: { 'Sec-WebSocket-Key': 'short' } })).status).toBe(400);
  },
  401: async () => {
    const { refusal } = await startHub(nobody);
    expect(await refusal()).toEqual({ status: 401, body: 'authenticate did not let this one in' });
  },
  403: async () => {
    const { refusal, visit } = await startHub();
    const { status, body } = await refusal('/ws/ann', { headers: { Origin: 'https://elsewhere.example' } });
    expect([status, body.includes('allowedOrigins')]).toEqual([403, true]);
    await (await visit('ann')).hearsNothing();
  },
  404: async () => expect((await (await startHub()).refusal('/elsewhere')).status).toBe(404),
  405: async () => expect((await (await startHub()).refusal('/ws/ann', { method: 'PUT' })).status).toBe(405),
  426: async () => {
    const { refusal } = await startHub();
    expect((await refusal('/ws/ann', { headers: { 'Sec-WebSocket-Version': '8' } })).status).toBe(426);
    expect((await refusal('/ws/ann', { headers: { Upgrade: 'h2c' } })).status).toBe(426);
  },
  500: async () => {
    const { refusal } = await startHub({ authenticate: () => ({}) as never });
    expect((await refusal()).status).toBe(500);
  },
  503: async () => {
    const { refusal, visit } = await startHub({ limits: { connections: 1 } });
    await visit('ann');
    const { status, body } = await refusal('/ws/bob');
    expect([status, body.includes('limits.connections')]).toEqual([503, true]);
  },
});

it('a token in a subprotocol is read and never echoed', async () => {
  const { open } = await startHub({
    authenticate: ({ protocols }) => (protocols.includes('sesame') ? { id: 'ann' } : null),
  });
  await expect(open('/ws/ann', 'topics.v1+json')).rejects.toThrow('401');
  const ann = await open('/ws/ann', 'sesame', 'topics.v1+json');
  expect(ann.socket.protocol).toBe('topics.v1+json');
});

testRows('Basic mode', {
  '{"type":"subscribe","topic":"news"}': async () => {
    const { hub, visit } = await startHub();
    const ann = await visit('ann');
    ann.say({ type: 'subscribe', topic: 'news' });
    await ann.hearsNothing();
    await hub.publish('news', { n: 1.5 });
    expect(await ann.nextText()).toBe('{"n":1.5}');
  },
  '{"type":"unsubscribe","topic":"news"}': async () => {
    const { hub, visit } = await startHub();
    const ann = await visit('ann');
    ann.say({ type: 'subscribe', topic: 'news' });
    ann.say({ type: 'unsubscribe', topic: 'news' });
    ann.say({ type: 'unsubscribe', topic: 'news' });
    await ann.hearsNothing();
    await hub.publish('news', 1);
    await ann.hearsNothing();
  },
  '{"type":"ping"}': async () => {
    const ann = await (await startHub()).visit('ann');
    ann.say({ type: 'ping' });
    expect(await ann.nextText()).toBe('{"type":"pong"}');
  },
  '{"type":"ping","t":7}': async () => {
    const ann = await (await startHub()).visit('ann');
    for (const t of [7, 'x', null, { deep: [true] }])
      expect(await ann.ask({ type: 'ping', t })).toEqual({ type: 'pong', t });
  },
  'any other JSON': async () => {
    const ann = await (await startHub()).visit('ann');
    for (const text of ['{"type":"publish","topic":"news","data":1}', '[1]', 'null', '"text"', '{"n":1.0}']) {
      ann.say(text);
      expect(await ann.nextText()).toBe(`{"received":${text}}`);
    }
    const bob = await (await startHub({ onFrame: (frame, { clientId }) => ({ clientId, frame }) })).visit('bob');
    expect(await bob.ask('5')).toEqual({ clientId: 'bob', frame: 5 });
  },
  'no JSON': async () => {
    const ann = await (await startHub()).visit('ann');
    const error = await ann.ask('{"type":');
    expect(Object.keys(error)).toEqual(['type', 'code', 'message']);
    expect(error).toMatchObject({ type: 'error', code: 'bad_frame' });
    await ann.hearsNothing();
  },
});

const news = { type: 'subscribe', topic: 'news' };

testRows('Errors in basic mode', {
  bad_frame: async () => {
    const ann = await (await startHub()).visit('ann');
    const deep = `${'['.repeat(129)}${']'.repeat(129)}`;
    const topics = [undefined, 7, 'x'.repeat(257), 'a\nb', ''].map((topic) => ({ type: 'subscribe', topic }));
    for (const bad of ['nonsense', deep, ...topics])
      expect(await ann.ask(bad)).toMatchObject({ type: 'error', code: 'bad_frame' });
  },
  denied: async () => {
    const ann = await (await startHub({ authorize: () => false })).visit('ann');
    expect(await ann.ask(news)).toMatchObject({ type: 'error', code: 'denied' });
  },
  limit: async () => {
    const ann = await (await startHub({ limits: { topics: 1 } })).visit('ann');
    ann.say(news);
    expect(await ann.ask({ type: 'subscribe', topic: 'sports' })).toMatchObject({ type: 'error', code: 'limit' });
  },
  rate_limited: async () => {
    const { hub, visit } = await startHub({ now: () => 0, limits: { framesPerSecond: 1 } });
    const ann = await visit('ann');
    expect(await ann.ask({ type: 'ping' })).toEqual({ type: 'pong' });
    expect(await ann.ask({ type: 'ping' })).toEqual({ type: 'pong' });
    expect(await ann.ask(news)).toMatchObject({ type: 'error', code: 'rate_limited' });
    expect(hub.stats().subscriptions).toBe(0);
    const bob = await (await startHub({ now: () => 0, limits: { topics: 1 } })).visit('bob');
    bob.say(news);
    bob.say(news);
    expect(await bob.ask(news)).toMatchObject({ type: 'error', code: 'rate_limited' });
  },
  unavailable: async () => {
    const broker = brokerWith(() => ({ subscribe: () => Promise.reject(new Error('no answer')) }));
    const { hub, visit } = await startHub({ broker });
    expect(await (await visit('ann')).ask(news)).toMatchObject({ type: 'error', code: 'unavailable' });
    expect(hub.stats().subscriptions).toBe(0);
  },
  internal: async () => {
    const ann = await (await startHub({ onFrame: failing })).visit('ann');
    expect(await ann.ask('1')).toMatchObject({ type: 'error', code: 'internal' });
    await ann.hearsNothing();
  },
});

function failing(): never {
  throw new Error('the application failed');
}
