import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { io, type ManagerOptions, type SocketOptions } from 'socket.io-client';
import { socketIoReconnects } from '../../topics/reconnects.ts';
import type { Contender, Pace } from '../contender.ts';

/** With its own server, which pings; over WebSocket only, and connection state recovery is on. */
function withOptions(own: (pace: Pace) => Partial<ManagerOptions & SocketOptions>): Contender {
  return {
    serve: async ({ pace, arrivals }) => {
      const http = createServer();
      const server = new Server(http, {
        transports: ['websocket'],
        pingInterval: pace(25_000),
        pingTimeout: pace(20_000),
        connectionStateRecovery: {},
      });
      server.engine.on('connection', () => arrivals.opened());
      server.on('connection', (socket) => {
        socket.on('number', (n: number, acknowledge?: () => void) => {
          arrivals.log.arrived(n);
          acknowledge?.();
        });
      });
      http.listen(0, '127.0.0.1');
      await once(http, 'listening');
      return { port: (http.address() as AddressInfo).port, close: () => server.close() };
    },
    dial: ({ url, pace, connectTimeoutMs, told }) => {
      const options = own(pace);
      const socket = io(url.replace(/^ws/u, 'http'), {
        transports: ['websocket'],
        forceNew: true,
        timeout: connectTimeoutMs,
        reconnectionDelay: pace(1_000),
        reconnectionDelayMax: pace(5_000),
        ...options,
      });
      const send =
        options.retries === undefined
          ? (n: number) => socket.emit('number', n)
          : (n: number) => socket.emit('number', n, (error: unknown) => error !== null && told(n));
      return { send: (n) => void send(n), close: () => void socket.disconnect() };
    },
    entry: `export { io } from 'socket.io-client';`,
    downstream: (cuts) => socketIoReconnects(cuts, 0),
  };
}

export const socketIo = withOptions(() => ({}));
/** At least once, with acknowledgements: https://socket.io/docs/v4/delivery-guarantees */
export const retried = withOptions((pace) => ({ retries: 3, ackTimeout: pace(10_000) }));
