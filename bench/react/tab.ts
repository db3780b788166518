import type { CDPSession } from 'playwright';
import type { PageApi } from './page.tsx';

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}
type Call<Name extends keyof PageApi> = (...given: Parameters<PageApi[Name]>) => ReturnType<PageApi[Name]>;

/** What the page's main thread and heap have come to since the page was opened. */
export interface Metrics {
  /** Processor time of all tasks. Unit ms. */
  readonly taskMs: number;
  /** Of that, in scripts. Unit ms. */
  readonly scriptMs: number;
  readonly heapBytes: number;
}

/**
 * A page that playwright does not look into: a page of its own reports every frame of a WebSocket, which takes longer than
 * the frame. Hence outside of its contexts, and spoken to in DevTools' own protocol.
 */
export class Tab {
  readonly #browser: CDPSession;
  readonly #targetId: string;
  readonly #sessionId: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #count = 0;

  private constructor(browser: CDPSession, targetId: string, sessionId: string) {
    this.#browser = browser;
    this.#targetId = targetId;
    this.#sessionId = sessionId;
    browser.on('Target.receivedMessageFromTarget', (event) => {
      if (event.sessionId !== sessionId) return;
      const answer = JSON.parse(event.message) as Answer;
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    });
  }

  /** Resolves when the page is there: when the expression `isThere` is true in it. */
  static async open(browser: CDPSession, url: string, isThere: string): Promise<Tab> {
    const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: false });
    const tab = new Tab(browser, targetId, sessionId);
    await tab.#send('Performance.enable', { timeDomain: 'threadTicks' });
    await tab.#send('Page.navigate', { url });
    while ((await tab.evaluate(isThere)) !== true);
    return tab;
  }

  call<Name extends keyof PageApi>(
    name: Name,
    ...given: Parameters<Call<Name>>
  ): Promise<Awaited<ReturnType<Call<Name>>>> {
    return this.evaluate(`api.${name}(${given.map((one) => JSON.stringify(one)).join()})`) as never;
  }

  /** Of the heap, what is left after a collection. */
  async metrics(): Promise<Metrics> {
    const read = async (): Promise<Record<string, number>> => {
      const { metrics } = (await this.#send('Performance.getMetrics')) as {
        metrics: { name: string; value: number }[];
      };
      return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    };
    const { TaskDuration: task = NaN, ScriptDuration: script = NaN } = await read();
    await this.#send('HeapProfiler.collectGarbage');
    const { JSHeapUsedSize: heapBytes = NaN } = await read();
    return { taskMs: task * 1_000, scriptMs: script * 1_000, heapBytes };
  }

  async close(): Promise<void> {
    await this.#browser.send('Target.closeTarget', { targetId: this.#targetId });
  }

  /** What an expression is in the page, or what its promise settles as. */
  async evaluate(expression: string): Promise<unknown> {
    const evaluated = await this.#send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    const { result, exceptionDetails } = evaluated as { result: { value?: unknown }; exceptionDetails?: unknown };
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  #send(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#count;
    const message = JSON.stringify({ id, method, params });
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        this.#waiting.delete(id);
        if (error === undefined) resolve(result);
        else reject(new Error(`${method}: ${error.message}`));
      });
      this.#browser.send('Target.sendMessageToTarget', { sessionId: this.#sessionId, message }).catch(reject);
    });
  }
}
