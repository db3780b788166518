import { expect, test } from 'vitest';
import { startHub } from './fixtures/realHub.ts';
import { clientFrame, RawClient } from './rawClient.ts';

/** Of them, so many go out at a time until the hub hangs up. */
const STEP = 500;
/** More than any hub takes with these limits. */
const MOST = 50_000;
const ROUNDS = 20;
const CLOSE = 8;

/** Says the same without end, and reads what is answered. Resolves with the code that the hub hangs up with. */
async function flood(port: number, said: string, protocol: string | undefined): Promise<number> {
  const client = await RawClient.connect(port);
  client.ask('/ws/flood', { 'Sec-WebSocket-Protocol': protocol });
  expect((await client.readAnswer()).status).toBe(101);
  const hungUp = new AbortController();
  const reading = (async () => {
    for (;;) {
      const { opcode, payload } = await client.readFrame();
      if (opcode === CLOSE) return payload.readUInt16BE(0);
    }
  })().finally(() => hungUp.abort());
  const wire = Buffer.concat(Array.from({ length: STEP }, () => clientFrame(1, said)));
  for (let sent = 0; !hungUp.signal.aborted && sent < MOST; sent += STEP) {
    client.write(wire);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const code = await reading;
  client.socket.destroy();
  return code;
}

test.each([
  ['pings', '{"type":"ping"}'],
  ['frames that are no JSON', '{"type":'],
  ['frames that are echoed', `{"type":"dance","steps":"${'x'.repeat(500)}"}`],
  ['subscriptions', '{"type":"subscribe","topic":"a","last":100}'],
  ['publishes to the topic of the others', '{"type":"publish","topic":"a","data":"flood"}'],
])('who floods a hub with %s is hung up with 4429, and others notice nothing', async (_, said) => {
  const { hub, port, join, visit } = await startHub();
  const topics = await join('ann');
  const basic = await visit('bob');
  for (const client of [topics, basic]) client.say({ type: 'subscribe', topic: 'a' });
  expect(await topics.next()).toMatchObject({ type: 'subscribed', offset: 0 });
  await basic.hearsNothing();

  const floods = Promise.all([flood(port, said, 'topics.v1+json'), flood(port, said, undefined)]);
  for (let n = 1; n <= ROUNDS; n++) topics.say({ type: 'publish', topic: 'a', data: n, rid: n });
  expect(await floods).toEqual([4429, 4429]);
  topics.say({ type: 'publish', topic: 'a', data: 'last', rid: 'last' });

  const heard: unknown[] = [];
  const acked: unknown[] = [];
  let offset = 0;
  while (heard.at(-1) !== 'last' || acked.at(-1) !== 'last') {
    const frame = await topics.next();
    if (frame['type'] === 'ack') acked.push(frame['rid']);
    else {
      expect(frame).toMatchObject({ type: 'message', offset: ++offset });
      heard.push(frame['data']);
    }
  }
  const own = [...Array.from({ length: ROUNDS }, (_, n) => n + 1), 'last'];
  expect(acked).toEqual(own);
  expect(heard.filter((data) => data !== 'flood')).toEqual(own);
  // Unframed and unnumbered: the same, one for one.
  for (const data of heard) expect(JSON.parse(await basic.nextText())).toBe(data);
  for (const client of [topics, basic]) await client.hearsNothing();
  expect(hub.stats()).toMatchObject({ connections: 2, topics: 1, subscriptions: 2, slowConsumers: 0 });
});
