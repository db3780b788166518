import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { connectionMachine } from '../../machines/index.ts';
import { SUBPROTOCOL, type HubFrame } from '../../src/server/index.ts';
import type { LoadFrame, TrafficFrame } from '../../visualizer/frames.ts';
import { startServer, type RunningServer } from '../../visualizer/server/startServer.ts';
import { TallyBook } from '../../visualizer/server/tallies.ts';
import { edges, routes } from '../../visualizer/drawing/connectionDrawing.ts';
import { LINE_HEIGHT, routed, type Route } from '../../visualizer/drawing/route.ts';
import { canUseChromium, launchChromium } from '../fixtures/chromium.ts';

const DEADLINE_MS = 15_000;
/** For whoever wants to look at them: the last run's. */
const screenshots = join(import.meta.dirname, '..', '..', '.scratch', 'page');
const tokenOf = ({ address }: RunningServer): string => new URL(address).searchParams.get('token') ?? '';
const directory = mkdtempSync(join(tmpdir(), 'socketchart-'));
let server: RunningServer;

beforeAll(async () => {
  vi.stubEnv('NODE_ENV', 'production');
  const root = join(import.meta.dirname, '..', '..', 'visualizer');
  await build({ root, logLevel: 'warn', build: { outDir: directory, emptyOutDir: true } });
  vi.unstubAllEnvs();
  server = await startServer({ port: 0, page: directory });
});
afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

describe.runIf(canUseChromium('the tests of the page are'))('the page', () => {
  let browser: Browser;
  let page: Page;
  const said: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  const visit = async (address: string, size = { width: 1280, height: 800 }): Promise<void> => {
    page = await browser.newPage({ viewport: size });
    page.setDefaultTimeout(DEADLINE_MS);
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(address);
  };
  /** Chromium itself reports every handshake that is refused; nobody can keep it from that. */
  const isRefusal = (text: string): boolean => /^WebSocket connection to 'ws:.*' failed: /u.test(text);
  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
  const reaches = (state: string): Promise<void> => page.locator(`.socketchart-status[data-state=${state}]`).waitFor();
  /** All states and because-lines shown from now until the page shows `open` again. As soon as it shows backoff, `meanwhile` is pressed. */
  const watchUntilOpenAgain = (meanwhile?: string): Promise<{ states: string[]; becauses: string[] }> =>
    page.evaluate((name) => {
      const text = (selector: string): string => document.querySelector(selector)?.textContent ?? '';
      const shown = { states: [] as string[], becauses: [] as string[] };
      let hasPressed = false;
      return new Promise((resolve) => {
        const observer = new MutationObserver(() => {
          const [state, because] = [text('.box[aria-current] strong'), text('.because p')];
          if (because !== shown.becauses.at(-1)) shown.becauses.push(because);
          if (state === (shown.states.at(-1) ?? 'open')) return;
          shown.states.push(state);
          if (state === 'backoff' && name !== undefined && !hasPressed) {
            hasPressed = true;
            [...document.querySelectorAll('button')].find(({ textContent }) => textContent === name)?.click();
          }
          if (state !== 'open') return;
          observer.disconnect();
          resolve(shown);
        });
        observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
      });
    }, meanwhile);
  const logs = (text: string | RegExp): Promise<void> => page.locator('.log').getByText(text).first().waitFor();

  afterEach(async () => {
    await page.close();
    expect(said.splice(0).filter((text) => !isRefusal(text))).toEqual([]);
  });

  /** Of the last pixels of the tape's strip, in its middle, how many show the paper: a state that is full shows none. */
  const barePixels = (): Promise<number> =>
    page.locator('.tape canvas').evaluate((canvas: HTMLCanvasElement) => {
      const [WIDTH, MIDDLE] = [60, 63];
      const copy = new OffscreenCanvas(WIDTH, 1).getContext('2d', { willReadFrequently: true });
      copy?.drawImage(canvas, canvas.width - WIDTH, MIDDLE, WIDTH, 1, 0, 0, WIDTH, 1);
      const row = copy?.getImageData(0, 0, WIDTH, 1).data ?? [];
      return Array.from({ length: WIDTH }, (_, index) => row[4 * index + 3] ?? 0).filter((alpha) => alpha < 128).length;
    });

  it('connects by itself, once, lights one state and plots the readings', async () => {
    await visit(server.address);
    await reaches('open');
    expect(await page.getByRole('status').textContent()).toBe('Live');
    expect(await page.locator('.log b').getByText('client.connect').count()).toBe(1);
    expect(
      await page.locator('.box[aria-current=true]').evaluateAll((boxes) => boxes.map((box) => box.dataset)),
    ).toEqual([{ state: 'open', tag: 'ready' }]);
    await page.waitForFunction(() => Number(document.querySelector<HTMLElement>('.plot')?.dataset['samples']) >= 8);
    expect(await barePixels()).toBe(0);
    await page
      .locator('.facts')
      .getByText(/^\d.* ms$/u)
      .waitFor();
    expect(said).toEqual([]);
  });

  it('sends, and shows that the server received it', async () => {
    await visit(server.address);
    await reaches('open');
    await press('Send');
    await logs('hello 1: sent');
    await logs('the server received hello 1');
  });

  it('stays closed after disconnect, refuses to send, and connects again when asked', async () => {
    await visit(server.address);
    await reaches('open');
    await press('Disconnect');
    await reaches('closed');
    await press('Send');
    await logs('hello 1: rejected');
    // Long enough for numbers to be refused, if any were sent.
    await page.getByText(/^for [1-9]\.\d s$/u).waitFor();
    await press('Connect');
    await reaches('open');
    await arrivesOnce();
  });

  it('shows backoff, counts down, and is open again after its cable was cut', async () => {
    await visit(server.address);
    await reaches('open');
    const watching = watchUntilOpenAgain();
    await press('Cut the cable');
    const { states, becauses } = await watching;
    expect(states.join(' ')).toMatch(/^backoff (connecting backoff )*connecting open$/u);
    const countdown = /^attempt 1 of 30, next in \d+ ms, because the line broke without a close frame \(1006\)$/u;
    expect(becauses.filter((because) => countdown.test(because)).length).toBeGreaterThan(1);
    await logs('backoff.waiting → connecting.resolving');
  });

  it('outlasts a restart of the server and then delivers what was sent in between', async () => {
    await visit(server.address);
    await reaches('open');
    const watching = watchUntilOpenAgain('Send');
    await press('Restart the server');
    expect((await fetch(server.url)).status).toBe(200);
    const { states } = await watching;
    // It comes back when it was told to, whether or not the hub has hung up by then, and finds nobody for a while.
    expect(states.join(' ')).toMatch(/^(backoff )?(connecting backoff )+connecting open$/u);
    await logs(/open\.(probing|quiet) → open\.draining/u);
    await logs('hello 1: queued');
    await logs('the server received hello 1');
  });

  it('shows a window that comes later the same plot, and what any window publishes in all of them', async () => {
    await visit(server.address);
    await reaches('open');
    const samples = (shown: Page, atLeast: number): Promise<unknown> =>
      shown.waitForFunction(
        (count) => Number(document.querySelector<HTMLElement>('.plot')?.dataset['samples']) >= count,
        atLeast,
      );
    await samples(page, 12);
    const later = await browser.newPage();
    onTestFinished(() => later.close());
    await later.goto(server.address);
    // Before so many could have been read anew.
    await samples(later, 12);
    await press('Publish');
    await logs('1: in the log at #1');
    await logs('this window said 1 on the wall');
    await later.locator('.log').getByText('another window said 1 on the wall').waitFor();
  });

  // How smooth it is at ten thousand is measured: npm run bench:page.
  it(
    'follows a thousand messages a second without a gap, and says how many they are',
    { timeout: 4 * DEADLINE_MS },
    async () => {
      await visit(server.address);
      await reaches('open');
      const rate = page.getByLabel('Stream, per second');
      await rate.selectOption('1,000');
      const line = page.locator('.topics li[data-topic=stream]');
      const offset = async (): Promise<number> => Number((await line.locator('.offset').textContent())?.slice(1));
      await expect.poll(offset, { timeout: 2 * DEADLINE_MS }).toBeGreaterThan(3_000);
      await page
        .locator('.wire')
        .getByText(/^◂ [\d,]+\/s$/u)
        .waitFor();
      await rate.selectOption('none');
      await page.locator('.inflow').waitFor({ state: 'detached' });
      expect(await line.locator('.last-gap').textContent()).toBe('no gap');
      await arrivesOnce();
    },
  );

  it('shows a window that comes later how fast the stream is', async () => {
    await visit(server.address);
    await reaches('open');
    const rate = page.getByLabel('Stream, per second');
    await rate.selectOption('100');
    const later = await browser.newPage();
    onTestFinished(() => later.close());
    await later.goto(server.address);
    await expect.poll(() => later.getByLabel('Stream, per second').inputValue(), { timeout: DEADLINE_MS }).toBe('100');
    await rate.selectOption('none');
    await expect.poll(() => later.getByLabel('Stream, per second').inputValue(), { timeout: DEADLINE_MS }).toBe('0');
  });

  it('hurts nothing while somebody chooses a rate by its digits', async () => {
    await visit(server.address);
    await reaches('open');
    await page.getByLabel('Stream, per second').focus();
    await page.keyboard.press('3');
    await page.getByRole('button', { name: 'Publish', exact: true }).focus();
    // This one is over at once, and nothing of it is left for the next test.
    await page.keyboard.press('6');
    await logs('Close with 1011');
    expect(await page.locator('.log').getByText('Slow line').count()).toBe(0);
  });

  it('takes no digit for a command where keys are turned off, also after a reload', async () => {
    await visit(server.address);
    await reaches('open');
    await page.getByLabel('Keys 1 to 8').uncheck();
    await page.reload();
    await reaches('open');
    expect(await page.getByLabel('Keys 1 to 8').isChecked()).toBe(false);
    expect(await page.locator('[aria-keyshortcuts]').count()).toBe(0);
    await page.keyboard.press('6');
    await press('Send');
    await logs('hello 1: sent');
    expect(await page.locator('.log').getByText('Close with 1011').count()).toBe(0);

    await page.getByLabel('Keys 1 to 8').check();
    await page.keyboard.press('6');
    await logs('Close with 1011');
  });

  it('goes on without a gap after a cut and after a restart', async () => {
    await visit(server.address);
    const stands = (): Promise<void> =>
      page.locator('.topics li[data-topic=traffic][data-state=live]').getByText('no gap').waitFor();
    await reaches('open');
    await stands();
    for (const hurt of ['Cut the cable', 'Restart the server']) {
      const watching = watchUntilOpenAgain();
      await press(hurt);
      await watching;
      await stands();
    }
  });

  it('ends in failed where no attempt is left, and dials again from the top bar', async () => {
    const other = await startServer({ port: 0, page: directory, restartMs: 600_000 });
    await visit(`${other.address}&attempts=1`);
    await reaches('open');
    await press('Restart the server');
    await reaches('failed');
    await page.locator('.box[data-state=failed]').getByText('attempts-exhausted').waitFor();
    // The tape says it in form and in words, not by colour alone.
    await expect.poll(barePixels, { timeout: DEADLINE_MS }).toBeGreaterThan(10);
    await page
      .locator('.tape')
      .getByText(/^The last [\d.]+ s: .*failed .*\. Hurt once\.$/u)
      .waitFor();
    expect(await page.getByRole('status').textContent()).toBe('Connection failed');
    await press('Retry now');
    await logs('failed → connecting.resolving');
    await other.close();
  });

  it.each([360, 700, 1000, 1280, 1440, 1920])(
    'is not wider than a screen of %i px, however long its figures are, and leaves room for the plot',
    async (width) => {
      await visit(server.address, { width, height: 800 });
      await reaches('open');
      const widest = await page.evaluate(() => {
        for (const figure of document.querySelectorAll('dd')) figure.textContent = 'figure '.repeat(100);
        return document.documentElement.scrollWidth;
      });
      expect(widest).toBe(width);
      expect((await page.locator('.plot > svg').boundingBox())?.height).toBeGreaterThanOrEqual(130);
    },
  );

  /** What the page says of the numbers of one lane. */
  const figure = (lane: '.ours' | '.by-hand', name: string): Promise<number> =>
    page.locator(`${lane} [data-figure=${name}]`).evaluate((shown: HTMLElement) => Number(shown.dataset['count']));
  /** Everything that was sent up to now arrives, once. */
  const arrivesOnce = async (): Promise<void> => {
    const sent = await figure('.ours', 'sent');
    await expect.poll(() => figure('.ours', 'arrived'), { timeout: 2 * DEADLINE_MS }).toBeGreaterThanOrEqual(sent);
    expect([await figure('.ours', 'lost'), await figure('.ours', 'twice')]).toEqual([0, 0]);
  };
  const picture = (moment: string): Promise<unknown> => page.screenshot({ path: join(screenshots, `${moment}.png`) });

  it('says in the first five seconds what it is', async () => {
    await visit(server.address, { width: 1600, height: 1000 });
    await reaches('open');
    await expect.poll(() => figure('.ours', 'arrived'), { timeout: DEADLINE_MS }).toBeGreaterThan(5);
    expect(await page.locator('.hurt .first').textContent()).toContain('Cut the cable');
    await picture('1 it is open and counts');

    await press('Cut the cable');
    await page.locator('.wire[data-gate=down]').waitFor();
    await picture('2 the gate falls');
    await page
      .locator('.wire')
      .getByText(/^\d+ held$/u)
      .waitFor();
    await page
      .locator('.because')
      .getByText(/because the (line broke|connection could not be made)/u)
      .waitFor();
    await picture('3 the outbox fills, and it says why');

    await page.locator('.wire[data-gate=up]').waitFor();
    await picture('4 it is open again, and pours out');
    await arrivesOnce();
    await page.locator('.wire').getByText('empty').waitFor();
    expect(await page.locator('.hurt .first').count()).toBe(0);
    await expect.poll(() => figure('.by-hand', 'lost'), { timeout: DEADLINE_MS }).toBeGreaterThan(0);
    await picture('5 nothing is lost');
  });

  it.each([
    ['Half-open', '2', 'backoff'],
    ['Slow line', '3', 'open'],
    ['Refuse for 10 s', '4', 'backoff'],
    ['Close with 1011', '6', 'backoff'],
    ['Sleep the laptop', '7', 'backoff'],
    ['Train tunnel', '8', 'backoff'],
  ])('loses nothing by "%s", on key %s', { timeout: 4 * DEADLINE_MS }, async (name, key, through) => {
    await visit(server.address);
    await reaches('open');
    await expect.poll(() => figure('.ours', 'arrived'), { timeout: DEADLINE_MS }).toBeGreaterThan(0);
    await page.keyboard.press(key);
    await logs(name);
    await reaches(through);
    await page.locator('.socketchart-status[data-state=open]').waitFor({ timeout: 2 * DEADLINE_MS });
    await arrivesOnce();
  });

  it.each(['light', 'dark'] as const)('has nothing that axe finds, in %s', async (colorScheme) => {
    await visit(server.address);
    await page.emulateMedia({ colorScheme });
    await reaches('open');
    await press('Cut the cable');
    await reaches('backoff');
    await page.evaluate(axe.source);
    const found = await page.evaluate(async () => {
      const { violations } = await (window as unknown as { axe: typeof axe }).axe.run();
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    });
    expect(found).toEqual([]);
  });

  it('can be watched by who did not come by the address of this start, and says why nothing can be hurt', async () => {
    await visit(server.url);
    await reaches('open');
    await page.getByText('Not from this address: open the one that npm start has printed.').waitFor();
    for (const control of [
      page.getByRole('button', { name: 'Cut the cable', exact: true }),
      page.getByLabel('Stream, per second'),
    ])
      expect(await control.isDisabled()).toBe(true);
    await page.keyboard.press('6');
    await expect.poll(() => figure('.ours', 'arrived'), { timeout: DEADLINE_MS }).toBeGreaterThan(5);
    expect(await page.locator('.log').getByText('Close with 1011').count()).toBe(0);
  });

  it('hurts nothing for who came by the address of another start, and says so', async () => {
    await visit(server.address.replace(/token=.*/u, 'token=another'));
    await reaches('open');
    await press('Cut the cable');
    await logs('refused: open the page by the address that npm start has printed');
    expect(said.splice(0).filter((text) => !isRefusal(text) && !text.includes('403'))).toEqual([]);
  });
});

describe('the server', () => {
  const dial = (path: string, options: ClientOptions = {}, ...protocols: string[]): WebSocket => {
    const socket = new WebSocket(server.url.replace('http', 'ws') + path, protocols, options);
    onTestFinished(() => socket.terminate());
    return socket;
  };

  it('sends every reading, with the counters read anew, to whoever only listens at /api/ws/traffic', async () => {
    const socket = dial('/api/ws/traffic');
    // Each frame is itself traffic of the loopback interface, so the next reading has to differ.
    let freshInARow = 0;
    socket.on('message', (data: Buffer) => {
      const { type, interfaces } = JSON.parse(data.toString()) as TrafficFrame;
      expect(type).toBe('traffic');
      freshInARow = interfaces.some(({ rxBytesPerS }) => rxBytesPerS > 0) ? freshInARow + 1 : 0;
    });
    await expect.poll(() => freshInARow, { timeout: DEADLINE_MS }).toBeGreaterThanOrEqual(6);
  });

  it('publishes each interface and the load of the machine as topics of their own', async () => {
    const socket = dial('/ws/test', {}, SUBPROTOCOL);
    const heard = new Map<string, unknown>();
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as HubFrame;
      if (frame.type === 'message') heard.set(frame.topic, frame.data);
    });
    await once(socket, 'open');
    const [loopback = 'lo'] =
      Object.entries(networkInterfaces()).find(([, addresses]) => addresses?.some(({ internal }) => internal)) ?? [];
    const wanted = [`traffic/${loopback}`, 'system/load'];
    for (const topic of wanted) socket.send(JSON.stringify({ type: 'subscribe', topic }));
    await expect.poll(() => [...heard.keys()].sort(), { timeout: DEADLINE_MS }).toEqual(wanted.sort());
    expect(heard.get(`traffic/${loopback}`)).toMatchObject({ type: 'traffic', interfaces: [{ name: loopback }] });
    const { cpuShare, memory } = heard.get('system/load') as LoadFrame;
    expect(cpuShare).toBeGreaterThanOrEqual(0);
    expect(cpuShare).toBeLessThanOrEqual(1);
    expect(memory.usedBytes).toBeLessThan(memory.totalBytes);
  });

  it.each([
    ['a foreign page', { origin: 'http://example.com' }],
    ['a page of another port', { origin: 'http://127.0.0.1:1' }],
    ['a name that was made to lead here', { origin: 'http://example.com', host: 'example.com' }],
  ])('takes neither sockets nor commands from %s', async (_, headers: Record<string, string>) => {
    for (const path of ['/ws/test', '/api/ws/traffic']) {
      const [error] = (await once(dial(path, { headers }), 'error')) as [Error];
      expect(error.message).toBe('Unexpected server response: 403');
    }
    expect(await statusOf('POST', `/hurt?how=cut&token=${tokenOf(server)}`, headers)).toBe(403);
  });

  it('takes no command from what is no page, without its secret, or that it does not know', async () => {
    const ours = { origin: server.url };
    const token = tokenOf(server);
    expect(await statusOf('POST', `/hurt?how=cut&token=${token}`, {})).toBe(403);
    for (const wrong of ['', token.slice(1), 'x'.repeat(token.length)])
      expect(await statusOf('POST', `/hurt?how=cut&token=${wrong}`, ours)).toBe(403);
    for (const how of ['', 'constructor', 'burn'])
      expect(await statusOf('POST', `/hurt?how=${how}&token=${token}`, ours)).toBe(400);
    expect(await statusOf('POST', `/hurt?how=slow&token=${token}`, ours)).toBe(204);
    for (const perSecond of ['', '-1', '1e9'])
      expect(await statusOf('POST', `/stream?perSecond=${perSecond}&token=${token}`, ours)).toBe(400);
    expect(await statusOf('POST', `/stream?perSecond=0`, ours)).toBe(403);
    expect(await statusOf('POST', `/commands?token=${token}`, ours)).toBe(405);
  });

  it('counts what arrives, what is missing and what comes twice, window by window', () => {
    const book = new TallyBook();
    for (const number of [1, 2, 5, 4, 4]) book.note('ours', 'ann', number);
    book.note('byHand', 'bob', 3);
    for (const nonsense of [0, -1, 1.5, '1', 1e9, null]) book.note('ours', 'ann', nonsense);
    expect(book.takeNews()).toEqual([
      ['ann', { ours: { arrived: 4, lost: 1, twice: 1 }, byHand: { arrived: 0, lost: 0, twice: 0 } }],
      ['bob', { ours: { arrived: 0, lost: 0, twice: 0 }, byHand: { arrived: 1, lost: 2, twice: 0 } }],
    ]);
    expect(book.takeNews()).toEqual([]);
  });

  it('is there after 150 kB', () => {
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const sizes = files.map(({ parentPath, name }) => gzipSync(readFileSync(join(parentPath, name))).length);
    expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(150_000);
  });

  it('hands out the page by its own names only, and nothing else', async () => {
    expect(await statusOf('GET', '/', {})).toBe(200);
    expect(await statusOf('GET', '/', { host: 'example.com' })).toBe(403);
    expect(await statusOf('GET', '/../package.json', {})).toBe(404);
    expect(await statusOf('PUT', '/', {})).toBe(405);
  });

  const statusOf = async (method: string, path: string, headers: Record<string, string>): Promise<number> => {
    const { port } = new URL(server.url);
    const asked = request({ host: '127.0.0.1', port, method, path, headers }).end();
    const [response] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }];
    response.resume();
    return response.statusCode;
  };
});

describe('the drawing', () => {
  it('has to have a way for each edge of the chart, and no other', () => {
    const drawn = edges.map(({ from, to, events }) => ({ from, to, events }));
    const { 'idle → closed': missing, ...others } = routes;
    expect(missing).toBeDefined();
    expect(() => routed(drawn, others)).toThrow('in the chart, and not drawn: idle → closed');
    expect(() => routed(drawn.slice(1), routes)).toThrow('drawn, and not in the chart: idle → connecting');
  });

  /** Where events are written along an edge: eleven pixels high, of a fixed width. */
  const placeOf = ({ label: [x, y], anchor }: Route, events: readonly string[]) => {
    const width = 6.7 * Math.max(...events.map(({ length }) => length));
    const left = x - { start: 0, middle: width / 2, end: width }[anchor];
    return { left, right: left + width, top: y, bottom: y + events.length * LINE_HEIGHT };
  };
  const overlap = (one: ReturnType<typeof placeOf>, other: ReturnType<typeof placeOf>): boolean =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

  it('writes the ways out of a state beside each other, and beside the event that has led to it', () => {
    const clashes = edges.flatMap((edge) => {
      const others = edges.filter(({ from, to }) => from === edge.from && to !== edge.to);
      const next = edges.filter(({ from }) => from === edge.to);
      return [
        ...others.filter((exit) => overlap(placeOf(edge, edge.events), placeOf(exit, exit.events))),
        ...edge.events.flatMap((event) =>
          next.filter((exit) => overlap(placeOf(edge, [event]), placeOf(exit, exit.events))),
        ),
      ].map((exit) => `${edge.from} → ${edge.to} on ${exit.from} → ${exit.to}`);
    });
    expect(clashes).toEqual([]);
  });

  type Node = (typeof connectionMachine)['root'];
  const nodesOf = (node: Node): Node[] => [node, ...Object.values(node.states).flatMap(nodesOf)];

  it('has one edge for every way from a state to another', () => {
    const ways = nodesOf(connectionMachine.root)
      .flatMap((node) => [...node.transitions.values()].flat())
      .flatMap(({ source, target = [] }) => target.map(({ path }) => [source.path[0], path[0]]))
      .filter(([from, to]) => from !== to);
    const drawn = edges.map(({ from, to }) => `${from} ${to}`);
    expect(drawn.sort()).toEqual([...new Set(ways.map((way) => way.join(' ')))].sort());
  });
});
