/** Servers that tell all their peers something: ours, a loop over sockets of `ws`, and socket.io's rooms. */
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Server } from 'socket.io';
import { WebSocket, WebSocketServer } from 'ws';
import { Outgoing } from '../../src/server/outgoing.ts';
import { createHub, SUBPROTOCOL, type HubOptions } from '../../src/server/index.ts';

/** What a peer says to be told everything, and how many frames it is told before that. */
export interface Greeting {
  readonly path: string;
  readonly protocol?: string;
  readonly says: readonly string[];
  readonly answers: number;
}

export interface Contender {
  readonly port: number;
  /** To everybody. */
  tell(data: unknown): void;
}

interface Entrant {
  readonly greeting: Greeting;
  start(): Promise<Contender>;
}

const TOPIC = 'prices';
/** Peers of these measurements count and never answer. */
const HEARTBEAT_MS = 3_600_000;
const subscribe = JSON.stringify({ type: 'subscribe', topic: TOPIC });

const basic: Greeting = { path: '/ws/peer', says: [subscribe, '{"type":"ping"}'], answers: 1 };
const topics: Greeting = { path: '/ws/peer', protocol: SUBPROTOCOL, says: [subscribe], answers: 2 };

function hub(greeting: Greeting, slowConsumer: HubOptions['slowConsumer'] = 'disconnect'): Entrant {
  return {
    greeting,
    start: async () => {
      const hub = createHub({ heartbeat: { intervalMs: HEARTBEAT_MS }, slowConsumer });
      const { port } = await hub.listen({ host: '127.0.0.1' });
      return { port, tell: (data) => void hub.publish(TOPIC, data) };
    },
  };
}

type Loop = (sockets: ReadonlySet<WebSocket>, data: unknown) => void;

const bySend: Loop = (sockets, data) => {
  const text = JSON.stringify(data);
  for (const socket of sockets) if (socket.readyState === WebSocket.OPEN) socket.send(text);
};

/** What no server of Node can go below where each message is a write: framed once, and nothing looked at. */
const byWrite: Loop = (sockets, data) => {
  const { wire } = new Outgoing(JSON.stringify(data));
  for (const socket of sockets) (socket as unknown as { readonly _socket: Socket })._socket.write(wire);
};

const loop = (tellAll: Loop): Entrant => ({
  greeting: { path: '/', says: [], answers: 0 },
  start: () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', clientTracking: false });
    const sockets = new Set<WebSocket>();
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => socket.terminate());
    });
    const tell = (data: unknown): void => tellAll(sockets, data);
    return new Promise((resolve) => {
      server.on('listening', () => resolve({ port: (server.address() as AddressInfo).port, tell }));
    });
  },
});

const socketIo: Entrant = {
  greeting: { path: '/socket.io/?EIO=4&transport=websocket', says: ['40'], answers: 2 },
  start: () => {
    const server = createServer();
    const io = new Server(server, { transports: ['websocket'], serveClient: false, pingInterval: HEARTBEAT_MS });
    io.on('connection', (socket) => void socket.join(TOPIC));
    const tell = (data: unknown): void => void io.to(TOPIC).emit('price', data);
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve({ port: (server.address() as AddressInfo).port, tell }));
    });
  },
};

export const entrants = {
  ws: loop(bySend),
  'ws again': loop(bySend),
  'bare writes': loop(byWrite),
  'hub, basic': hub(basic),
  'hub, topics.v1+json': hub(topics),
  'hub, latest': hub(topics, 'latest'),
  'hub, resync': hub(topics, 'resync'),
  'socket.io': socketIo,
} as const satisfies Record<string, Entrant>;

export type Name = keyof typeof entrants;
