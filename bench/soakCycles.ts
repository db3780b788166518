import { getEventListeners, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { WebSocket, WebSocketServer } from 'ws';
import { createConnection, type Connection } from '../src/index.ts';

/** What is there, when nothing should be going on. */
export interface Remains {
  /** Used heap after a full collection. Unit bytes. */
  readonly heapBytes: number;
  /** Timers, sockets and other things that keep a process alive, the server's own port not counted. */
  readonly resources: readonly string[];
  readonly serverClients: number;
  /** Listeners on the one `AbortSignal` that every wait for `opened()` was given, and on the process. */
  readonly listeners: number;
}

export interface SoakReport {
  readonly cycles: number;
  readonly before: Remains;
  readonly after: Remains;
  /** Messages that were sent and came back. */
  readonly echoes: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Timers and sockets of this process, without those of whoever runs the cycles. */
function ours(others: readonly string[]): string[] {
  const names = process.getActiveResourcesInfo().filter((name) => /^TCP(Socket|Connect)|^Timeout/u.test(name));
  for (const other of others) {
    const index = names.indexOf(other);
    if (index >= 0) names.splice(index, 1);
  }
  return names;
}

/**
 * Connects and disconnects over loopback, a server in the same process echoing. By turns: one long-lived connection,
 * a new one that hangs up, one that is disposed of while open, one that is disposed of while dialling.
 * `before` is taken after a tenth of the cycles, when everything is warm.
 */
export async function soak(cycles: number): Promise<SoakReport> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { signal } = new AbortController();
  const make = (): Connection<string, string> => createConnection(url, { WebSocket, codec: 'raw' });
  let echoes = 0;

  const echo = async (connection: Connection<string, string>): Promise<void> => {
    const came = new Promise<void>((resolve) => {
      const stop = connection.onMessage(() => {
        stop();
        resolve();
      });
    });
    connection.connect().send('held until open');
    await connection.opened(signal);
    await came;
    echoes++;
  };
  const hangUp = async (connection: Connection): Promise<void> => {
    const closed = new Promise<void>((resolve) => {
      const stop = connection.on('closed', () => {
        stop();
        resolve();
      });
    });
    connection.disconnect();
    await closed;
  };

  const longLived = make();
  const turns: readonly (() => Promise<void>)[] = [
    () => echo(longLived).then(() => hangUp(longLived)),
    async () => {
      const connection = make();
      await echo(connection);
      await hangUp(connection);
      connection.dispose();
    },
    async () => {
      const connection = make();
      await echo(connection);
      connection.dispose();
    },
    async () => {
      const connection = make().connect();
      await Promise.resolve();
      connection.dispose();
    },
  ];

  const others = ours([]);
  const remains = async (): Promise<Remains> => {
    // What is under way between the two ends, not in the connection: the last close of a TCP stream.
    const open = () => ours(others);
    const deadline = Date.now() + 10_000;
    while ((server.clients.size > 0 || open().length > 0) && Date.now() < deadline) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    collectGarbage();
    return {
      heapBytes: process.memoryUsage().heapUsed,
      resources: open(),
      serverClients: server.clients.size,
      listeners:
        getEventListeners(signal, 'abort').length +
        process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    };
  };

  const warmUp = Math.ceil(cycles / 10);
  let before: Remains | undefined;
  for (let cycle = 0; cycle < cycles; cycle++) {
    if (cycle === warmUp) before = await remains();
    await turns[cycle % turns.length]?.();
  }
  const after = await remains();
  longLived.dispose();
  server.close();
  await once(server, 'close');
  return { cycles, before: before ?? after, after, echoes };
}
