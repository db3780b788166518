import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFaultProxy } from '../../src/testing/index.ts';
import { hurts, streamRates } from '../frames.ts';
import { isFromHere, isFromOurPage } from './guard.ts';
import { hurting } from './hurting.ts';
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
  /** How long *restart the server* takes. Unit ms · default 2,000: two or three attempts are seen to fail. */
  readonly restartMs?: number;
}

export interface RunningServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** The same with the secret of this start: only who came by it may hurt. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves page, WebSocket and commands on one loopback port, and the WebSocket once more behind a line that can be hurt.
 * Throws where there is no built page, and what `listen` throws: `EADDRINUSE` for a busy port.
 */
export async function startServer({ port, page, restartMs = 2_000 }: ServerOptions): Promise<RunningServer> {
  const files = staticFiles(page);
  const sources = { readTraffic: await trafficReader(), readLoad: loadReader() };
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: actual } = server.address() as AddressInfo;
  const origins = ['127.0.0.1', 'localhost'].map((host) => `http://${host}:${actual}`);
  const hub = new PageHub(server, origins, sources);
  const line = createFaultProxy({ target: { port: actual } });
  const { port: linePort } = await line.listen();
  const serveFile = files(linePort);
  const token = randomBytes(16).toString('base64url');
  const timers = new Set<NodeJS.Timeout>();
  const patient = {
    line,
    restart: () => hub.restart(restartMs),
    later: (callback: () => void, delayMs: number) => void timers.add(setTimeout(callback, delayMs)),
  };

  /** What the page may ask for. False: it makes no sense. */
  const commands: Readonly<Record<string, (wanted: URLSearchParams) => boolean>> = {
    '/hurt': (wanted) => {
      const how = hurts.find((name) => name === wanted.get('how'));
      if (how !== undefined) hurting[how](patient);
      return how !== undefined;
    },
    '/stream': (wanted) => {
      const rate = streamRates.find((perSecond) => String(perSecond) === wanted.get('perSecond'));
      if (rate !== undefined) hub.stream(rate);
      return rate !== undefined;
    },
  };

  server.on('request', (request, response) => {
    const { pathname, searchParams } = targetOf(request);
    const { method = '' } = request;
    if (!isFromHere(request)) return end(response, 403);
    if (method === 'GET' || method === 'HEAD') return serveFile(pathname, response) ? undefined : end(response, 404);
    const command = method === 'POST' ? commands[pathname] : undefined;
    if (command === undefined) return end(response, 405);
    if (!isFromOurPage(request) || !isSame(searchParams.get('token') ?? '', token)) return end(response, 403);
    end(response, command(searchParams) ? 204 : 400);
  });
  const url = `http://127.0.0.1:${actual}`;
  return {
    url,
    address: `${url}/?token=${token}`,
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      await line.close();
      await hub.close();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function isSame(given: string, token: string): boolean {
  return given.length === token.length && timingSafeEqual(Buffer.from(given), Buffer.from(token));
}

function targetOf({ url = '/' }: IncomingMessage): URL {
  return URL.parse(url, 'http://127.0.0.1') ?? new URL('http://127.0.0.1/');
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}
