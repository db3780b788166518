import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../src/protocol/topicFrames.ts';
import type { Handshake } from '../../src/server/options.ts';
import { Inbox, within } from '../fixtures/events.ts';
import { RawClient } from './rawClient.ts';
import { PATH, type Settings, hubDoor, ask } from './upgradeDoor.ts';

describe('a server of its own', () => {
  const listening = async (settings: Settings = {}) => {
    const door = hubDoor(settings);
    const { port } = await door.upgrades.listen({
      port: 0,
      host: '127.0.0.1',
      path: PATH,
      onRequest: (_request, response) => response.end('healthy'),
    });
    return { ...door, port };
  };

  it('takes upgrades and requests on one port', async () => {
    const { port, accepted } = await listening();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/a`, SUBPROTOCOL);
    onTestFinished(() => socket.terminate());
    expect((await accepted.next()).protocol).toBe(SUBPROTOCOL);
    const client = await RawClient.connect(port);
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await client.readRest()).toContain('healthy');
  });

  it('ends who takes longer than limits.handshakeTimeoutMs for a request', async () => {
    const { port } = await listening({ limits: { handshakeTimeoutMs: 50 } });
    const half = await RawClient.connect(port);
    half.write('GET /ws/a HTTP/1.1\r\n');
    expect(await half.readRest()).toContain('408');
    await (
      await RawClient.connect(port)
    ).ended;
  });

  it('rejects where it cannot listen, and then holds nothing', async () => {
    const { port } = await listening();
    const { upgrades } = hubDoor();
    const options = { host: '127.0.0.1', path: PATH, onRequest: () => undefined };
    await expect(upgrades.listen({ ...options, port })).rejects.toThrow('EADDRINUSE');
    await upgrades.close();
  });

  it('is gone when the door is closed, and handshakes under way are answered with 503', async () => {
    const begun = new Inbox<Handshake>('handshake');
    const { upgrades, port } = await listening({
      options: {
        authenticate: (handshake) => {
          begun.put(handshake);
          return new Promise(() => undefined);
        },
      },
    });
    const idle = await RawClient.connect(port);
    const answer = ask(port, '/ws/a');
    const { signal } = await begun.next();
    await within('the end of the server', upgrades.close());
    expect(signal.aborted).toBe(true);
    expect((await answer).status).toBe(503);
    await idle.ended;
    const late = connect({ port, host: '127.0.0.1' });
    await within('a refused connection', new Promise((resolve) => late.once('error', resolve)));
  });
});
