/** One contender in a process of its own. Argument: its name. */
import { setImmediate } from 'node:timers/promises';
import { entrants, type Name } from './contenders.ts';
import { answerWith } from './dialogue.ts';

const contender = await entrants[process.argv[2] as Name].start();
let said = 0;
let peakRss = 0;

/** What one of the prices looks like: some 100 bytes of JSON. */
function price(): object {
  return { type: 'price', symbol: 'EURUSD', bid: 1.08421, ask: 1.08425, at: '2026-01-01T00:00:00.000Z', no: said };
}

function collect(): void {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
}

export interface Memory {
  readonly rss: number;
  /** On the heap, and outside of it by objects on the heap. */
  readonly held: number;
}

answerWith({
  port: () => contender.port,
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  /** Many ticks of the event loop, with as many prices in each. */
  async prices({ ticks, messages }: { ticks: number; messages: number }) {
    for (let tick = 0; tick < ticks; tick++) {
      for (let message = 0; message < messages; message++, said++) contender.tell(price());
      await setImmediate();
    }
  },
  async bulk({ bytes }: { bytes: number }) {
    contender.tell({ no: said++, text: 'x'.repeat(bytes) });
    await setImmediate();
    peakRss = Math.max(peakRss, process.memoryUsage.rss());
  },
  peakRss: () => peakRss,
  /** After all garbage has gone. */
  async memory(): Promise<Memory> {
    for (let i = 0; i < 3; i++) {
      collect();
      await setImmediate();
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, held: heapUsed + external };
  },
});
