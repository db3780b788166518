/** What the page does in a long while: the short of it is in page.net.test.ts. */
import { describe, expect, it } from 'vitest';
import { canUseChromium } from '../fixtures/chromium.ts';
import { DEADLINE_MS, stagePage } from '../fixtures/pageStage.ts';

describe.runIf(canUseChromium('the long tests of the page are'))('the page', () => {
  const stage = stagePage();
  const { figure, visit, press, reaches, logs, arrivesOnce, watchUntilOpenAgain } = stage;

  // How smooth it is at ten thousand is measured: npm run bench:page.
  it(
    'follows a thousand messages a second without a gap, and says how many they are',
    { timeout: 4 * DEADLINE_MS },
    async () => {
      await visit(stage.server.address);
      await reaches('open');
      const rate = stage.page.getByLabel('Stream, per second');
      await rate.selectOption('1,000');
      const line = stage.page.locator('.topics li[data-topic=stream]');
      const offset = async (): Promise<number> => Number((await line.locator('.offset').textContent())?.slice(1));
      await expect.poll(offset, { timeout: 2 * DEADLINE_MS }).toBeGreaterThan(3_000);
      await stage.page
        .locator('.wire')
        .getByText(/^◂ [\d,]+\/s$/u)
        .waitFor();
      await rate.selectOption('none');
      await stage.page.locator('.inflow').waitFor({ state: 'detached' });
      expect(await line.locator('.last-gap').textContent()).toBe('no gap');
      await arrivesOnce();
    },
  );

  it('goes on without a gap after a cut and after a restart', async () => {
    await visit(stage.server.address);
    const stands = (): Promise<void> =>
      stage.page.locator('.topics li[data-topic=traffic][data-state=live]').getByText('no gap').waitFor();
    await reaches('open');
    await stands();
    for (const hurt of ['Cut the cable', 'Restart the server']) {
      const watching = watchUntilOpenAgain();
      await press(hurt);
      await watching;
      await stands();
    }
  });

  it.each([
    ['Half-open', '2', 'backoff'],
    ['Refuse for 10 s', '4', 'backoff'],
    ['Sleep the laptop', '7', 'backoff'],
    ['Train tunnel', '8', 'backoff'],
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
});
