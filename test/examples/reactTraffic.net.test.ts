/** The page of examples/react-traffic in Chromium, as its command serves it, behind a line that can be cut. */
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canUseChromium, launchChromium } from '../fixtures/chromium.ts';
import { startProxy } from '../fixtures/proxy.ts';
import { startExample } from './exampleProcess.ts';
import { visit } from './visited.ts';

/** How many messages come in without a frame: some seconds of them. */
const MANY = 200;

describe.runIf(canUseChromium('the test of examples/react-traffic is'))('the page of react-traffic', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  const stage = async () => {
    const example = startExample('react-traffic/main.ts');
    const address = new URL((await example.line(/http:/u)).replace(/^.*(?=http:)/u, ''));
    const proxy = await startProxy(Number(address.port));
    const visited = await visit(browser, proxy.url().replace(/^ws/u, 'http'));
    const { page } = visited;
    const reaches = (state: string) => page.locator(`.socketchart-status[data-state=${state}]`).waitFor();
    /** Until another number is shown than now. */
    const changes = async () => {
      const before = await page.locator('dl').textContent();
      await page.waitForFunction((text) => document.querySelector('dl')?.textContent !== text, before);
    };
    await reaches('open');
    return { ...visited, proxy, reaches, changes };
  };

  it('shows numbers that change, over one socket, and draws them once per frame at most', async () => {
    const { page, said, dialled, received, changes } = await stage();
    await changes();
    expect(await page.locator('dd').allTextContents()).toEqual([
      expect.stringMatching(/^\d+\.\d kB\/s$/u),
      expect.stringMatching(/^\d+\.\d kB\/s$/u),
      expect.stringMatching(/^\d+\.\d %$/u),
      expect.stringMatching(/^\d+\.\d MB$/u),
    ]);
    await page.locator('polyline[points]').waitFor({ state: 'attached' });
    await page.getByText('The readings are live.').waitFor();

    await page.evaluate(async () => {
      const { requestAnimationFrame: native } = globalThis;
      const frames: FrameRequestCallback[] = [];
      globalThis.requestAnimationFrame = (callback) => frames.push(callback);
      Object.assign(globalThis, { frames });
      // Those that were asked for before have passed when the second one comes.
      await new Promise((resolve) => native(() => native(resolve)));
    });
    const numbers = () => page.locator('dl').textContent();
    const before = { numbers: await numbers(), received: received.length };
    await expect.poll(() => received.length - before.received, { timeout: 15_000 }).toBeGreaterThan(MANY);
    expect(await numbers()).toBe(before.numbers);
    // The numbers want one, and the plot another.
    expect(await page.evaluate('frames.length')).toBe(2);
    await page.evaluate('frames.splice(0).forEach((draw) => draw(0))');
    await expect.poll(numbers).not.toBe(before.numbers);

    expect(dialled).toEqual(['/live']);
    expect(said).toEqual([]);
  });

  it('goes on after the line was cut, where it was, and what was said meanwhile is said once', async () => {
    const { page, said, dialled, received, proxy, reaches, changes } = await stage();
    await changes();
    await page.getByRole('button', { name: 'Say hello' }).click();
    await page.getByText(/^Hello, at /u).waitFor();
    await page.evaluate(() => {
      Date.prototype.toLocaleTimeString = () => 'another moment';
      const observer = new MutationObserver(() => {
        if (document.querySelector('.socketchart-status[data-state=open]') !== null) return;
        observer.disconnect();
        document.querySelector<HTMLElement>('p > button')?.click();
      });
      observer.observe(document.body, { subtree: true, attributes: true, attributeFilter: ['data-state'] });
    });

    proxy.inject({ type: 'reset' });

    await page.getByText('Hello, at another moment.').waitFor();
    await reaches('open');
    await page.getByText('The readings are live.').waitFor();
    await changes();
    expect(received.filter((frame) => frame.includes('another moment'))).toHaveLength(1);
    expect(dialled).toEqual(['/live', '/live']);
    expect(said).toEqual([]);
  });
});
