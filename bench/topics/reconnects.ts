/** Reconnects while much is published, and the server has to ask somebody before it lets anybody in or listen. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { createHub } from '../../src/server/index.ts';
import { createFaultProxy, type FaultProxy } from '../../src/testing/index.ts';
import { createTopicClient } from '../../src/topics/index.ts';
import { passed, until } from '../waiting.ts';
import { Tally } from './tally.ts';

const PER_MS = 2;
/** How long it takes to ask. 0: nobody is asked. Unit ms. */
const ASKING_MS = 20;
/** What is kept for who is away: several seconds. */
const KEPT = 20_000;

export interface ReconnectReport {
  readonly reconnects: number;
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly twice: number;
  readonly reordered: number;
  /** Gaps, or recoveries that failed, that were told. */
  readonly told: number;
  /** Of what is lost: nobody was told. */
  readonly lostSilently: number;
}

interface Subject {
  tell(n: number): void;
  /** Undefined until it is connected and listens. */
  readonly isListening: () => boolean;
  readonly tally: Tally;
  readonly told: () => { readonly count: number; readonly lost: number };
  readonly proxy: FaultProxy;
  close(): Promise<void>;
}

/** Cuts it so many times, at moments drawn by chance. */
async function play(subject: Subject, reconnects: number): Promise<ReconnectReport> {
  const { tally, proxy } = subject;
  await until('the first connection', subject.isListening);
  let sent = 0;
  let owed = 0;
  let before = performance.now();
  const publish = setInterval(() => {
    const now = performance.now();
    owed += (now - before) * PER_MS;
    before = now;
    for (; owed >= 1; owed--) subject.tell(++sent);
  }, 1);
  try {
    for (let i = 0; i < reconnects; i++) {
      await passed(20 + Math.random() * 80);
      proxy.inject({ type: 'reset' });
      await until('it notices', () => !subject.isListening());
      await until(`reconnect ${i + 1}`, subject.isListening);
    }
  } finally {
    clearInterval(publish);
  }
  const all = sent;
  await Promise.race([until('the last message', () => tally.last >= all), passed(5_000)]);
  const { count, lost } = subject.told();
  await subject.close();
  const missing = tally.lost + all - tally.last;
  const { received, twice, reordered } = tally;
  return {
    reconnects,
    sent: all,
    received,
    lost: missing,
    twice,
    reordered,
    told: count,
    lostSilently: missing - lost,
  };
}

/** Ours. */
export async function hubReconnects(reconnects: number, askingMs = ASKING_MS): Promise<ReconnectReport> {
  const ask = async (): Promise<void> => (askingMs === 0 ? undefined : passed(askingMs));
  const hub = createHub({
    history: { maxMessages: KEPT, maxBytes: 2 ** 24 },
    limits: { peerBytes: 2 ** 23, replayPerSecond: 1_000_000 },
    authenticate: async () => {
      await ask();
      return { id: 'ann' };
    },
    authorize: async () => {
      await ask();
      return true;
    },
  });
  const { port } = await hub.listen({ host: '127.0.0.1' });
  const proxy = createFaultProxy({ target: { port } });
  await proxy.listen();
  const client = createTopicClient(proxy.url('/ws/ann'), {
    WebSocket,
    retry: { baseMs: 10, capMs: 20, maxAttempts: Infinity },
  });
  const tally = new Tally();
  let [count, lost] = [0, 0];
  const subscription = client.subscribe('ticks', (n: number) => tally.take(n), {
    onGap: ({ from, to }) => {
      count++;
      lost += (to?.offset ?? 0) - (from?.offset ?? 0);
    },
  });
  return play(
    {
      tell: (n) => void hub.publish('ticks', n),
      isListening: () => subscription.state === 'live',
      tally,
      told: () => ({ count, lost }),
      proxy,
      close: async () => {
        client.dispose();
        await proxy.close();
        await hub.close();
      },
    },
    reconnects,
  );
}

/** socket.io with connection state recovery. Where somebody has to be asked, middleware asks at a recovery, too. */
export async function socketIoReconnects(reconnects: number, askingMs = ASKING_MS): Promise<ReconnectReport> {
  const server = createServer();
  const hub = new Server(server, {
    transports: ['websocket'],
    connectionStateRecovery: { maxDisconnectionDuration: 120_000, skipMiddlewares: askingMs === 0 },
  });
  if (askingMs > 0) hub.use((_, next) => void passed(askingMs).then(() => next()));
  hub.on('connection', (socket) => {
    if (socket.recovered) return;
    if (askingMs === 0) void socket.join('ticks');
    else void passed(askingMs).then(() => socket.join('ticks'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = createFaultProxy({ target: { port: (server.address() as AddressInfo).port } });
  await proxy.listen();
  const client = io(proxy.url().replace(/^ws/u, 'http'), {
    transports: ['websocket'],
    reconnectionDelay: 10,
    reconnectionDelayMax: 20,
  });
  const tally = new Tally();
  let [count, lost] = [0, 0];
  let isFirst = true;
  let isUnrecovered = false;
  client.on('connect', () => {
    if (!isFirst && !client.recovered) {
      count++;
      isUnrecovered = true;
    }
    isFirst = false;
  });
  client.on('tick', (n: number) => {
    // It joined a moment after it had connected: what came before is not counted against it.
    if (tally.received === 0) tally.beginAt(n);
    const before = tally.lost;
    tally.take(n);
    if (isUnrecovered) lost += tally.lost - before;
    isUnrecovered = false;
  });
  return play(
    {
      tell: (n) => hub.to('ticks').emit('tick', n),
      isListening: () => client.connected,
      tally,
      told: () => ({ count, lost }),
      proxy,
      close: async () => {
        client.disconnect();
        await proxy.close();
        await hub.close();
      },
    },
    reconnects,
  );
}
