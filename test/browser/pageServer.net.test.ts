import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { SUBPROTOCOL, type HubFrame } from '../../src/server/index.ts';
import type { LoadFrame, TrafficFrame } from '../../visualizer/frames.ts';
import { startServer, type RunningServer } from '../../visualizer/server/startServer.ts';
import { TallyBook } from '../../visualizer/server/tallies.ts';
import { builtPage, DEADLINE_MS } from '../fixtures/pageStage.ts';

const tokenOf = ({ address }: RunningServer): string => new URL(address).searchParams.get('token') ?? '';
let directory: string;
let server: RunningServer;
beforeAll(async () => {
  directory = await builtPage();
  server = await startServer({ port: 0, page: directory });
});
afterAll(() => server.close());

describe('the server of the page', () => {
  const dial = (path: string, options: ClientOptions = {}, ...protocols: string[]): WebSocket => {
    const socket = new WebSocket(server.url.replace('http', 'ws') + path, protocols, options);
    onTestFinished(() => socket.terminate());
    return socket;
  };

  it('sends every reading, with the counters read anew, to whoever only listens at /api/ws/traffic', async () => {
    const socket = dial('/api/ws/traffic');
    // Each frame is itself traffic of the loopback interface, so the next reading has to differ.
    let freshInARow = 0;
    socket.on('message', (data: Buffer) => {
      const { type, interfaces } = JSON.parse(data.toString()) as TrafficFrame;
      expect(type).toBe('traffic');
      freshInARow = interfaces.some(({ rxBytesPerS }) => rxBytesPerS > 0) ? freshInARow + 1 : 0;
    });
    await expect.poll(() => freshInARow, { timeout: DEADLINE_MS }).toBeGreaterThanOrEqual(6);
  });

  it('publishes each interface and the load of the machine as topics of their own', async () => {
    const socket = dial('/ws/test', {}, SUBPROTOCOL);
    const heard = new Map<string, unknown>();
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as HubFrame;
      if (frame.type === 'message') heard.set(frame.topic, frame.data);
    });
    await once(socket, 'open');
    const [loopback = 'lo'] =
      Object.entries(networkInterfaces()).find(([, addresses]) => addresses?.some(({ internal }) => internal)) ?? [];
    const wanted = [`traffic/${loopback}`, 'system/load'];
    for (const topic of wanted) socket.send(JSON.stringify({ type: 'subscribe', topic }));
    await expect.poll(() => [...heard.keys()].sort(), { timeout: DEADLINE_MS }).toEqual(wanted.sort());
    expect(heard.get(`traffic/${loopback}`)).toMatchObject({ type: 'traffic', interfaces: [{ name: loopback }] });
    const { cpuShare, memory } = heard.get('system/load') as LoadFrame;
    expect(cpuShare).toBeGreaterThanOrEqual(0);
    expect(cpuShare).toBeLessThanOrEqual(1);
    expect(memory.usedBytes).toBeLessThan(memory.totalBytes);
  });

  it.each([
    ['a foreign page', { origin: 'http://example.com' }],
    ['a page of another port', { origin: 'http://127.0.0.1:1' }],
    ['a name that was made to lead here', { origin: 'http://example.com', host: 'example.com' }],
  ])('takes neither sockets nor commands from %s', async (_, headers: Record<string, string>) => {
    for (const path of ['/ws/test', '/api/ws/traffic']) {
      const [error] = (await once(dial(path, { headers }), 'error')) as [Error];
      expect(error.message).toBe('Unexpected server response: 403');
    }
    expect(await statusOf('POST', `/hurt?how=cut&token=${tokenOf(server)}`, headers)).toBe(403);
  });

  it('takes no command from what is no page, without its secret, or that it does not know', async () => {
    const ours = { origin: server.url };
    const token = tokenOf(server);
    expect(await statusOf('POST', `/hurt?how=cut&token=${token}`, {})).toBe(403);
    for (const wrong of ['', token.slice(1), 'x'.repeat(token.length)])
      expect(await statusOf('POST', `/hurt?how=cut&token=${wrong}`, ours)).toBe(403);
    for (const how of ['', 'constructor', 'burn'])
      expect(await statusOf('POST', `/hurt?how=${how}&token=${token}`, ours)).toBe(400);
    expect(await statusOf('POST', `/hurt?how=slow&token=${token}`, ours)).toBe(204);
    for (const perSecond of ['', '-1', '1e9'])
      expect(await statusOf('POST', `/stream?perSecond=${perSecond}&token=${token}`, ours)).toBe(400);
    expect(await statusOf('POST', `/stream?perSecond=0`, ours)).toBe(403);
    expect(await statusOf('POST', `/commands?token=${token}`, ours)).toBe(405);
  });

  it('counts what arrives, what is missing and what comes twice, window by window', () => {
    const book = new TallyBook();
    for (const number of [1, 2, 5, 4, 4]) book.note('ours', 'ann', number);
    book.note('byHand', 'bob', 3);
    for (const nonsense of [0, -1, 1.5, '1', 1e9, null]) book.note('ours', 'ann', nonsense);
    expect(book.takeNews()).toEqual([
      ['ann', { ours: { arrived: 4, lost: 1, twice: 1 }, byHand: { arrived: 0, lost: 0, twice: 0 } }],
      ['bob', { ours: { arrived: 0, lost: 0, twice: 0 }, byHand: { arrived: 1, lost: 2, twice: 0 } }],
    ]);
    expect(book.takeNews()).toEqual([]);
  });

  it('is there after 150 kB', () => {
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const sizes = files.map(({ parentPath, name }) => gzipSync(readFileSync(join(parentPath, name))).length);
    expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(150_000);
  });

  it('hands out the page by its own names only, and nothing else', async () => {
    expect(await statusOf('GET', '/', {})).toBe(200);
    expect(await statusOf('GET', '/', { host: 'example.com' })).toBe(403);
    expect(await statusOf('GET', '/../package.json', {})).toBe(404);
    expect(await statusOf('PUT', '/', {})).toBe(405);
  });

  const statusOf = async (method: string, path: string, headers: Record<string, string>): Promise<number> => {
    const { port } = new URL(server.url);
    const asked = request({ host: '127.0.0.1', port, method, path, headers }).end();
    const [response] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }];
    response.resume();
    return response.statusCode;
  };
});
