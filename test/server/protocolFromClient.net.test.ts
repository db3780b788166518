import { expect } from 'vitest';
import type { BareClient } from './fixtures/bareClient.ts';
import { startHub } from './fixtures/realHub.ts';
import { testRows } from './fixtures/rows.ts';

const SECRET = 'AAECAwQFBgcICQoLDA0ODw';
const subscribe = { type: 'subscribe', topic: 'news' } as const;
const unsubscribe = { type: 'unsubscribe', topic: 'news' } as const;
const publish = { type: 'publish', topic: 'news', data: 1 } as const;
const badFrame = { type: 'error', code: 'bad_frame', retry: false };

/** A client of a hub that lets everybody in. */
async function ann(): Promise<BareClient> {
  return (await startHub()).join('ann');
}

/** Every one of these values makes the frame a bad one, and the connection goes on. */
async function refuses(frame: object, field: string, values: readonly unknown[]): Promise<void> {
  const client = await ann();
  for (const value of values) expect(await client.ask({ ...frame, [field]: value })).toMatchObject(badFrame);
  await client.hearsNothing();
}

/** In the answer, whatever that is. */
async function comesBack(frame: object): Promise<void> {
  const client = await ann();
  for (const rid of ['a', 7, -1]) expect((await client.ask({ ...frame, rid }))['rid']).toBe(rid);
  await refuses(frame, 'rid', [null, 1.5, '', {}, 'x'.repeat(65)]);
}

const noNames = [undefined, null, 7, '', 'a\u0000b', '\ud800', {}];

testRows('From the client', {
  subscribe: async () => {
    const client = await ann();
    expect(await client.ask(subscribe)).toMatchObject({ type: 'subscribed', topic: 'news' });
    await client.hearsNothing();
  },
  resume: async () => {
    const client = await ann();
    const topics = ['a', 'b', 'c'].map((topic) => ({ topic, epoch: 'e', offset: 0 }));
    client.say({ type: 'resume', topics });
    const answers = await client.take(3);
    expect(answers.map(({ type, topic }) => [type, topic]).sort()).toEqual([
      ['subscribed', 'a'],
      ['subscribed', 'b'],
      ['subscribed', 'c'],
    ]);
    await client.hearsNothing();
  },
  unsubscribe: async () => {
    const client = await ann();
    await client.ask(subscribe);
    expect(await client.ask(unsubscribe)).toEqual({ type: 'unsubscribed', topic: 'news' });
    expect(await client.ask(unsubscribe)).toMatchObject({ type: 'error', code: 'not_subscribed' });
  },
  publish: async () => {
    const { hub, join } = await startHub({ authorize: (_, __, topic) => topic === 'news' });
    const client = await join('ann');
    client.say(publish);
    client.say({ ...publish, topic: 'secrets' });
    await client.hearsNothing();
    expect(hub.stats().published).toBe(1);
    expect(await client.ask({ ...publish, id: '1' })).toMatchObject({ type: 'ack', offset: 2 });
    expect(await client.ask({ ...publish, rid: 2 })).toMatchObject({ type: 'ack', offset: 3 });
    expect(await client.ask({ ...publish, topic: 'secrets', rid: 3 })).toMatchObject({ type: 'error', code: 'denied' });
  },
  ping: async () => {
    const client = await ann();
    for (let n = 1; n <= 20; n++) client.say({ ...publish, rid: n });
    client.say({ type: 'ping' });
    const answers = await client.take(21);
    expect(answers.map(({ rid, type }) => rid ?? type)).toEqual([
      ...Array.from({ length: 20 }, (_, i) => i + 1),
      'pong',
    ]);
  },
  auth: async () => {
    const { join } = await startHub({
      authenticate: ({ token = 'good' }) => (token === 'good' ? { id: 'ann' } : null),
      authorize: () => new Promise(() => undefined),
    });
    const client = await join('ann');
    client.say(subscribe);
    client.say({ type: 'ping' });
    client.say({ type: 'auth', token: 'good' });
    client.say({ type: 'auth', token: 'good' });
    expect(await client.take(2)).toEqual([{ type: 'authed' }, { type: 'authed' }]);
    client.say({ type: 'auth', token: 'bad' });
    expect((await client.end()).code).toBe(4401);
  },
  other: async () => {
    const client = await ann();
    for (const text of [
      '{"type":"hello"}',
      '{"type":"presence","topic":"news"}',
      '{"no":"type"}',
      '[]',
      '1.50',
      'null',
    ]) {
      client.say(text);
      expect(await client.nextText()).toBe(`{"received":${text}}`);
    }
  },
});

testRows('Any first frame', {
  client: async () => {
    const { hub, join } = await startHub();
    const send = async (client: string, first: object): Promise<unknown> => {
      const connection = await join('ann');
      connection.say({ ...first, client });
      await connection.next();
      const answer = await connection.ask({ ...publish, id: 'same', client: 'B'.repeat(22) });
      await connection.leave();
      return answer['duplicate'];
    };
    expect(await send(SECRET, { type: 'ping' })).toBe(false);
    expect(await send(SECRET, { type: 'anything' })).toBe(true);
    expect(await send('A'.repeat(22), { type: 'ping' })).toBe(false);
    expect(hub.stats().published).toBe(2);
    await refuses({ type: 'ping' }, 'client', ['short', 7, null, 'A'.repeat(23)]);
  },
});

testRows('subscribe', {
  topic: async () => {
    const { hub, join } = await startHub();
    const client = await join('ann');
    expect(await client.ask(subscribe)).toMatchObject({ topic: 'news', sub: 1 });
    expect(await client.ask(subscribe)).toMatchObject({ topic: 'news', sub: 2 });
    await hub.publish('news', 1);
    expect(await client.next()).toMatchObject({ type: 'message', sub: 2 });
    await client.hearsNothing();
    for (const topic of ['__proto__', 'constructor', 'ü 水', 'a/b'])
      expect(await client.ask({ type: 'subscribe', topic })).toMatchObject({ type: 'subscribed', topic });
    await refuses(subscribe, 'topic', noNames);
  },
  rid: () => comesBack(subscribe),
  since: async () => {
    const { hub, join } = await startHub();
    const { epoch } = await hub.publish('news', 'a');
    await hub.publish('news', 'b');
    await hub.publish('news', 'c');
    const client = await join('ann');
    client.say({ ...subscribe, since: { epoch, offset: 1 } });
    expect(await client.take(3)).toMatchObject([
      { type: 'subscribed', offset: 1, recovered: true },
      { type: 'message', offset: 2, data: 'b' },
      { type: 'message', offset: 3, data: 'c' },
    ]);
    await refuses(subscribe, 'since', [null, 1, {}, { epoch }, { epoch, offset: -1 }, { epoch: 1, offset: 1 }]);
  },
  last: async () => {
    const { hub, join } = await startHub();
    for (const data of ['a', 'b', 'c']) await hub.publish('news', data);
    const client = await join('ann');
    client.say({ ...subscribe, last: 2 });
    expect(await client.take(3)).toMatchObject([
      { type: 'subscribed', offset: 3, recovered: false, reason: 'none' },
      { type: 'message', offset: 2, data: 'b' },
      { type: 'message', offset: 3, data: 'c' },
    ]);
    expect(await client.ask({ ...subscribe, last: 2, since: { epoch: 'another', offset: 0 } })).toMatchObject({
      reason: 'epoch',
    });
    await client.hearsNothing();
    await refuses(subscribe, 'last', [-1, 0.5, '2', null]);
  },
});

testRows('resume', {
  rid: async () => {
    const client = await ann();
    const topics = ['a', 'b'].map((topic) => ({ topic, epoch: 'e', offset: 0 }));
    client.say({ type: 'resume', rid: 'r', topics });
    expect((await client.take(2)).map(({ rid }) => rid)).toEqual(['r', 'r']);
  },
  topics: async () => {
    const { hub, join } = await startHub({ authorize: (_, __, topic) => topic !== 'secrets' });
    const { epoch } = await hub.publish('news', 1);
    const client = await join('ann');
    const known = { topic: 'news', epoch, offset: 0 };
    client.say({
      type: 'resume',
      topics: [known, { ...known, topic: 'secrets' }, { ...known, topic: 'other', offset: 9 }],
    });
    const answers = await client.take(4);
    expect(answers.map(({ type, topic, code, recovered }) => [topic, code ?? recovered ?? type]).sort()).toEqual([
      ['news', 'message'],
      ['news', true],
      ['other', false],
      ['secrets', 'denied'],
    ]);
    const bad = [undefined, {}, [1], [{ topic: 'news' }], [{ ...known, offset: '0' }], [known, known]];
    await refuses({ type: 'resume' }, 'topics', bad);
  },
});

testRows('unsubscribe', {
  topic: async () => {
    const { hub, join } = await startHub();
    const client = await join('ann');
    await client.ask(subscribe);
    await client.ask(unsubscribe);
    await hub.publish('news', 1);
    await client.hearsNothing();
    await refuses(unsubscribe, 'topic', noNames);
  },
  rid: async () => {
    const client = await ann();
    await client.ask(subscribe);
    expect(await client.ask({ ...unsubscribe, rid: 'u' })).toEqual({ type: 'unsubscribed', topic: 'news', rid: 'u' });
    await comesBack(unsubscribe);
  },
});

testRows('publish', {
  topic: async () => {
    const client = await ann();
    await client.ask(subscribe);
    client.say({ ...publish, rid: 1 });
    const heard = await client.take(2);
    expect(heard.map(({ type }) => type).sort()).toEqual(['ack', 'message']);
    await refuses(publish, 'topic', noNames);
  },
  data: async () => {
    const { hub, join } = await startHub();
    const client = await join('ann');
    const bob = await join('bob');
    await bob.ask(subscribe);
    for (const data of ['12345678901234567890', '{"b":1,"a":1.0}', 'null', '"x"', '[ ]', '{"data":{"__proto__":1}}']) {
      client.say(`{"type":"publish","data":${data},"topic":"news"}`);
      expect((await bob.nextText()).endsWith(`,"data":${data}}`), data).toBe(true);
    }
    expect(hub.stats().published).toBe(6);
    await refuses(publish, 'data', [undefined]);
  },
  id: async () => {
    const client = await ann();
    const id = 'x'.repeat(64);
    const first = await client.ask({ ...publish, id });
    expect(await client.ask({ ...publish, id, data: 'not looked at' })).toEqual({ ...first, duplicate: true });
    expect(await client.ask({ ...publish, id: 'another' })).toMatchObject({ offset: 2, duplicate: false });
    await refuses(publish, 'id', [null, 7, '', 'a\nb', 'x'.repeat(65)]);
  },
  rid: () => comesBack(publish),
});

testRows('ping', {
  t: async () => {
    const client = await ann();
    for (const t of [0, 'x', null, [{}], false])
      expect(await client.ask({ type: 'ping', t })).toEqual({ type: 'pong', t });
    expect(await client.ask({ type: 'ping' })).toEqual({ type: 'pong' });
  },
});

testRows('auth', {
  token: async () => {
    const { join } = await startHub({ authenticate: ({ token = 'ann' }) => (token === '' ? null : { id: token }) });
    const client = await join('ann');
    expect(await client.ask({ type: 'auth', token: 'ann' })).toEqual({ type: 'authed' });
    client.say({ type: 'auth', token: 'somebody else' });
    expect((await client.end()).code).toBe(4401);
    expect(await (await ann()).ask({ type: 'auth', token: 'x' })).toMatchObject({ type: 'error', code: 'denied' });
    await refuses({ type: 'auth' }, 'token', [undefined, '', 7, null]);
  },
});
