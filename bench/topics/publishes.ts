/** Publishes through whatever a network does. */
import { WebSocket } from 'ws';
import { createHub, memoryBroker } from '../../src/server/index.ts';
import { createFaultProxy, seededRandom, type FaultType } from '../../src/testing/index.ts';
import { createTopicClient } from '../../src/topics/index.ts';
import { gusts } from '../storm/faults.ts';
import { passed, until } from '../waiting.ts';

const TOPICS = ['a', 'b', 'c'];
const BURST = 20;

export interface PublishReport {
  readonly published: number;
  readonly acked: number;
  /** Acknowledgements that said that it was there already: an earlier one had been lost. */
  readonly duplicates: number;
  readonly uncertain: number;
  readonly otherwise: number;
  /** Of what was acknowledged. */
  readonly notInTheLog: number;
  readonly twiceInTheLog: number;
  readonly reorderedInTheLog: number;
  readonly reconnects: number;
  readonly faults: Partial<Record<FaultType, number>>;
}

/** One client, through the fault proxy, in an endless storm until all are settled. */
export async function publishesThroughFaults(count: number, seed: number): Promise<PublishReport> {
  const broker = memoryBroker({ history: { maxMessages: count, maxBytes: 2 ** 30, maxAgeMs: 3_600_000 } });
  const heartbeat = { intervalMs: 100, timeoutMs: 300 };
  const limits = { publishPerSecond: 5_000, framesPerSecond: 10_000 };
  const hub = createHub({ broker, heartbeat, limits });
  const { port } = await hub.listen({ host: '127.0.0.1' });
  const proxy = createFaultProxy({ target: { port }, seed });
  await proxy.listen();
  const client = createTopicClient(proxy.url('/ws/ann'), {
    WebSocket,
    connectTimeoutMs: 300,
    retry: { baseMs: 10, capMs: 60, maxAttempts: Infinity },
    verdict: () => 'retry',
    maxPublishes: count,
    maxPublishBytes: 2 ** 30,
  });
  const random = seededRandom(seed);
  const tally = { acked: 0, duplicates: 0, uncertain: 0, otherwise: 0 };
  const acked = new Map<string, string>();
  const settled: Promise<void>[] = [];
  client.connection.connect();
  const isOver = { isSo: false };
  const storm = (async () => {
    for (const { calmMs, spec } of gusts(seededRandom(seed + 1))) {
      await passed(calmMs);
      if (isOver.isSo) return;
      proxy.inject(spec);
      if (spec.type === 'refuse' || spec.type === 'stall') proxy.inject({ type: 'reset' });
      await passed(spec.forMs);
    }
  })();
  for (let n = 0; n < count; n++) {
    const topic = TOPICS[Math.floor(random() * TOPICS.length)] as string;
    const id = `publish-${n}`;
    const publish = client.publish(topic, n, { id }).then(
      ({ epoch, offset, duplicate }) => {
        tally.acked++;
        if (duplicate) tally.duplicates++;
        acked.set(id, `${topic} ${epoch} ${offset}`);
      },
      (error: unknown) => {
        tally[(error as { code?: string }).code === 'uncertain' ? 'uncertain' : 'otherwise']++;
      },
    );
    settled.push(publish);
    if (n % BURST === BURST - 1) await passed(random() * 60);
  }
  await Promise.all(settled);
  isOver.isSo = true;
  await storm;
  await proxy.clear();
  await until('the storm is over', () => client.connection.isConnected);
  const log = await logOf(broker);
  const report: PublishReport = {
    published: count,
    ...tally,
    notInTheLog: [...acked].filter(([id, place]) => !log.places.get(id)?.includes(place)).length,
    twiceInTheLog: [...log.places.values()].filter((places) => places.length > 1).length,
    reorderedInTheLog: log.reordered,
    reconnects: client.connection.stats().reconnects,
    faults: proxy.stats().faults,
  };
  client.dispose();
  await proxy.close();
  await hub.close();
  return report;
}

/** Where each id stands, and how many stand before one that was published earlier. */
async function logOf(broker: ReturnType<typeof memoryBroker>) {
  const places = new Map<string, string[]>();
  let reordered = 0;
  for (const topic of TOPICS) {
    const limit = { maxMessages: Infinity, maxBytes: Infinity };
    const { epoch, entries } = await broker.read(topic, { last: Infinity, limit });
    let before = -1;
    for (const { id = '', offset, data } of entries) {
      places.set(id, [...(places.get(id) ?? []), `${topic} ${epoch} ${offset}`]);
      if (Number(data) < before) reordered++;
      before = Number(data);
    }
  }
  return { places, reordered };
}
