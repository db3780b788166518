import { afterAll, describe, expect, test } from 'vitest';
import type { FaultSpec } from '../../src/testing/index.ts';
import { nextEvent, reached } from '../fixtures/events.ts';
import { Client } from '../fixtures/proxy.ts';
import { ProxyStage, type Tally } from '../fixtures/proxyStage.ts';

/** Every fault there is. */
const faults: readonly FaultSpec[] = [
  { type: 'reset', on: 'all' },
  { type: 'blackhole', direction: 'toServer' },
  { type: 'blackhole', direction: 'toClient' },
  { type: 'blackhole', direction: 'both' },
  { type: 'halfOpen' },
  { type: 'latency', delayMs: 5, jitterMs: 10 },
  { type: 'bandwidth', bytesPerSecond: 20_000 },
  { type: 'refuse', status: 502 },
  { type: 'refuse', status: 503, retryAfterSeconds: 0 },
  { type: 'stall' },
  { type: 'truncate', afterBytes: 40 },
  { type: 'close', code: 1012, reason: 'restart', on: 'all' },
  { type: 'down' },
  { type: 'flap', aliveMs: 5, jitterMs: 10 },
];
const named = faults.map((spec) => [JSON.stringify(spec), spec] as const);

/** These slow a connection down and end none. */
const isMild = ({ type }: FaultSpec): boolean => type === 'latency' || type === 'bandwidth';
/** These are felt by new connections only. */
const isForNew = ({ type }: FaultSpec): boolean => type === 'refuse' || type === 'stall';

type Confirm = 'none' | 'ping';
const tallies: Record<Confirm, Tally> = {
  none: { sent: 0, delivered: 0, repeated: 0, lost: 0 },
  ping: { sent: 0, delivered: 0, repeated: 0, lost: 0 },
};

afterAll(() => console.info('every fault in every phase, by the option confirm:', tallies));

async function opened(confirm: Confirm): Promise<ProxyStage> {
  const stage = await ProxyStage.make(confirm);
  const answered = nextEvent(stage.connection, 'heartbeat');
  await stage.connection.connect().opened();
  await answered;
  await stage.arrived(stage.send(5));
  return stage;
}

/** Once the fault was felt: an attempt has failed for it, or, where it ends no connection, all went through slowly. */
async function felt(stage: ProxyStage, spec: FaultSpec, last: number): Promise<void> {
  if (isMild(spec)) await stage.arrived(last);
  else await nextEvent(stage.connection, 'retrying');
}

/** Something gets through again, every message has its outcome, and all that was promised has held. */
async function recovered(stage: ProxyStage, confirm: Confirm): Promise<void> {
  await stage.delivers();
  await stage.connection.opened();
  await stage.settles();
  stage.expectPromises();
  stage.addTo(tallies[confirm]);
}

describe.each<[Confirm]>([['none'], ['ping']])('confirm: %s', (confirm) => {
  describe('while it dials for the first time', () => {
    test.each(named)('%s: it is open once that ends', async (_, spec) => {
      const stage = await ProxyStage.make(confirm);
      const fault = stage.proxy.inject(spec);
      const last = stage.send(5);

      stage.connection.connect();
      await felt(stage, spec, last);
      stage.send(5);
      await fault.end();
      await recovered(stage, confirm);
    });
  });

  describe('while it is open', () => {
    test.each(named)('%s: it is open again once that ends', async (_, spec) => {
      const stage = await opened(confirm);
      const fault = stage.proxy.inject(spec);
      const last = stage.send(5);
      if (isForNew(spec)) {
        const lost = nextEvent(stage.connection, 'retrying');
        stage.proxy.inject({ type: 'reset' });
        await lost;
      }

      await felt(stage, spec, last);
      stage.send(5);
      await fault.end();
      await recovered(stage, confirm);
      expect(fault.applied).toBeGreaterThan(0);
    });
  });

  describe('while it waits for the next attempt', () => {
    test.each(named)('%s: it is open once that ends', async (_, spec) => {
      const stage = await opened(confirm);
      const waiting = nextEvent(stage.connection, 'retrying');
      stage.proxy.inject({ type: 'reset' });
      await waiting;
      expect(stage.connection.state).toBe('backoff');
      const fault = stage.proxy.inject(spec);
      const last = stage.send(5);

      await felt(stage, spec, last);
      stage.send(5);
      await fault.end();
      await recovered(stage, confirm);
    });
  });

  describe('while it closes', () => {
    test.each(named)('%s: it is closed in time, stays so, and can be opened again', async (_, spec) => {
      const stage = await opened(confirm);
      const { connection, proxy } = stage;
      const closed = nextEvent(connection, 'closed');
      // On a busy machine the first attempt may run out of its tenth of a second.
      const { sockets } = connection.stats();

      connection.disconnect();
      expect(connection.getSnapshot().value).toEqual({ closed: 'closing' });
      const fault = proxy.inject(spec);
      await closed;
      await reached(connection, 'closed.done');
      expect(connection.send(0)).toBe('rejected');
      await fault.end();
      await new Client(proxy.url()).opened();

      expect(connection.stats()).toMatchObject({ state: 'closed', sockets });
      stage.expectPromises();
      connection.connect();
      await recovered(stage, confirm);
    });
  });
});
