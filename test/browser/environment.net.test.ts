import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright';
import { build, type Rolldown } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Connection } from '../../src/index.ts';
import { canUseChromium, launchChromium } from '../fixtures/chromium.ts';
import { Inbox } from '../fixtures/events.ts';
import { Peer } from '../fixtures/server.ts';

const DEADLINE_MS = 15_000;
const PING = '{"type":"ping"}';

/** What the page has beside what every page has. */
interface Visited {
  connection: Connection<unknown, unknown>;
}

const connecting = `
  const connection = socketchart.createConnection('/live', {
    heartbeat: { ping: '${PING}' },
    retry: { baseMs: 50, capMs: 600_000, maxAttempts: Infinity },
  }).connect();
`;
const pages: Readonly<Record<string, (script: string) => readonly [type: string, body: string]>> = {
  '/': () => ['text/html', `<!doctype html><title>the page</title><script src="/page.js"></script>`],
  '/elsewhere': () => ['text/html', '<!doctype html><title>another</title>'],
  '/page.js': (script) => ['text/javascript', `${script};${connecting}`],
  '/worker.js': (script) => [
    'text/javascript',
    `${script};${connecting} connection.on('opened', () => postMessage('opened'));`,
  ],
};

describe.runIf(canUseChromium('the tests of the environment in a browser are'))('in Chromium', () => {
  let server: Server;
  let sockets: WebSocketServer;
  let url: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let peers: Inbox<Peer>;

  beforeAll(async () => {
    const bundled = (await build({
      configFile: false,
      logLevel: 'warn',
      define: { 'process.env.NODE_ENV': '"production"' },
      build: {
        write: false,
        lib: {
          entry: join(import.meta.dirname, '..', '..', 'src', 'index.ts'),
          formats: ['iife'],
          name: 'socketchart',
        },
      },
    })) as Rolldown.RolldownOutput[];
    const script = bundled[0]?.output[0].code ?? '';
    server = createServer((request, response) => {
      const [type, body] = pages[request.url ?? '']?.(script) ?? ['text/plain', ''];
      response.setHeader('content-type', type).end(body);
    });
    sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket, request) => {
      socket.on('message', (data) => {
        if ((data as Buffer).toString() === PING) socket.send('{"type":"pong"}');
      });
      peers.put(new Peer(socket, request));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  beforeEach(async () => {
    peers = new Inbox('socket at the server');
    context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(DEADLINE_MS);
  });
  afterEach(() => context.close());

  /** Until the connection of the page is there: `open.quiet`, `backoff.offline`. */
  const reaches = async (path: string): Promise<void> => {
    await page.waitForFunction((awaited) => {
      const { connection } = globalThis as unknown as Visited;
      const [state = '', inner = ''] = Object.entries(connection.getSnapshot().value)[0] ?? [];
      return `${state}.${inner}` === awaited;
    }, path);
  };
  const visit = async (): Promise<Peer> => {
    await page.goto(url);
    await page.evaluate('globalThis.connection = connection');
    await reaches('open.quiet');
    return peers.next();
  };
  /** Events of the chart so far, and where each led. */
  const records = (): Promise<string[]> =>
    page.evaluate(() => {
      const { connection } = globalThis as unknown as Visited;
      return connection.history().map(({ event, state }) => `${event} → ${state}`);
    });

  it('a page that opens hears of nothing but its connection', async () => {
    await visit();
    expect(await records()).toEqual([
      'client.connect → connecting.resolving',
      'transport.resolved → connecting.handshaking',
      'socket.opened → open.probing',
      'socket.alive → open.quiet',
    ]);
  });

  it('a network that goes and comes has the peer asked, on the same socket', async () => {
    const peer = await visit();
    await peer.nextTexts(1);
    await context.setOffline(true);
    await page.waitForFunction(() => !navigator.onLine);
    await context.setOffline(false);
    expect(await peer.nextTexts(1)).toEqual([PING]);
    await reaches('open.quiet');
    const seen = await records();
    expect(seen).toContain('network.offline → open.probing');
    expect(seen).toContain('network.online → open.probing');
    expect(await page.evaluate('connection.stats().sockets')).toBe(1);
  });

  it('a lost connection waits for the network, and is there again as soon as that is', async () => {
    const peer = await visit();
    await context.setOffline(true);
    await page.waitForFunction(() => !navigator.onLine);
    peer.socket.terminate();
    await reaches('backoff.offline');
    await context.setOffline(false);
    // Without the event it would try only after half of `capMs`, which is five minutes.
    await peers.next();
    await reaches('open.quiet');
  });

  it('a page in the back/forward cache lets its socket go, and is the same page with another one when it is back', async () => {
    const peer = await visit();
    await page.evaluate('globalThis.remembered = true');
    await page.goto(`${url}/elsewhere`);
    expect((await peer.end()).code).toBe(1000);

    await page.goBack({ waitUntil: 'commit' });
    await peers.next();
    await reaches('open.quiet');
    expect(await page.evaluate('remembered')).toBe(true);
    const { isHidden, attempt } = await page.evaluate(() => {
      const { connection } = globalThis as unknown as Visited;
      const { context } = connection.getSnapshot();
      return { isHidden: context.isHidden, attempt: context.attempt };
    });
    expect({ isHidden, attempt }).toEqual({ isHidden: false, attempt: 0 });
    expect(await records()).toContain('page.left → backoff.suspended');
  });

  it('a page that ends leaves its socket to the browser, which says that it goes away', async () => {
    const peer = await visit();
    await page.close();
    expect((await peer.end()).code).toBe(1001);
  });

  it('a worker connects, too', async () => {
    await visit();
    const said = await page.evaluate(
      () =>
        new Promise((resolve, reject) => {
          const worker = new Worker('/worker.js');
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
        }),
    );
    expect(said).toBe('opened');
  });
});
