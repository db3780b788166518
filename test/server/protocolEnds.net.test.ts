import { expect, vi } from 'vitest';
import type { HubOptions } from '../../src/server/index.ts';
import { SUBPROTOCOL } from '../../src/server/index.ts';
import type { BareClient, End } from './fixtures/bareClient.ts';
import { brokerWith, startHub } from './fixtures/realHub.ts';
import { testRows } from './fixtures/rows.ts';
import { clientFrame, RawClient } from './rawClient.ts';

const TEXT = 1;
const CLOSE = 8;
const subscribe = { type: 'subscribe', topic: 'news' } as const;
const publish = { type: 'publish', topic: 'news', data: 1 } as const;
const frozen = () => 0;

/** How it ends in both modes, where a client does something. */
async function ends(act: (client: BareClient) => unknown, options: HubOptions = {}): Promise<number[]> {
  const { visit, join } = await startHub(options);
  const clients = [await visit('ann'), await join('bob')];
  for (const client of clients) act(client);
  return Promise.all(clients.map(async (client) => (await client.end()).code));
}

/** Holds back what is sent to a client that is subscribed, until the hub has noticed. */
async function fallBehind(slowConsumer: HubOptions['slowConsumer']) {
  const { hub, join } = await startHub({ slowConsumer });
  const ann = await join('ann');
  await ann.ask(subscribe);
  ann.socket.pause();
  let sent = 0;
  while (hub.stats().slowConsumers === 0) await hub.publish('news', `${++sent} ${'x'.repeat(60_000)}`);
  return { hub, ann, sent };
}

async function nextOf(ann: BareClient, type: string) {
  let frame = await ann.next();
  while (frame['type'] !== type) frame = await ann.next();
  return frame;
}

testRows('Close codes', {
  1000: async () => {
    const { hub, join } = await startHub();
    const ann = await join('ann');
    expect(hub.disconnect('ann')).toBe(1);
    expect((await ann.end()).code).toBe(1000);
  },
  1001: async () => {
    const { hub, visit, join } = await startHub();
    const clients = [await visit('ann'), await join('bob')];
    const closed = hub.close();
    for (const client of clients) expect((await client.end()).code).toBe(1001);
    await closed;
  },
  1002: async () => {
    const { port } = await startHub();
    const client = await RawClient.connect(port);
    client.ask('/ws/ann');
    await client.readAnswer();
    client.write(clientFrame(TEXT, '{}', { isMasked: false }));
    const { opcode, payload } = await client.readFrame();
    expect([opcode, payload.readUInt16BE(0)]).toEqual([CLOSE, 1002]);
  },
  1007: async () => {
    expect(await ends(({ socket }) => socket.send(Buffer.from([0xff, 0xff]), { binary: false }))).toEqual([1007, 1007]);
  },
  1008: async () => {
    const inPieces = ({ socket }: BareClient): void => {
      for (let n = 0; n <= 1_024; n++) socket.send('1', { fin: false });
    };
    expect(await ends(inPieces)).toEqual([1008, 1008]);
  },
  1009: async () => expect(await ends((client) => client.say(`"${'x'.repeat(65_535)}"`))).toEqual([1009, 1009]),
  1012: async () => {
    const { hub, visit, join } = await startHub();
    const clients = [await visit('ann'), await join('bob')];
    const drained = hub.drain({ graceMs: 1, windowMs: 100 });
    for (const client of clients) {
      const { code, reason } = await client.end();
      expect(code).toBe(1012);
      expect(reason).toMatch(/^retry-after=\d+$/u);
    }
    await drained;
  },
  4400: async () => {
    expect(await ends(({ socket }) => socket.send(Buffer.from('{}')))).toEqual([4400, 4400]);
    expect(await ends(() => undefined, { limits: { firstFrameTimeoutMs: 1 } })).toEqual([4400, 4400]);
  },
  4401: async () => {
    const soon = () => ({ id: 'ann', expiresAt: Date.now() + 1_000 });
    expect(await ends(() => undefined, { authenticate: soon })).toEqual([4401, 4401]);
    const { join } = await startHub({
      authenticate: ({ token }) => ({ id: 'ann', ...(token === undefined ? {} : { expiresAt: Date.now() - 1 }) }),
    });
    const ann = await join('ann');
    ann.say({ type: 'auth', token: 'out of date' });
    expect((await ann.end()).code).toBe(4401);
  },
  4403: () => hungUpWith(4403),
  4408: async () => {
    const { join } = await startHub({ heartbeat: { intervalMs: 1, timeoutMs: 1 } });
    const deaf = await join('ann', { autoPong: false });
    expect((await deaf.end()).code).toBe(4408);
  },
  4409: async () => {
    const { visit } = await startHub({ onDuplicate: 'replace' });
    const older = await visit('ann');
    const newer = await visit('ann');
    expect((await older.end()).code).toBe(4409);
    await newer.hearsNothing();
    const { open, join } = await startHub({ onDuplicate: 'refuse' });
    const first = await join('ann');
    expect((await (await open('/ws/ann', SUBPROTOCOL)).end()).code).toBe(4409);
    await first.hearsNothing();
  },
  4413: async () => {
    const { ann } = await fallBehind('disconnect');
    ann.socket.resume();
    expect((await ann.end()).code).toBe(4413);
  },
  4429: async () => {
    const flood = (client: BareClient): void => {
      for (let n = 0; n < 5; n++) client.say({ type: 'ping' });
    };
    expect(await ends(flood, { now: frozen, limits: { framesPerSecond: 1 } })).toEqual([4429, 4429]);
  },
  4503: () => hungUpWith(4503),
});

async function hungUpWith(code: number): Promise<void> {
  const { hub, visit, join } = await startHub();
  const clients = [await visit('ann'), await join('ann')];
  expect(hub.disconnect('ann', code, 'because')).toBe(2);
  const expected: End = { code, reason: 'because' };
  for (const client of clients) expect(await client.end()).toEqual(expected);
}

testRows('Limits', {
  payloadBytes: async () => {
    const ann = await (await startHub({ limits: { payloadBytes: 100 } })).join('ann');
    expect(await ann.ask(`"${'x'.repeat(98)}"`)).toHaveProperty('received');
    ann.say(`"${'x'.repeat(99)}"`);
    expect((await ann.end()).code).toBe(1009);
  },
  topics: async () => {
    const { hub, join } = await startHub({ limits: { topics: 2 } });
    const ann = await join('ann');
    const topics = ['a', 'b', 'c'].map((topic) => ({ topic, epoch: 'e', offset: 0 }));
    ann.say({ type: 'resume', topics });
    const answers = await ann.take(3);
    expect(answers.map(({ type, code }) => code ?? type).sort()).toEqual(['limit', 'subscribed', 'subscribed']);
    expect(hub.stats().subscriptions).toBe(2);
    const frozenHub = await startHub({ now: frozen, limits: { topics: 2 } });
    for (const name of ['bob', 'bob again']) {
      const bob = await frozenHub.join(name);
      for (let n = 0; n < 2; n++) {
        bob.say({ type: 'resume', topics: topics.slice(0, 2) });
        expect((await bob.take(2)).map(({ type }) => type)).toEqual(['subscribed', 'subscribed']);
      }
      expect(await bob.ask(subscribe)).toMatchObject({ code: 'rate_limited', afterMs: 500 });
    }
  },
  topicBytes: async () => {
    const ann = await (await startHub()).join('ann');
    expect(await ann.ask({ ...subscribe, topic: 'ü'.repeat(128) })).toMatchObject({ type: 'subscribed' });
    expect(await ann.ask({ ...subscribe, topic: `${'ü'.repeat(128)}x` })).toMatchObject({ code: 'bad_frame' });
  },
  publishPerSecond: async () => {
    const ann = await (await startHub({ now: frozen, limits: { publishPerSecond: 2 } })).join('ann');
    const answers = [];
    for (let rid = 1; rid <= 5; rid++) answers.push(await ann.ask({ ...publish, rid }));
    expect(answers.map(({ type }) => type)).toEqual(['ack', 'ack', 'ack', 'ack', 'error']);
    expect(answers[4]).toMatchObject({ code: 'rate_limited', afterMs: 500 });
  },
  framesPerSecond: async () => {
    const ann = await (await startHub({ now: frozen, limits: { framesPerSecond: 2 } })).join('ann');
    const answers = [];
    for (let n = 0; n < 8; n++) answers.push(await ann.ask({ type: 'ping' }));
    expect(answers.map(({ code }) => code)).toEqual([
      ...Array.from({ length: 4 }, () => undefined),
      ...Array.from({ length: 4 }, () => 'rate_limited'),
    ]);
    expect(answers[7]).toMatchObject({ afterMs: 500 });
    ann.say({ type: 'ping' });
    expect((await ann.end()).code).toBe(4429);
  },
  replayPerSecond: async () => {
    const { hub, join } = await startHub({ now: frozen, limits: { replayPerSecond: 1 } });
    for (let n = 0; n < 100; n++) await hub.publish('news', n);
    const [ann, bob] = [await join('ann'), await join('bob')];
    ann.say({ ...subscribe, last: 2 });
    await ann.take(3);
    ann.say({ ...subscribe, last: 98 });
    await ann.take(99);
    ann.say({ ...subscribe, last: 1 });
    await vi.waitFor(() => expect(hub.stats().received.frames).toBe(3));
    bob.say({ ...subscribe, last: 1 });
    expect(await bob.take(2)).toMatchObject([{ type: 'subscribed' }, { type: 'message' }]);
    // Bob's: Ann's waits for 98 seconds.
    expect(hub.stats().subscriptions).toBe(1);
  },
  peerBytes: async () => {
    const { hub, ann, sent } = await fallBehind('latest');
    await hub.publish('news', 'newest');
    ann.socket.resume();
    expect(await nextOf(ann, 'subscribed')).toMatchObject({
      sub: 1,
      offset: sent,
      recovered: false,
      reason: 'too_large',
    });
    expect(await ann.next()).toMatchObject({ type: 'message', sub: 1, offset: sent + 1, data: 'newest' });
    const other = await fallBehind('resync');
    other.ann.socket.resume();
    expect(await nextOf(other.ann, 'reset')).toMatchObject({ reason: 'slow' });
    const third = await fallBehind('disconnect');
    third.ann.socket.resume();
    expect((await third.ann.end()).code).toBe(4413);
  },
  connections: async () => {
    const { join, refusal } = await startHub({ limits: { connections: 1 } });
    const ann = await join('ann');
    expect((await refusal()).status).toBe(503);
    await ann.leave();
    await vi.waitFor(() => join('ann'));
  },
  handshakeTimeoutMs: async () => {
    const never = () => new Promise<never>(() => undefined);
    const { refusal } = await startHub({ authenticate: never, limits: { handshakeTimeoutMs: 20 } });
    const { status, body } = await refusal();
    expect([status, body.includes('limits.handshakeTimeoutMs')]).toEqual([503, true]);
  },
  firstFrameTimeoutMs: async () => {
    const { join } = await startHub({ limits: { firstFrameTimeoutMs: 1 }, authenticate: () => ({ id: 'ann' }) });
    const known = await join('ann');
    expect((await (await (await startHub({ limits: { firstFrameTimeoutMs: 1 } })).join('bob')).end()).code).toBe(4400);
    await known.hearsNothing();
  },
  'frames that wait': async () => {
    const broker = brokerWith(() => ({ read: () => new Promise<never>(() => undefined) }));
    const ann = await (await startHub({ broker, limits: { framesPerSecond: 10_000 } })).join('ann');
    ann.say(subscribe);
    for (let n = 0; n <= 1_000; n++) ann.say({ type: 'ping' });
    expect((await ann.end()).code).toBe(4429);
  },
  'bytes that wait': async () => {
    const broker = brokerWith(() => ({ read: () => new Promise<never>(() => undefined) }));
    const { hub, join } = await startHub({ broker });
    const ann = await join('ann');
    const large = (bytes: number): string => JSON.stringify({ type: 'ping', t: '' }).padEnd(bytes);
    ann.say(subscribe);
    for (let n = 0; n < 9; n++) ann.say(large(65_536));
    await vi.waitFor(() => expect(hub.stats()).toMatchObject({ received: { frames: 10 }, connections: 1 }));
    ann.say(large(1));
    expect((await ann.end()).code).toBe(4429);
  },
  'length of an id': async () => {
    const ann = await (await startHub()).join('ann');
    const [fits, tooLong] = ['ü'.repeat(32), `${'ü'.repeat(32)}x`];
    expect(await ann.ask({ ...publish, id: fits, rid: fits })).toMatchObject({ type: 'ack', id: fits, rid: fits });
    expect(await ann.ask({ ...publish, id: tooLong })).toMatchObject({ code: 'bad_frame' });
    expect(await ann.ask({ ...publish, rid: tooLong })).toMatchObject({ code: 'bad_frame' });
    const since = (epoch: string) => ({ ...subscribe, since: { epoch, offset: 0 } });
    expect(await ann.ask(since(fits))).toMatchObject({ reason: 'epoch' });
    expect(await ann.ask(since(tooLong))).toMatchObject({ code: 'bad_frame' });
  },
  'length of client_id': async () => {
    const { hub, join, refusal } = await startHub();
    await join(encodeURIComponent('ü'.repeat(128)));
    expect(hub.sendTo('ü'.repeat(128), 1)).toBe(1);
    expect((await refusal(`/ws/${'x'.repeat(129)}`)).status).toBe(400);
  },
  'depth of JSON': async () => {
    const ann = await (await startHub()).join('ann');
    expect(await ann.ask('['.repeat(128) + ']'.repeat(128))).toHaveProperty('received');
    expect(await ann.ask('['.repeat(129) + ']'.repeat(129))).toMatchObject({ code: 'bad_frame' });
  },
});
