import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Server, ServerTerms } from './contender.ts';

/** A server for those who bring no protocol of their own. It answers the pings of an application, as text and as JSON. */
export async function plainServer({ arrivals }: ServerTerms): Promise<Server> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket) => {
    arrivals.opened();
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      if (text === 'ping') socket.send('pong');
      else if (text === '{"type":"ping"}') socket.send('{"type":"pong"}');
      else arrivals.log.arrived(Number(text));
    });
  });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}
