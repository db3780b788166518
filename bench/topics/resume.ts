/** How long many topics take to go on after a reconnect, in round trips. */
import { WebSocket } from 'ws';
import { createHub } from '../../src/server/index.ts';
import { createFaultProxy } from '../../src/testing/index.ts';
import { createTopicClient } from '../../src/topics/index.ts';
import { passed, until } from '../waiting.ts';

/** One way. */
const LATENCY_MS = 200;

export interface ResumeReport {
  readonly topics: number;
  /** Frames of the client, from the opened socket until all topics were live. */
  readonly frames: number;
  readonly roundTripMs: number;
  /** From the first of these frames to the last answer. */
  readonly resumedMs: number;
  readonly roundTrips: number;
  readonly gaps: number;
  /** Of what was published meanwhile, one to each topic. */
  readonly lost: number;
}

/** Every topic misses a message, and gets it. */
export async function resume(topics: number): Promise<ResumeReport> {
  const limits = { topics, framesPerSecond: 10_000, payloadBytes: 65_536 };
  const hub = createHub({ limits });
  const { port } = await hub.listen({ host: '127.0.0.1' });
  const proxy = createFaultProxy({ target: { port } });
  await proxy.listen();
  let frames = 0;
  let firstAt = 0;
  const client = createTopicClient(proxy.url('/ws/ann'), {
    retry: { baseMs: 10 },
    createSocket: (url, protocols) => {
      const socket = new WebSocket(url, protocols);
      const send = socket.send.bind(socket) as (data: string) => void;
      socket.send = (data: unknown) => {
        if ((data as string).includes('"resume"') && ++frames === 1) firstAt = performance.now();
        send(data as string);
      };
      return socket;
    },
  });
  const names = Array.from({ length: topics }, (_, i) => `topic/${i}`);
  let gaps = 0;
  let heard = 0;
  let live = 0;
  let lastAt = 0;
  for (const name of names) {
    client.onStatus(name, ({ state }) => {
      if (state === 'live') {
        live++;
        lastAt = performance.now();
      }
    });
    client.subscribe(name, () => heard++, { onGap: () => gaps++ });
  }
  await until('all are live', () => live === topics);
  proxy.inject({ type: 'reset' });
  await until('it notices', () => client.connection.state !== 'open');
  for (const name of names) await hub.publish(name, 'missed');
  proxy.inject({ type: 'latency', delayMs: LATENCY_MS });
  frames = live = 0;
  await until('all are live again', () => live === topics);
  await until('what was missed', () => heard >= topics);
  await passed(2 * LATENCY_MS);
  const roundTripMs = 2 * LATENCY_MS;
  const resumedMs = lastAt - firstAt;
  client.dispose();
  await proxy.close();
  await hub.close();
  return {
    topics,
    frames,
    roundTripMs,
    resumedMs: Math.round(resumedMs),
    roundTrips: Number((resumedMs / roundTripMs).toFixed(2)),
    gaps,
    lost: topics - heard,
  };
}
