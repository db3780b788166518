/** Packages that look like a WebSocket and reconnect. Neither has a heartbeat, nor says what became of a message. */
import { WebSocket as PartySocket } from 'partysocket';
import reconnectingWebSocket from 'reconnecting-websocket';
import type { Contender } from '../contender.ts';
import { plainServer } from '../plainServer.ts';

// Its types tell of an ES module's default; what Node loads is a CommonJS module that is the class.
const ReconnectingWebSocket = reconnectingWebSocket as unknown as typeof reconnectingWebSocket.default;

export const partysocket: Contender = {
  serve: plainServer,
  dial: ({ url, pace, WebSocket, connectTimeoutMs }) => {
    const socket = new PartySocket(url, undefined, {
      WebSocket,
      connectionTimeout: connectTimeoutMs,
      minReconnectionDelay: pace(3_000),
      maxReconnectionDelay: pace(10_000),
      minUptime: pace(5_000),
    });
    return { send: (n) => void socket.send(String(n)), close: () => socket.close() };
  },
  entry: `export { default } from 'partysocket/ws';`,
};

export const reconnecting: Contender = {
  serve: plainServer,
  dial: ({ url, pace, WebSocket, connectTimeoutMs }) => {
    const socket = new ReconnectingWebSocket(url, undefined, {
      WebSocket,
      connectionTimeout: connectTimeoutMs,
      // Its default is drawn once for a page; each of these clients stands for a page of its own.
      minReconnectionDelay: pace(1_000 + Math.random() * 4_000),
      maxReconnectionDelay: pace(10_000),
      minUptime: pace(5_000),
    });
    return { send: (n) => socket.send(String(n)), close: () => socket.close() };
  },
  entry: `export { default } from 'reconnecting-websocket';`,
};
