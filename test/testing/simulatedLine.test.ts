import { describe, expect, test } from 'vitest';
import { createSimulatedNetwork, FakeSocket, SimulatedClock } from '../../src/testing/index.ts';
import { linedStage } from '../fixtures/linedStage.ts';

const SLOW = { type: 'bandwidth', bytesPerSecond: 10_000 } as const;
/** With its header and mask. */
const framed = (bytes: number, header = 8): Uint8Array => new Uint8Array(bytes - header);
const moments = (stage: ReturnType<typeof linedStage>): number[] => {
  const begin = stage.clock.now();
  const seen: number[] = [];
  stage.peer.onMessage(() => seen.push(Math.round(stage.clock.now() - begin)));
  return seen;
};

describe('bandwidth', () => {
  test('a frame arrives when its last byte is through, those behind it later; pings and closings wait their turn', () => {
    const stage = linedStage({ latencyMs: 100 });
    const { clock, network, socket, peer } = stage;
    const at = moments(stage);
    const pongs: number[] = [];
    const begin = clock.now();
    socket.on('pong', () => pongs.push(Math.round(clock.now() - begin)));
    network.inject(SLOW);
    socket.send(framed(10_000));
    socket.send(framed(5_000));
    socket.ping();
    clock.advance(1_600);
    expect(at).toEqual([1_100, 1_600]);
    clock.advance(200);
    // Six bytes there, two back.
    expect(pongs).toEqual([1_701]);
    socket.send(framed(10_000));
    socket.close(1000);
    clock.advance(1_100);
    expect(peer.isOpen).toBe(true);
    clock.advance(200);
    expect(peer.closed).toEqual({ code: 1000, reason: '' });
    expect(socket.readyState).toBe(FakeSocket.CLOSED);
  });

  test('what is on its way when the line becomes narrow, wider, or wide again takes as long as the rest of it takes', async () => {
    const stage = linedStage();
    const { clock, network, socket } = stage;
    const at = moments(stage);
    const narrow = network.inject(SLOW);
    socket.send(framed(20_000));
    socket.send(framed(20_000));
    clock.advance(1_000);
    const narrower = network.inject({ ...SLOW, bytesPerSecond: 5_000 });
    clock.advance(2_000);
    expect(at).toEqual([3_000]);
    await narrower.end();
    clock.advance(1_000);
    await narrow.end();
    clock.advance(0);
    expect(at).toEqual([3_000, 4_000]);
    expect(network.stats().held).toEqual({ toServer: 0, toClient: 0 });
  });

  test('one way only leaves the other as it is, and the narrowest of several holds', () => {
    const stage = linedStage();
    const { clock, network, socket, peer } = stage;
    const at = moments(stage);
    network.inject({ ...SLOW, direction: 'toClient' });
    network.inject({ ...SLOW, direction: 'toServer', bytesPerSecond: 20_000 });
    network.inject({ ...SLOW, direction: 'toServer', bytesPerSecond: 40_000 });
    const heard: number[] = [];
    const begin = clock.now();
    socket.onmessage = () => heard.push(Math.round(clock.now() - begin));
    socket.send(framed(10_000));
    peer.send(framed(10_000, 4));
    expect(network.stats().held).toEqual({ toServer: 10_000, toClient: 10_000 });
    clock.advance(1_000);
    expect([at, heard]).toEqual([[500], [1_000]]);
  });

  test('a line of the network is there from the first byte, and stays when faults are cleared', () => {
    const clock = new SimulatedClock();
    const network = createSimulatedNetwork({
      clock,
      line: [
        { bytesPerSecond: 100, direction: 'toServer' },
        { bytesPerSecond: 300, direction: 'toClient' },
      ],
    });
    network.serve('ws://server.test/');
    network.clear();
    const socket = new network.WebSocket('ws://server.test/');
    clock.advance(1_999);
    expect(socket.readyState).toBe(FakeSocket.CONNECTING);
    clock.advance(1);
    expect(socket.readyState).toBe(FakeSocket.OPEN);
  });

  test.each([
    [{ bytesPerSecond: 0 }, 'line.bytesPerSecond'],
    [{}, 'line.bytesPerSecond'],
    [{ bytesPerSecond: 1, queueBytes: -1 }, 'line.queueBytes'],
    [{ bytesPerSecond: 1, queue: 1 }, 'line.queue'],
    [{ bytesPerSecond: 1, forMs: 5 }, 'line.forMs'],
    [{ bytesPerSecond: 1, on: 'new' }, 'line.on'],
    [{ bytesPerSecond: 1, type: 'bandwidth' }, 'line.type'],
    [{ bytesPerSecond: 1, direction: 'up' }, 'line.direction'],
    [null, 'line'],
    [[{ bytesPerSecond: 1 }, { queueBytes: 1 }], 'line[1].bytesPerSecond'],
  ])('%o is no line: the error names %s', (line, named) => {
    const make = () =>
      createSimulatedNetwork({ clock: new SimulatedClock(), line: line as { bytesPerSecond: number } });
    expect(make).toThrow(expect.objectContaining({ code: 'invalid-option' }));
    expect(make).toThrow(`${named}: `);
  });
});

describe('bufferedAmount', () => {
  test('shows what the kernel has not taken: as ws it falls by whole writes, all that waited at once', () => {
    const { clock, network, socket } = linedStage();
    network.inject(SLOW);
    for (let nth = 0; nth < 5; nth++) socket.send(framed(100_000, 14));
    // The first fits; the second is under way, and the rest waits for it.
    expect(socket.bufferedAmount).toBe(400_000);
    const seen = new Set<number>();
    for (let ms = 0; ms < 50_000; ms += 100) {
      clock.advance(100);
      seen.add(socket.bufferedAmount);
    }
    expect([...seen]).toEqual([400_000, 300_000, 0]);
  });

  test('falls as it goes in a browser', () => {
    const { clock, network, dial } = linedStage({ hasPing: false });
    network.inject(SLOW);
    const socket = dial();
    socket.send(framed(300_000, 14));
    const before = socket.bufferedAmount;
    clock.advance(1_000);
    expect(before - socket.bufferedAmount).toBeGreaterThan(10_000);
    expect(socket.bufferedAmount).toBeGreaterThan(0);
  });

  test('is 0 at once where a lot went fast before, or where the line is wide', () => {
    const { network, socket } = linedStage();
    socket.send(framed(3_000_000, 14));
    expect(socket.bufferedAmount).toBe(0);
    network.inject(SLOW);
    socket.send(framed(900_000, 14));
    expect(socket.bufferedAmount).toBe(0);
    socket.send(framed(200_000, 14));
    expect(socket.bufferedAmount).toBe(200_000);
  });

  test('never hides more than kernelBytes', () => {
    const { network, socket } = linedStage();
    socket.send(framed(3_000_000, 14));
    network.inject({ ...SLOW, kernelBytes: 50_000 });
    socket.send(framed(50_000));
    expect(socket.bufferedAmount).toBe(0);
    socket.send(framed(1_000));
    expect(socket.bufferedAmount).toBe(1_000);
  });

  test('is what a test makes it, on top of what waits', () => {
    const { network, socket } = linedStage();
    network.inject(SLOW);
    socket.bufferedAmount = 500;
    expect(socket.bufferedAmount).toBe(500);
    socket.send(framed(400_000, 14));
    expect(socket.bufferedAmount).toBe(400_500);
    socket.bufferedAmount -= 500;
    expect(socket.bufferedAmount).toBe(400_000);
  });
});

describe('who leaves', () => {
  /** 960 kB in the kernel of a socket on 200 kB/s. */
  function filled() {
    const staged = linedStage();
    staged.socket.send(framed(3_000_000, 14));
    staged.clock.advance(1);
    staged.network.inject({ type: 'bandwidth', bytesPerSecond: 200_000 });
    staged.peer.received.length = 0;
    for (let nth = 0; nth < 60; nth++) staged.socket.send(framed(16_000));
    expect(staged.socket.bufferedAmount).toBe(0);
    return staged;
  }

  test('by terminate() leaves behind what the kernel has: it arrives where the peer says nothing', () => {
    const { clock, socket, peer } = filled();
    socket.terminate();
    clock.advance(4_700);
    expect(peer.closed).toBeUndefined();
    clock.advance(200);
    expect(peer.received).toHaveLength(60);
    expect(peer.closed?.code).toBe(1006);
  });

  test('by terminate() loses what its kernel holds as soon as the peer says a word: what the network has still arrives', () => {
    const { clock, network, socket, peer } = filled();
    socket.terminate();
    peer.send('hello?');
    clock.advance(1);
    expect(network.stats().swallowed.toServer).toBe(54);
    // 100 kB at 200 kB/s, and nothing of it is sent again.
    clock.advance(520);
    expect(peer.received).toHaveLength(6);
    expect(peer.closed?.code).toBe(1006);
    expect(network.stats()).toMatchObject({ open: 0, held: { toServer: 0, toClient: 0 } });
  });

  test('by close() alone loses nothing: its frame stands behind all that was sent, and is answered', () => {
    const { clock, socket, peer } = filled();
    const ends: number[] = [];
    socket.onclose = ({ code }: { code: number }) => ends.push(code);
    peer.onMessage(() => peer.send('ah'));
    socket.close(1000);
    clock.advance(4_900);
    expect(peer.received).toHaveLength(60);
    expect(peer.closed).toEqual({ code: 1000, reason: '' });
    expect(ends).toEqual([1000]);
  });

  test('takes what its own socket holds along: a frame that is not whole in the kernel never arrives', () => {
    const { clock, network, socket, peer } = linedStage();
    network.inject(SLOW);
    for (let nth = 0; nth < 10; nth++) socket.send(framed(30_000));
    socket.terminate();
    clock.advance(60_000);
    expect(peer.received).toHaveLength(3);
    expect(peer.closed?.code).toBe(1006);
  });

  test('as a server loses what it holds as soon as the client says a word', () => {
    const { clock, network, socket, peer } = linedStage();
    let heard = 0;
    socket.onmessage = () => heard++;
    peer.send(framed(3_000_000, 10));
    clock.advance(1);
    network.inject({ ...SLOW, direction: 'toClient' });
    for (let nth = 0; nth < 60; nth++) peer.send(framed(16_000, 4));
    peer.terminate();
    socket.send('hello?');
    clock.advance(12_000);
    expect(heard).toBe(1 + 6);
    expect(socket.readyState).toBe(FakeSocket.CLOSED);
  });
});

test('a healthy thin line answers a ping later than a heartbeat waits: 960 kB stand before it, and nothing shows them', () => {
  const { clock, network, socket } = linedStage();
  socket.send(framed(3_000_000, 14));
  clock.advance(1);
  network.inject({ type: 'bandwidth', bytesPerSecond: 60_000 });
  for (let nth = 0; nth < 60; nth++) socket.send(framed(16_000));
  const pongs: number[] = [];
  socket.on('pong', () => pongs.push(clock.now()));
  const begin = clock.now();
  socket.ping();
  expect(socket.bufferedAmount).toBe(0);
  clock.advance(60_000);
  // The default `timeoutMs` of a heartbeat is 10 s.
  expect(pongs.map((at) => Math.round((at - begin) / 1_000))).toEqual([16]);
});

test('a queue that runs over stops the stream for as long as it takes to drain, once, and then all of it comes', () => {
  const stage = linedStage();
  const { clock, network, socket, peer } = stage;
  const at = moments(stage);
  network.inject({ ...SLOW, queueBytes: 20_000 });
  for (let nth = 0; nth < 10; nth++) socket.send(framed(10_000));
  clock.advance(10_000);
  // Lost between 20 and 30 kB, sent again behind the 20 kB that wait.
  expect(at.slice(0, 2)).toEqual([1_000, 2_000]);
  expect(at[2]).toBeGreaterThan(4_000);
  expect(at[3]).toBe(at[2]);
  expect(at.slice(5)).toEqual([6_000, 7_000, 8_000, 9_000, 10_000]);
  expect(peer.received).toHaveLength(10);
});

test('a queue that never fills loses nothing: with a kilobyte a second, each arrives in time', () => {
  const stage = linedStage();
  const { clock, network, socket } = stage;
  const at = moments(stage);
  network.inject({ type: 'bandwidth', bytesPerSecond: 60_000 });
  for (let second = 0; second < 400; second++) {
    socket.send(framed(1_000));
    clock.advance(1_000);
  }
  expect(at).toHaveLength(400);
  expect(Math.max(...at.map((ms, second) => ms - second * 1_000))).toBe(17);
});

test('a queue that overflows after many small messages does so where the burst fills it', () => {
  const stage = linedStage();
  const { clock, network, socket } = stage;
  network.inject({ ...SLOW, queueBytes: 20_000 });
  for (let nth = 0; nth < 100; nth++) {
    socket.send(framed(1_000));
    clock.advance(1_000);
  }
  const at = moments(stage);
  for (let nth = 0; nth < 10; nth++) socket.send(framed(10_000));
  clock.advance(10_000);
  expect(at.slice(0, 2)).toEqual([1_000, 2_000]);
  expect(at[2]).toBeGreaterThan(4_000);
  expect(at).toHaveLength(10);
});

test('a larger queue on a line of the same rate holds what would have overflowed', async () => {
  const stage = linedStage();
  const { clock, network, socket } = stage;
  const at = moments(stage);
  const shallow = network.inject({ ...SLOW, queueBytes: 20_000 });
  network.inject({ ...SLOW, queueBytes: 1_000_000 });
  for (let nth = 0; nth < 10; nth++) socket.send(framed(10_000));
  await shallow.end();
  clock.advance(10_000);
  expect(at).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((second) => second * 1_000));
});

describe('in the dark', () => {
  /** 960 kB on their way over 60 kB/s, most of them in the socket. */
  function uploading() {
    const staged = linedStage();
    staged.network.inject({ type: 'bandwidth', bytesPerSecond: 60_000 });
    for (let nth = 0; nth < 60; nth++) staged.socket.send(framed(16_000));
    staged.clock.advance(1_000);
    expect(staged.socket.bufferedAmount).toBe(848_000);
    return staged;
  }

  test.each([
    { type: 'blackhole' },
    { type: 'blackhole', direction: 'toServer' },
    { type: 'halfOpen' },
    { type: 'reset' },
    { type: 'close', code: 1001 },
  ] as const)('bufferedAmount stays what it was, since nothing gets through any more: %o', (fault) => {
    const { clock, network, socket, peer } = uploading();
    network.inject(fault);
    clock.advance(60_000);
    expect(socket.bufferedAmount).toBe(848_000);
    expect(peer.received.length).toBeLessThanOrEqual(3);
    expect(clock.pending).toBe(0);
  });

  test('on the way back alone, what is sent arrives, and is not acknowledged before it is over', async () => {
    const { clock, network, socket, peer } = uploading();
    const tunnel = network.inject({ type: 'blackhole', direction: 'toClient' });
    clock.advance(60_000);
    expect(socket.bufferedAmount).toBe(848_000);
    expect(peer.received).toHaveLength(60);
    socket.send(framed(16_000));
    expect(socket.bufferedAmount).toBe(864_000);
    await tunnel.end();
    clock.advance(60_000);
    expect(socket.bufferedAmount).toBe(0);
    expect(peer.received).toHaveLength(61);
  });

  test('on the way back alone, what is sent fills the kernel, and then the socket, on a wide line too', () => {
    const { network, socket } = linedStage();
    network.inject({ type: 'blackhole', direction: 'toClient' });
    for (let nth = 0; nth < 16; nth++) socket.send(framed(16_000));
    expect(socket.bufferedAmount).toBe(160_000);
  });

  test('what is sent fills the kernel, and then the socket, on a wide line too', async () => {
    const { clock, network, socket } = linedStage();
    const tunnel = network.inject({ type: 'blackhole' });
    for (let nth = 0; nth < 6; nth++) socket.send(framed(16_000));
    expect(socket.bufferedAmount).toBe(0);
    for (let nth = 0; nth < 10; nth++) socket.send(framed(16_000));
    expect(socket.bufferedAmount).toBe(160_000);
    clock.advance(60_000);
    expect(socket.bufferedAmount).toBe(160_000);
    await tunnel.end();
    clock.advance(60_000);
    expect(socket.bufferedAmount).toBe(160_000);
    expect(network.stats()).toMatchObject({ held: { toServer: 0 }, swallowed: { toServer: 16 } });
  });

  test('the kernel takes no more than a megabyte, however much went before', () => {
    const { clock, network, socket } = linedStage();
    socket.send(framed(50_000_000, 14));
    clock.advance(1);
    network.inject({ type: 'blackhole' });
    for (let nth = 0; nth < 20; nth++) socket.send(framed(100_000, 14));
    expect(socket.bufferedAmount).toBe(1_000_000);
  });

  test('what a wide line has taken stays taken, even if it never arrives', () => {
    const { network, socket } = linedStage();
    socket.send(framed(3_000_000, 14));
    network.inject({ type: 'blackhole' });
    expect(socket.bufferedAmount).toBe(0);
    socket.send(framed(100_000, 14));
    expect(socket.bufferedAmount).toBe(100_000);
  });

  test('a dark time in which nothing is sent changes nothing', async () => {
    const { clock, network, socket, peer } = linedStage();
    const tunnel = network.inject({ type: 'blackhole' });
    clock.advance(60_000);
    await tunnel.end();
    socket.send(framed(3_000_000, 14));
    clock.advance(1);
    expect(socket.bufferedAmount).toBe(0);
    expect(peer.received).toHaveLength(1);
  });
});
