import { expect, test, vi } from 'vitest';
import { Client, echoStage, HEADER_BYTES, timedStage } from '../fixtures/proxy.ts';

/** A busy machine takes its time. */
const soon = { timeout: 10_000 };

test('latency holds what is sent for so long, and then lets it go', async () => {
  const { proxy, client, clock, held } = await timedStage();
  const { passed } = proxy.stats();
  proxy.inject({ type: 'latency', delayMs: 20, direction: 'toServer' });
  client.socket.send('later');
  await held(HEADER_BYTES + 5);

  clock.advance(19);
  expect(proxy.stats().passed).toEqual(passed);
  clock.advance(1);

  expect(await client.nextText()).toBe('later');
  expect(clock.pending).toBe(0);
});

test('jitter keeps the order of what is sent', async () => {
  const { proxy, client, clock, held } = await timedStage();
  const texts = Array.from({ length: 30 }, (_, index) => String(index).padStart(2, '0'));
  proxy.inject({ type: 'latency', delayMs: 5, jitterMs: 500, direction: 'toServer' });
  for (const [index, text] of texts.entries()) {
    client.socket.send(text);
    await held((index + 1) * (HEADER_BYTES + 2));
  }

  clock.advance(505);

  expect(await client.nextTexts(30)).toEqual(texts);
});

/** When each of ten frames passed, in ms, for a seed. */
async function moments(seed: number): Promise<number[]> {
  const { proxy, client, clock, held } = await timedStage({ seed });
  proxy.inject({ type: 'latency', jitterMs: 1_000, direction: 'toServer' });
  const seen: number[] = [];
  for (let index = 0; index < 10; index++) {
    client.socket.send('x');
    await held(HEADER_BYTES + 1);
    while (proxy.stats().held.toServer > 0) clock.advance(1);
    seen.push(clock.now());
  }
  return seen;
}

test('the same seed gives the same jitter, another one another', async () => {
  const [once, again, other] = [await moments(7), await moments(7), await moments(8)];
  expect(again).toEqual(once);
  expect(other).not.toEqual(once);
});

test('when latency ends, nothing overtakes what is still on its way', async () => {
  const { proxy, client, clock, held } = await timedStage();
  const fault = proxy.inject({ type: 'latency', delayMs: 40, direction: 'toServer' });
  client.socket.send('slow');
  await held(HEADER_BYTES + 4);
  await fault.end();
  client.socket.send('fast');
  await held(2 * (HEADER_BYTES + 4));

  clock.advance(40);

  expect(await client.nextTexts(2)).toEqual(['slow', 'fast']);
});

test('bandwidth: so many bytes take so much time, whole and in order', async () => {
  const { proxy, client, clock, held } = await timedStage();
  const text = Array.from({ length: 102 }, (_, index) => String(index % 10)).join('');
  const before = proxy.stats().passed.toServer;
  const passed = () => proxy.stats().passed.toServer - before;
  proxy.inject({ type: 'bandwidth', bytesPerSecond: 1_000, direction: 'toServer' });
  client.socket.send(text);

  // The first ten bytes, worth ten milliseconds of the line, go at once.
  await held(HEADER_BYTES + 102 - 10);
  clock.advance(50);
  expect(passed()).toBe(60);
  clock.advance(50);

  expect(passed()).toBe(HEADER_BYTES + 102);
  expect(await client.nextText()).toBe(text);
});

test('a narrow line makes the sender wait and lets all pass once it is wide again', async () => {
  const { proxy, client } = await echoStage();
  const text = 'x'.repeat(8 * 1024 * 1024);
  const fault = proxy.inject({ type: 'bandwidth', bytesPerSecond: 1_000, direction: 'toServer' });
  client.socket.send(text);
  await vi.waitFor(() => expect(proxy.stats().passed.toServer).toBeGreaterThan(200), soon);
  expect(client.socket.bufferedAmount).toBeGreaterThan(0);

  await fault.end();

  expect((await client.nextText()).length).toBe(text.length);
});

/** Until it says the same twice, 50 ms apart. */
async function atRest(read: () => number): Promise<number> {
  let last = NaN;
  await vi.waitFor(() => expect([last, (last = read())]).toEqual([last, last]), { ...soon, interval: 50 });
  return last;
}

test('a queue smaller than a chunk lets everything through, even if it is there before the connection is', async () => {
  const { proxy } = await echoStage();
  proxy.inject({ type: 'bandwidth', bytesPerSecond: 2_000_000, queueBytes: 10_000 });
  const client = new Client(proxy.url('/live'));
  await client.opened();
  const text = 'x'.repeat(300_000);
  client.socket.send(text);
  expect(await client.nextText()).toBe(text);
});

test('a queue smaller than a chunk goes on when its receiver has paused and reads again', async () => {
  const { proxy, client, peer } = await echoStage();
  proxy.inject({ type: 'bandwidth', bytesPerSecond: 100_000_000, queueBytes: 10_000, direction: 'toServer' });
  const text = 'x'.repeat(24 * 1024 * 1024);
  peer.socket.pause();
  client.socket.send(text);
  await atRest(() => proxy.stats().passed.toServer);
  expect(client.socket.bufferedAmount).toBeGreaterThan(0);
  peer.socket.resume();
  expect((await client.nextText()).length).toBe(text.length);
});

test.each([0, 50])(
  'over a narrow line with a latency of %d ms, a client that terminates while its peer talks leaves behind what the network holds, and no more',
  async (delayMs) => {
    const { proxy, client, clock, peer } = await timedStage();
    const before = proxy.stats().passed.toServer;
    const queueBytes = 100_000;
    proxy.inject({ type: 'latency', delayMs, direction: 'toServer' });
    proxy.inject({ type: 'bandwidth', bytesPerSecond: 200_000, queueBytes, direction: 'toServer' });
    for (let nth = 0; nth < 60; nth++) client.socket.send(new Uint8Array(16_000));
    await vi.waitFor(() => expect(client.socket.bufferedAmount).toBe(0), soon);
    const heldBytes = await atRest(() => proxy.stats().held.toServer);
    expect(heldBytes).toBeGreaterThan(queueBytes - 64 * 1024);
    expect(heldBytes).toBeLessThanOrEqual(queueBytes);

    client.socket.terminate();
    peer.socket.send('anybody?');
    await vi.waitFor(() => {
      clock.advance(100);
      expect(proxy.stats().open).toBe(0);
    }, soon);

    // What was read while the clock moved: at most a chunk before the reset was seen.
    const passed = proxy.stats().passed.toServer - before;
    expect(passed).toBeGreaterThanOrEqual(heldBytes);
    expect(passed).toBeLessThanOrEqual(queueBytes + 64 * 1024);
  },
);
