/** The page of examples/server-rendered, with and without a browser, as its command serves it. */
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { canUseChromium, launchChromium } from '../fixtures/chromium.ts';
import { withResolvers } from '../fixtures/events.ts';
import { startExample } from './exampleProcess.ts';
import { visit } from './visited.ts';

async function stage() {
  const example = startExample('server-rendered/main.ts');
  const address = (await example.line(/http:/u)).replace(/^.*(?=http:)/u, '');
  const get = async (path: string): Promise<string> => (await fetch(`${address}${path}`)).text();
  return {
    address,
    /** One more view. */
    ask: () => get('/'),
    /** How many sockets have come to the hub. */
    accepted: async () => Number(/^socketchart_hub_accepted_total (\d+)/mu.exec(await get('/metrics'))?.[1]),
  };
}

const withoutComments = (html: string): string => html.replaceAll('<!-- -->', '');

test('the server draws what it knows, and dials nothing', async () => {
  const { ask, accepted } = await stage();
  await ask();

  const html = withoutComments(await ask());

  expect(html).toContain('Views so far: 2');
  expect(html).toContain('data-state="idle"');
  expect(html).toContain('Connecting');
  expect(await accepted()).toBe(0);
});

describe.runIf(canUseChromium('the test of examples/server-rendered is'))('the page that a server has drawn', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it('is hydrated without a warning, dials once, and misses nothing of what came in between', async () => {
    const { address, ask, accepted } = await stage();
    const hold = withResolvers();
    const { page, said, dialled } = await visit(browser, address, async (before) => {
      await before.route('**/client.tsx', async (route) => {
        await hold.promise;
        await route.continue();
      });
    });
    await page.getByText('Views so far: 1').waitFor();
    await page.getByText('Connecting').waitFor();
    await ask();
    await ask();
    expect(await accepted()).toBe(0);

    hold.resolve();

    await page.locator('.socketchart-status[data-state=open]').waitFor();
    await page.getByText('Views so far: 3').waitFor();
    await ask();
    await page.getByText('Views so far: 4').waitFor();
    expect(dialled.filter((path) => path === '/live')).toHaveLength(1);
    expect(await accepted()).toBe(1);
    // React and Vite advertise themselves while one develops.
    expect(said.filter((text) => !/^(?:debug|info): /u.test(text))).toEqual([]);
  });
});
