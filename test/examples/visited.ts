/** A page of an example in Chromium, and all that it does to the outside. */
import type { Browser, Page } from 'playwright';
import { onTestFinished } from 'vitest';

const DEADLINE_MS = 15_000;

export interface Visited {
  readonly page: Page;
  /** Whatever is in its console, errors among it. */
  readonly said: readonly string[];
  /** Where it has dialled, each time. */
  readonly dialled: readonly string[];
  /** The frames of WebSocket that came in. */
  readonly received: readonly string[];
}

/** Opens an address in a page that is gone when the test is over. */
export async function visit(
  browser: Browser,
  address: string,
  prepare: (page: Page) => Promise<void> = () => Promise.resolve(),
): Promise<Visited> {
  const page = await browser.newPage({ viewport: { width: 1000, height: 620 } });
  onTestFinished(() => page.close());
  page.setDefaultTimeout(DEADLINE_MS);
  const said: string[] = [];
  const dialled: string[] = [];
  const received: string[] = [];
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('websocket', (socket) => {
    dialled.push(new URL(socket.url()).pathname);
    socket.on('framereceived', ({ payload }) => received.push(payload.toString()));
  });
  await prepare(page);
  // A script may be held back for as long as the test wants.
  await page.goto(address, { waitUntil: 'commit' });
  return { page, said, dialled, received };
}
