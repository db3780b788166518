import { describe, expect, it, vi } from 'vitest';
import { startHub } from './fixtures/realHub.ts';

const subscribe = '{"type":"subscribe","topic":"traffic/eth0"}';
const unsubscribe = '{"type":"unsubscribe","topic":"traffic/eth0"}';

describe('the session people know', () => {
  it('goes from the connection to its end, frame by frame', async () => {
    const { hub, open } = await startHub();
    const ann = await open('/ws/ann');
    expect(ann.socket.protocol).toBe('');
    expect(hub.stats()).toMatchObject({ connections: 1, subscriptions: 0, topics: 0 });

    ann.say('{"type":"ping"}');
    expect(await ann.nextText()).toBe('{"type":"pong"}');

    ann.say(subscribe);
    await vi.waitFor(() => expect(hub.stats()).toMatchObject({ subscriptions: 1, topics: 1 }));
    await hub.publish('traffic/eth0', { rx: 12_345, tx: 0.5 });
    expect(await ann.nextText()).toBe('{"rx":12345,"tx":0.5}');

    ann.say('{"text":"hello"}');
    expect(await ann.nextText()).toBe('{"received":{"text":"hello"}}');

    ann.say('{"text":');
    expect(await ann.nextText()).toBe('{"type":"error","code":"bad_frame","message":"this is no JSON"}');

    expect(hub.sendTo('ann', { for: 'ann' })).toBe(1);
    expect(await ann.nextText()).toBe('{"for":"ann"}');

    ann.say(unsubscribe);
    await vi.waitFor(() => expect(hub.stats()).toMatchObject({ subscriptions: 0, topics: 0 }));
    await hub.publish('traffic/eth0', { rx: 2 });
    ann.say('{"type":"ping","t":1700000000000}');
    expect(await ann.nextText()).toBe('{"type":"pong","t":1700000000000}');

    ann.socket.close(1000);
    expect((await ann.end()).code).toBe(1000);
    await vi.waitFor(() => expect(hub.stats()).toMatchObject({ connections: 0, closed: { 1000: 1 } }));
  });

  it('says nothing of its own at the beginning', async () => {
    const { visit } = await startHub();
    await (await visit('ann')).hearsNothing();
  });

  it('brings a broadcast to all who are subscribed, and to nobody else', async () => {
    const { hub, visit } = await startHub();
    const [ann, bob, eve] = [await visit('ann'), await visit('bob'), await visit('eve')];
    for (const client of [ann, bob]) client.say(subscribe);
    eve.say('{"type":"subscribe","topic":"traffic/lo"}');
    await vi.waitFor(() => expect(hub.stats().subscriptions).toBe(3));
    await hub.publish('traffic/eth0', 'up');
    for (const client of [ann, bob]) expect(await client.nextText()).toBe('"up"');
    await eve.hearsNothing();
  });

  it('brings it once, however often somebody subscribes', async () => {
    const { hub, visit } = await startHub();
    const ann = await visit('ann');
    ann.say(subscribe);
    ann.say(subscribe);
    await ann.hearsNothing();
    await hub.publish('traffic/eth0', 1);
    expect(await ann.nextText()).toBe('1');
    await ann.hearsNothing();
    expect(hub.stats().subscriptions).toBe(1);
  });

  it.each(['{', '', 'ping', '{"type":"subscribe","topic":}', "{'type':'ping'}", 'NaN'])(
    'survives %j, which is no JSON',
    async (text) => {
      const { visit } = await startHub();
      const ann = await visit('ann');
      expect(await ann.ask(text)).toEqual({ type: 'error', code: 'bad_frame', message: 'this is no JSON' });
      await ann.hearsNothing();
    },
  );

  it('gives back whatever else is JSON, to the letter', async () => {
    const { visit } = await startHub();
    const ann = await visit('ann');
    for (const text of ['{"type":"chat","n":1.0}', '{"type":7}', '[1, 2]', '"text"', 'null', '12345678901234567890']) {
      ann.say(text);
      expect(await ann.nextText()).toBe(`{"received":${text}}`);
    }
  });

  it('counts what comes in bytes of UTF-8, in however many pieces it comes', async () => {
    const { hub, visit } = await startHub();
    const ann = await visit('ann');
    ann.socket.send('"€u', { fin: false });
    ann.socket.send('ro"');
    expect(await ann.nextText()).toBe('{"received":"€uro"}');
    expect(hub.stats().received).toEqual({ frames: 1, bytes: 8 });
  });

  it('sends to one client alone, on all of its connections', async () => {
    const { hub, visit } = await startHub();
    const [one, other, bob] = [await visit('ann'), await visit('ann'), await visit('bob')];
    expect(hub.sendTo('ann', [1])).toBe(2);
    expect(hub.sendTo('nobody', [1])).toBe(0);
    for (const client of [one, other]) expect(await client.nextText()).toBe('[1]');
    await bob.hearsNothing();
  });

  it.each([
    ['closes', (socket: { close(): void }) => socket.close()],
    ['is cut off', (socket: { terminate(): void }) => socket.terminate()],
  ])('leaves nothing behind of a client that %s', async (_, leave) => {
    const { hub, visit } = await startHub();
    const [ann, bob] = [await visit('ann'), await visit('bob')];
    for (const topic of ['a', 'b', 'c']) ann.say({ type: 'subscribe', topic });
    bob.say({ type: 'subscribe', topic: 'a' });
    await vi.waitFor(() => expect(hub.stats()).toMatchObject({ connections: 2, topics: 3, subscriptions: 4 }));
    leave(ann.socket);
    await vi.waitFor(() => expect(hub.stats()).toMatchObject({ connections: 1, topics: 1, subscriptions: 1 }));
    expect(hub.sendTo('ann', 1)).toBe(0);
    await hub.publish('a', 'still here');
    expect(await bob.nextText()).toBe('"still here"');
  });

  it('hangs up on a client', async () => {
    const { hub, visit } = await startHub();
    const ann = await visit('ann');
    expect(hub.disconnect('ann', 4403, 'banned')).toBe(1);
    expect(await ann.end()).toEqual({ code: 4403, reason: 'banned' });
    expect(hub.disconnect('ann')).toBe(0);
  });
});
