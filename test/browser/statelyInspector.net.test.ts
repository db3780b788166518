/** Stately's inspector, the real package, attached by the option `inspect`: a page of ours answers in place of stately.ai. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright';
import { build, type Rolldown } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { connectionMachine } from '../../machines/index.ts';
import { canUseChromium, launchChromium } from '../fixtures/chromium.ts';

const DEADLINE_MS = 15_000;

/** What the inspector is told, as far as it is looked at here. */
interface Told {
  readonly type: string;
  readonly sessionId: string;
  readonly name?: string;
  readonly definition?: string;
  readonly snapshot?: { readonly value?: unknown };
}

const inspector = `<!doctype html><title>inspector</title><script>
  const told = [];
  addEventListener('message', ({ data }) => {
    if (data === 'loaded') parent.postMessage({ type: '@statelyai.connected' }, '*');
    else told.push(data);
  });
</script>`;

describe.runIf(canUseChromium('the test of the inspector of Stately is'))("Stately's inspector", () => {
  let server: Server;
  let sockets: WebSocketServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const bundled = (await build({
      configFile: false,
      logLevel: 'warn',
      define: { 'process.env.NODE_ENV': '"production"' },
      build: {
        write: false,
        lib: {
          entry: join(import.meta.dirname, '..', 'fixtures', 'statelyPage.ts'),
          formats: ['iife'],
          name: 'page',
        },
      },
    })) as Rolldown.RolldownOutput[];
    const pages: Readonly<Record<string, readonly [type: string, body: string]>> = {
      '/': ['text/html', '<!doctype html><title>page</title><iframe></iframe><script src="/page.js"></script>'],
      '/page.js': ['text/javascript', bundled[0]?.output[0].code ?? ''],
      '/inspector': ['text/html', inspector],
    };
    server = createServer(({ url = '' }, response) => {
      const [type, body] = pages[url] ?? ['text/plain', ''];
      response.writeHead(200, { 'Content-Type': type }).end(body);
    });
    sockets = new WebSocketServer({ server });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await launchChromium();
    page = await browser.newPage();
    page.setDefaultTimeout(DEADLINE_MS);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });
  afterAll(async () => {
    await browser.close();
    sockets.close();
    server.close();
  });

  const told = async (): Promise<Told[]> => {
    const frame = page.frames().find((one) => one.url().endsWith('/inspector'));
    return (await frame?.evaluate('told')) as Told[];
  };
  const values = async (): Promise<string[]> => (await told()).map(({ snapshot }) => JSON.stringify(snapshot?.value));

  it('is told the chart, and follows the live machine through it', async () => {
    await expect.poll(values, { timeout: DEADLINE_MS }).toContain('{"open":"quiet"}');
    const actor = (await told()).find(({ definition }) => definition?.includes('"backoff"'));
    const { states } = JSON.parse(actor?.definition ?? '{}') as { states?: object };
    expect(Object.keys(states ?? {}).sort()).toEqual(Object.keys(connectionMachine.states).sort());

    for (const client of sockets.clients) client.terminate();
    await expect.poll(values, { timeout: DEADLINE_MS }).toContain('{"backoff":"waiting"}');
  });

  it('is told no address, no token and no message', async () => {
    await page.keyboard.press('x');
    const everything = JSON.stringify(await told());
    expect(everything).not.toContain('secret');
    expect(everything).not.toContain('/live');
  });
});
