import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isFromHere, isFromOurPage } from './guard.ts';
import { staticFiles } from './staticFiles.ts';
import { TrafficHub } from './trafficHub.ts';
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
  const server = createServer();
  const hub = new TrafficHub(await trafficReader());

  const commands: Readonly<Record<string, (client: string) => void>> = {
    '/drop': (client) => hub.drop(client),
    '/restart': () => hub.restart(restartMs),
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname, searchParams } = targetOf(request);
    const { method = '' } = request;
    if (!isFromHere(request)) return end(response, 403);
    if (method === 'GET' || method === 'HEAD') return serveFile(pathname, response) ? undefined : end(response, 404);
    const command = commands[pathname];
    if (method !== 'POST' || command === undefined) return end(response, 405);
    if (!isFromOurPage(request)) return end(response, 403);
    end(response, 204);
    command(searchParams.get('client') ?? '');
  };

  server.on('request', answer);
  server.on('upgrade', (request, stream, head) => {
    const { pathname, searchParams } = targetOf(request);
    // A peer that is gone before its answer is: without a listener that would end the process.
    stream.on('error', () => stream.destroy());
    if (pathname !== '/traffic' || !isFromOurPage(request)) stream.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    else hub.accept(searchParams.get('client') ?? '', request, stream, head);
  });

  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    hub.close();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close: async () => {
      hub.close();
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
