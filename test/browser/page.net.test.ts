import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../visualizer/server/startServer.ts';
import { canUseChromium } from '../fixtures/chromium.ts';
import { builtPage, DEADLINE_MS, isRefusal, stagePage } from '../fixtures/pageStage.ts';

/** For whoever wants to look at them: the last run's. */
const screenshots = join(import.meta.dirname, '..', '..', '.scratch', 'page');

describe.runIf(canUseChromium('the tests of the page are'))('the page', () => {
  const stage = stagePage();
  const { said, figure, visit, press, reaches, logs, arrivesOnce, watchUntilOpenAgain } = stage;
  const picture = (moment: string): Promise<unknown> =>
    stage.page.screenshot({ path: join(screenshots, `${moment}.png`) });

  /** Of the last pixels of the tape's strip, in its middle, how many show the paper: a state that is full shows none. */
  const barePixels = (): Promise<number> =>
    stage.page.locator('.tape canvas').evaluate((canvas: HTMLCanvasElement) => {
      const [WIDTH, MIDDLE] = [60, 63];
      const copy = new OffscreenCanvas(WIDTH, 1).getContext('2d', { willReadFrequently: true });
      copy?.drawImage(canvas, canvas.width - WIDTH, MIDDLE, WIDTH, 1, 0, 0, WIDTH, 1);
      const row = copy?.getImageData(0, 0, WIDTH, 1).data ?? [];
      return Array.from({ length: WIDTH }, (_, index) => row[4 * index + 3] ?? 0).filter((alpha) => alpha < 128).length;
    });

  it('connects by itself, once, lights one state and plots the readings', async () => {
    await visit(stage.server.address);
    await reaches('open');
    expect(await stage.page.getByRole('status').textContent()).toBe('Live');
    expect(await stage.page.locator('.log b').getByText('client.connect').count()).toBe(1);
    expect(
      await stage.page.locator('.box[aria-current=true]').evaluateAll((boxes) => boxes.map((box) => box.dataset)),
    ).toEqual([{ state: 'open', tag: 'ready' }]);
    await stage.page.waitForFunction(
      () => Number(document.querySelector<HTMLElement>('.plot')?.dataset['samples']) >= 8,
    );
    expect(await barePixels()).toBe(0);
    await stage.page
      .locator('.facts')
      .getByText(/^\d.* ms$/u)
      .waitFor();
    expect(said).toEqual([]);
  });

  it('sends, and shows that the server received it', async () => {
    await visit(stage.server.address);
    await reaches('open');
    await press('Send');
    await logs('hello 1: sent');
    await logs('the server received hello 1');
  });

  it('stays closed after disconnect, refuses to send, and connects again when asked', async () => {
    await visit(stage.server.address);
    await reaches('open');
    await press('Disconnect');
    await reaches('closed');
    await press('Send');
    await logs('hello 1: rejected');
    // Long enough for numbers to be refused, if any were sent.
    await stage.page.getByText(/^for [1-9]\.\d s$/u).waitFor();
    await press('Connect');
    await reaches('open');
    await arrivesOnce();
  });

  it('shows backoff, counts down, and is open again after its cable was cut', async () => {
    await visit(stage.server.address);
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
    await visit(stage.server.address);
    await reaches('open');
    const watching = watchUntilOpenAgain('Send');
    await press('Restart the server');
    expect((await fetch(stage.server.url)).status).toBe(200);
    const { states } = await watching;
    // It comes back when it was told to, whether or not the hub has hung up by then, and finds nobody for a while.
    expect(states.join(' ')).toMatch(/^(backoff )?(connecting backoff )+connecting open$/u);
    await logs(/open\.(probing|quiet) → (connecting\.closing|backoff\.waiting)/u);
    await logs('hello 1: queued');
    await logs('the server received hello 1');
  });

  it('shows a window that comes later the same plot, and what any window publishes in all of them', async () => {
    await visit(stage.server.address);
    await reaches('open');
    const samples = (shown: Page, atLeast: number): Promise<unknown> =>
      shown.waitForFunction(
        (count) => Number(document.querySelector<HTMLElement>('.plot')?.dataset['samples']) >= count,
        atLeast,
      );
    await samples(stage.page, 12);
    const later = await stage.browser.newPage();
    onTestFinished(() => later.close());
    await later.goto(stage.server.address);
    // Before so many could have been read anew.
    await samples(later, 12);
    await press('Publish');
    await logs('1: in the log at #1');
    await logs('this window said 1 on the wall');
    await later.locator('.log').getByText('another window said 1 on the wall').waitFor();
  });

  // How smooth it is at ten thousand is measured: npm run bench:page.
  it('shows a window that comes later how fast the stream is', async () => {
    await visit(stage.server.address);
    await reaches('open');
    const rate = stage.page.getByLabel('Stream, per second');
    await rate.selectOption('100');
    const later = await stage.browser.newPage();
    onTestFinished(() => later.close());
    await later.goto(stage.server.address);
    await expect.poll(() => later.getByLabel('Stream, per second').inputValue(), { timeout: DEADLINE_MS }).toBe('100');
    await rate.selectOption('none');
    await expect.poll(() => later.getByLabel('Stream, per second').inputValue(), { timeout: DEADLINE_MS }).toBe('0');
  });

  it('hurts nothing while somebody chooses a rate by its digits', async () => {
    await visit(stage.server.address);
    await reaches('open');
    await stage.page.getByLabel('Stream, per second').focus();
    await stage.page.keyboard.press('3');
    await stage.page.getByRole('button', { name: 'Publish', exact: true }).focus();
    // This one is over at once, and nothing of it is left for the next test.
    await stage.page.keyboard.press('6');
    await logs('Close with 1011');
    expect(await stage.page.locator('.log').getByText('Slow line').count()).toBe(0);
  });

  it('takes no digit for a command where keys are turned off, also after a reload', async () => {
    await visit(stage.server.address);
    await reaches('open');
    await stage.page.getByLabel('Keys 1 to 8').uncheck();
    await stage.page.reload();
    await reaches('open');
    expect(await stage.page.getByLabel('Keys 1 to 8').isChecked()).toBe(false);
    expect(await stage.page.locator('[aria-keyshortcuts]').count()).toBe(0);
    await stage.page.keyboard.press('6');
    await press('Send');
    await logs('hello 1: sent');
    expect(await stage.page.locator('.log').getByText('Close with 1011').count()).toBe(0);

    await stage.page.getByLabel('Keys 1 to 8').check();
    await stage.page.keyboard.press('6');
    await logs('Close with 1011');
  });

  it('ends in failed where no attempt is left, and dials again from the top bar', async () => {
    const other = await startServer({ port: 0, page: await builtPage(), restartMs: 600_000 });
    await visit(`${other.address}&attempts=1`);
    await reaches('open');
    await press('Restart the server');
    await reaches('failed');
    await stage.page.locator('.box[data-state=failed]').getByText('attempts-exhausted').waitFor();
    // The tape says it in form and in words, not by colour alone.
    await expect.poll(barePixels, { timeout: DEADLINE_MS }).toBeGreaterThan(10);
    await stage.page
      .locator('.tape')
      .getByText(/^The last [\d.]+ s: .*failed .*\. Hurt once\.$/u)
      .waitFor();
    expect(await stage.page.getByRole('status').textContent()).toBe('Connection failed');
    await press('Retry now');
    await logs('failed → connecting.resolving');
    await other.close();
  });

  it.each([360, 700, 1000, 1280, 1440, 1920])(
    'is not wider than a screen of %i px, however long its figures are, and leaves room for the plot',
    async (width) => {
      await visit(stage.server.address, { width, height: 800 });
      await reaches('open');
      const widest = await stage.page.evaluate(() => {
        for (const figure of document.querySelectorAll('dd')) figure.textContent = 'figure '.repeat(100);
        return document.documentElement.scrollWidth;
      });
      expect(widest).toBe(width);
      expect((await stage.page.locator('.plot > svg').boundingBox())?.height).toBeGreaterThanOrEqual(130);
    },
  );

  it('says in the first five seconds what it is', async () => {
    await visit(stage.server.address, { width: 1600, height: 1000 });
    await reaches('open');
    await expect.poll(() => figure('.ours', 'arrived'), { timeout: DEADLINE_MS }).toBeGreaterThan(5);
    expect(await stage.page.locator('.hurt .first').textContent()).toContain('Cut the cable');
    await picture('1 it is open and counts');

    await press('Cut the cable');
    await stage.page.locator('.wire[data-gate=down]').waitFor();
    await picture('2 the gate falls');
    await stage.page
      .locator('.wire')
      .getByText(/^\d+ held$/u)
      .waitFor();
    await stage.page
      .locator('.because')
      .getByText(/because the (line broke|connection could not be made)/u)
      .waitFor();
    await picture('3 the outbox fills, and it says why');

    await stage.page.locator('.wire[data-gate=up]').waitFor();
    await picture('4 it is open again, and pours out');
    await arrivesOnce();
    await stage.page.locator('.wire').getByText('empty').waitFor();
    expect(await stage.page.locator('.hurt .first').count()).toBe(0);
    await expect.poll(() => figure('.by-hand', 'lost'), { timeout: DEADLINE_MS }).toBeGreaterThan(0);
    await picture('5 nothing is lost');
  });

  it.each([
    ['Slow line', '3', 'open'],
    ['Close with 1011', '6', 'backoff'],
  ])('loses nothing by "%s", on key %s', { timeout: 4 * DEADLINE_MS }, async (name, key, through) => {
    await visit(stage.server.address);
    await reaches('open');
    await expect.poll(() => figure('.ours', 'arrived'), { timeout: DEADLINE_MS }).toBeGreaterThan(0);
    await stage.page.keyboard.press(key);
    await logs(name);
    await reaches(through);
    await reaches('open', 2 * DEADLINE_MS);
    await arrivesOnce();
  });

  it.each(['light', 'dark'] as const)('has nothing that axe finds, in %s', async (colorScheme) => {
    await visit(stage.server.address);
    await stage.page.emulateMedia({ colorScheme });
    await reaches('open');
    await press('Cut the cable');
    await reaches('backoff');
    await stage.page.evaluate(axe.source);
    const found = await stage.page.evaluate(async () => {
      const { violations } = await (window as unknown as { axe: typeof axe }).axe.run();
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    });
    expect(found).toEqual([]);
  });

  it('can be watched by who did not come by the address of this start, and says why nothing can be hurt', async () => {
    await visit(stage.server.url);
    await reaches('open');
    await stage.page.getByText('Not from this address: open the one that npm start has printed.').waitFor();
    for (const control of [
      stage.page.getByRole('button', { name: 'Cut the cable', exact: true }),
      stage.page.getByLabel('Stream, per second'),
    ])
      expect(await control.isDisabled()).toBe(true);
    await stage.page.keyboard.press('6');
    await expect.poll(() => figure('.ours', 'arrived'), { timeout: DEADLINE_MS }).toBeGreaterThan(5);
    expect(await stage.page.locator('.log').getByText('Close with 1011').count()).toBe(0);
  });

  it('hurts nothing for who came by the address of another start, and says so', async () => {
    await visit(stage.server.address.replace(/token=.*/u, 'token=another'));
    await reaches('open');
    await press('Cut the cable');
    await logs('refused: open the page by the address that npm start has printed');
    expect(said.splice(0).filter((text) => !isRefusal(text) && !text.includes('403'))).toEqual([]);
  });
});
