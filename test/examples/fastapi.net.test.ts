/** Our client at the Python server that everybody has: what people will try first. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { follow } from '../../examples/fastapi/follow.ts';
import { python, startPythonServer } from '../../examples/fastapi/server.ts';
import type { ConnectionOptions } from '../../src/index.ts';

const DEADLINE_MS = 15_000;

/** Fails where `CI` is set; elsewhere it is left out, and says so. */
const canRun = python !== undefined || process.env['CI'] !== undefined;
if (!canRun) {
  const howTo = 'apt-get install python3-fastapi python3-uvicorn python3-websockets';
  console.warn(`\n!!! No Python with fastapi on this machine: examples/fastapi is left out. ${howTo}\n`);
}

async function stage(options: Partial<ConnectionOptions> = {}) {
  const server = await startPythonServer();
  const client = follow(`ws://127.0.0.1:${server.port}/ws/ann`, { retry: { baseMs: 20, capMs: 200 }, ...options });
  const { connection } = client;
  const servers = [server];
  onTestFinished(async () => {
    connection.dispose();
    await Promise.all(servers.map(({ stop }) => stop('SIGKILL')));
  });
  const heard: unknown[] = [];
  const others: unknown[] = [];
  let gaps = 0;
  client.subscribe('news', (data) => heard.push(data), { onGap: () => gaps++ });
  connection.onMessage((message) => others.push(message));
  connection.connect();
  await connection.opened();
  return {
    connection,
    client,
    heard,
    others,
    gaps: () => gaps,
    /** Until the server has heard all that was said before. */
    settled: async () => {
      const echo = { echo: others.length };
      connection.send(echo);
      await vi.waitFor(() => expect(others).toContainEqual({ received: echo }), { timeout: DEADLINE_MS });
    },
    publish: (data: unknown) =>
      fetch(`http://127.0.0.1:${server.port}/publish/news`, {
        method: 'POST',
        body: JSON.stringify(data),
        headers: { Connection: 'close' },
      }),
    openAgain: () =>
      vi.waitFor(() => expect(connection.stats()).toMatchObject({ state: 'open', reconnects: 1 }), DEADLINE_MS),
    stop: () => server.stop(),
    startAgain: async () => void servers.push(await startPythonServer(server.port)),
  };
}

describe.runIf(canRun)('a topic server in Python', { timeout: 4 * DEADLINE_MS }, () => {
  test('subscribes, is heard, echoes and answers pings', async () => {
    const { client, connection, heard, settled, publish } = await stage();
    await settled();
    await publish({ headline: 'rain' });
    await vi.waitFor(() => expect(heard).toEqual([{ headline: 'rain' }]), DEADLINE_MS);
    expect(client.guarantee).toBe('best-effort');
    await vi.waitFor(() => expect(connection.stats().heartbeat).toBe('answered'), DEADLINE_MS);
  });

  test('that closes with 1000 because its handler has returned is come back to, and the topic is followed again', async () => {
    const { connection, heard, gaps, settled, publish, openAgain } = await stage();
    connection.send({ type: 'leave' });
    await openAgain();
    expect(connection.getSnapshot().context.lastClose).toMatchObject({ code: 1000 });
    await settled();
    await publish('after');
    await vi.waitFor(() => expect(heard).toEqual(['after']), DEADLINE_MS);
    expect(gaps()).toBe(1);
  });

  test('that is sent no JSON says so, and the connection lives on', async () => {
    const { connection, others, settled } = await stage({
      codec: {
        encode: (message) => (message === 'garbage' ? '{"type":' : JSON.stringify(message)),
        decode: (data) => JSON.parse(String(data)) as unknown,
      },
    });
    connection.send('garbage');
    await settled();
    expect(others).toContainEqual({ type: 'error', message: 'this is no JSON' });
    expect(connection.stats().reconnects).toBe(0);
  });

  test('that is ended by SIGTERM and started again is come back to, and what was sent meanwhile arrives', async () => {
    const { connection, client, others, gaps, openAgain, stop, startAgain } = await stage();
    await stop();
    await vi.waitFor(() => expect(connection.isConnected).toBe(false), DEADLINE_MS);
    connection.send({ sent: 'meanwhile' });
    // Held until it is known that nobody there would acknowledge it.
    const published = expect(client.publish('news', 1)).rejects.toMatchObject({ code: 'unavailable' });
    await startAgain();
    await published;
    await openAgain();
    await vi.waitFor(() => expect(others).toContainEqual({ received: { sent: 'meanwhile' } }), DEADLINE_MS);
    expect(gaps()).toBe(1);
  });
});
