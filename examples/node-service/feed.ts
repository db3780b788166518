/** A feed of orders. It sends again, to whoever comes next, what nobody has said to be done. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

export interface Order {
  readonly order: number;
}
export type Report = { readonly done: number } | { readonly leaving: true };

/** Listens on a free port, and answers 401 to who does not bear the token. */
export async function startFeed(token: string) {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    verifyClient: ({ req }: { req: IncomingMessage }) => req.headers.authorization === `Bearer ${token}`,
  });
  const undone = new Set<number>();
  let newest = 0;
  server.on('connection', (socket) => {
    for (const order of undone) socket.send(JSON.stringify({ order } satisfies Order));
    socket.on('message', (data: Buffer) => {
      const report = JSON.parse(data.toString()) as Report;
      if ('done' in report) undone.delete(report.done);
    });
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    url: `ws://127.0.0.1:${port}`,
    /** Orders that nobody has done. */
    undone: undone as ReadonlySet<number>,
    order: () => {
      undone.add(++newest);
      for (const socket of server.clients) socket.send(JSON.stringify({ order: newest } satisfies Order));
    },
    cut: () => {
      for (const socket of server.clients) socket.terminate();
    },
  };
}
