import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { PassageLog } from './log.ts';

/** A server that answers pings and talks to whoever came last. */
export async function startServer(log: PassageLog) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  let newest: WebSocket | undefined;
  server.on('connection', (socket) => {
    newest = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { n: number } | { type: 'ping'; t: string };
      if ('n' in message) log.arrived(message.n);
      else socket.send(JSON.stringify({ ...message, type: 'pong' }));
    });
  });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    /** Whether there was a socket to send on. */
    send: (n: number): boolean => {
      if (newest?.readyState !== WebSocket.OPEN) return false;
      newest.send(JSON.stringify({ n }));
      return true;
    },
    close: async () => {
      for (const client of server.clients) client.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A class to dial with that counts how many of its sockets are connecting or open. */
export function watchedSockets() {
  const live = { most: 0 };
  const sockets = new Set<WebSocket>();
  class Watched extends WebSocket {
    constructor(url: string) {
      super(url, { perMessageDeflate: false });
      sockets.add(this);
      this.on('close', () => sockets.delete(this));
      const count = [...sockets].filter(({ readyState }) => readyState <= WebSocket.OPEN).length;
      live.most = Math.max(live.most, count);
    }
  }
  return { Watched, live };
}
