import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import type * as systemInformation from 'systeminformation';
import type { InterfaceRate } from '../frames.ts';

type SystemInformation = typeof systemInformation;

/** systeminformation looks at an interface at most every 500 ms and repeats itself in between; these take turns. */
const COPIES = 3;

const require = createRequire(import.meta.url);

function freshCopy(): SystemInformation {
  for (const path of Object.keys(require.cache)) {
    if (path.includes('systeminformation')) Reflect.deleteProperty(require.cache, path);
  }
  return require('systeminformation') as SystemInformation;
}

interface Reading {
  readonly atMs: number;
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** A rate over a longer time than this says nothing about now. Unit ms. */
const STALE_MS = 1_000;

/** Reads the counters of all interfaces; the rates are those since the reading before. The first one has none. */
export async function trafficReader(): Promise<() => Promise<InterfaceRate[]>> {
  const copies = Array.from({ length: COPIES }, freshCopy);
  // The first look blocks the process for a tenth of a second or two: that is better over before anybody has connected.
  for (const copy of copies) await copy.networkStats('*');
  let turn = 0;
  let before = new Map<string, Reading>();

  return async () => {
    const counters = (await copies[turn++ % COPIES]?.networkStats('*')) ?? [];
    const atMs = performance.now();
    const now = new Map<string, Reading>();
    const rates: InterfaceRate[] = [];
    for (const { iface: name, rx_bytes: rxBytes, tx_bytes: txBytes } of counters) {
      const last = before.get(name);
      now.set(name, { atMs, rxBytes, txBytes });
      if (last === undefined || atMs - last.atMs > STALE_MS) continue;
      const perS = (bytes: number): number => (Math.max(0, bytes) / (atMs - last.atMs)) * 1000;
      rates.push({ name, rxBytesPerS: perS(rxBytes - last.rxBytes), txBytesPerS: perS(txBytes - last.txBytes) });
    }
    before = now;
    return rates;
  };
}
