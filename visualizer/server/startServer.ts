import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isFromHere, isFromOurPage } from './guard.ts';
import { loadReader } from './loadReader.ts';
import { PageHub } from './pageHub.ts';
import { staticFiles } from './staticFiles.ts';
import { trafficReader } from './trafficReader.ts';

/** How to run the page's server. */
export interface ServerOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Directory of the built page. */
  readonly page: string;
  /** How long *restart the server* takes. Unit ms · default 2 000: two or three attempts are seen to fail. */
  readonly restartMs?: number;
}

export interface RunningServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves page, WebSocket and commands on one loopback port.
 * Throws where there is no built page, and what `listen` throws: `EADDRINUSE` for a busy port.
 */
export async function startServer({ port, page, restartMs = 2_000 }: ServerOptions): Promise<RunningServer> {
  const serveFile = staticFiles(page);
  const sources = { readTraffic: await trafficReader(), readLoad: loadReader() };
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: actual } = server.address() as AddressInfo;
  const origins = ['127.0.0.1', 'localhost'].map((host) => `http://${host}:${actual}`);
  const hub = new PageHub(server, origins, sources);

  const commands: Readonly<Record<string, (client: string) => void>> = {
    '/drop': (client) => hub.drop(client),
    '/restart': () => hub.restart(restartMs),
  };
  server.on('request', (request, response) => {
    const { pathname, searchParams } = targetOf(request);
    const { method = '' } = request;
    if (!isFromHere(request)) return end(response, 403);
    if (method === 'GET' || method === 'HEAD') return serveFile(pathname, response) ? undefined : end(response, 404);
    const command = commands[pathname];
    if (method !== 'POST' || command === undefined) return end(response, 405);
    if (!isFromOurPage(request)) return end(response, 403);
    end(response, 204);
    command(searchParams.get('client') ?? '');
  });
  return {
    url: `http://127.0.0.1:${actual}`,
    close: async () => {
      await hub.close();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function targetOf({ url = '/' }: IncomingMessage): URL {
  return URL.parse(url, 'http://127.0.0.1') ?? new URL('http://127.0.0.1/');
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}
