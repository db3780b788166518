/**
 * What does a message cost over a bare `ws` socket? `npm run bench -- --rounds 60`
 *
 * Three lanes to one server: a bare socket, ours, and a second bare socket as the control. In each round each lane takes its
 * turn, in random order, with 20,000 messages of about 100 bytes; the figures are the ratios within a round. The server is a
 * child process, and writes a burst as one buffer, so that it is the client that is measured.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { createConnection } from '../src/index.ts';

const MESSAGES = 20_000;
const WARM_UP_ROUNDS = 5;
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '60' } } });
const rounds = Number(values.rounds);

interface Price {
  readonly type: 'price';
  readonly symbol: string;
  readonly bid: number;
  readonly ask: number;
  readonly at: string;
}
const price: Price = { type: 'price', symbol: 'EURUSD', bid: 1.08421, ask: 1.08425, at: '2026-01-01T00:00:00.000Z' };
const text = JSON.stringify(price);

/** One way to the server. Both take all messages of a round, and resolve when the last has arrived. */
interface Lane {
  send(): Promise<void>;
  receive(): Promise<void>;
}
type Codec = 'raw' | 'json';

/** Counts what arrives: one `done` after a burst of sends, or a burst of messages. */
class Arrivals {
  #left = 0;
  #resolve: () => void = () => undefined;

  expect(count: number): Promise<void> {
    this.#left = count;
    return new Promise((resolve) => (this.#resolve = resolve));
  }

  count(): void {
    if (--this.#left === 0) this.#resolve();
  }
}

async function bareLane(url: string, codec: Codec): Promise<Lane> {
  const socket = new WebSocket(url);
  const arrivals = new Arrivals();
  socket.binaryType = 'arraybuffer';
  socket.onmessage =
    codec === 'raw'
      ? ({ data }) => {
          if (data !== '') arrivals.count();
        }
      : ({ data }) => {
          if (JSON.parse(data as string) !== null) arrivals.count();
        };
  await once(socket, 'open');
  return {
    send: () => {
      const done = arrivals.expect(1);
      if (codec === 'raw') for (let i = 0; i < MESSAGES; i++) socket.send(text);
      else for (let i = 0; i < MESSAGES; i++) socket.send(JSON.stringify(price));
      return done;
    },
    receive: () => {
      const done = arrivals.expect(MESSAGES);
      socket.send('"burst"');
      return done;
    },
  };
}

async function ourLane(url: string, codec: Codec): Promise<Lane> {
  const connection = createConnection<unknown, unknown>(url, { WebSocket, codec });
  const arrivals = new Arrivals();
  connection.onMessage((message) => {
    if (message !== '' && message !== null) arrivals.count();
  });
  await connection.connect().opened();
  const message = codec === 'raw' ? text : price;
  return {
    send: () => {
      const done = arrivals.expect(1);
      for (let i = 0; i < MESSAGES; i++) connection.send(message);
      return done;
    },
    receive: () => {
      const done = arrivals.expect(MESSAGES);
      connection.send('"burst"');
      return done;
    },
  };
}

interface Figures {
  readonly ours: number[];
  readonly control: number[];
  /** Unit ms a round. */
  readonly bareMs: number[];
}

async function race(lanes: readonly Lane[], run: (lane: Lane) => Promise<void>): Promise<Figures> {
  const figures: Figures = { ours: [], control: [], bareMs: [] };
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const tookMs = [0, 0, 0];
    const order = [0, 1, 2].map((lane) => ({ lane, at: Math.random() })).sort((a, b) => a.at - b.at);
    for (const { lane } of order) {
      const startedAt = performance.now();
      await run(lanes[lane] as Lane);
      tookMs[lane] = performance.now() - startedAt;
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (round < 0) continue;
    const [bare = 0, ours = 0, control = 0] = tookMs;
    figures.ours.push(ours / bare);
    figures.control.push(control / bare);
    figures.bareMs.push(bare);
  }
  return figures;
}

function quartiles(numbers: readonly number[]): [lower: number, median: number, upper: number] {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))] ?? NaN;
  return [at(0.25), at(0.5), at(0.75)];
}
function ratio(numbers: readonly number[]): string {
  const [lower, median, upper] = quartiles(numbers).map((number) => number.toFixed(3));
  return `${median ?? ''} (${lower ?? ''} … ${upper ?? ''})`;
}

const server = fork(new URL('hotPathServer.ts', import.meta.url), [text, String(MESSAGES)]);
const [port] = (await once(server, 'message')) as [number];
const url = `ws://127.0.0.1:${port}/`;
console.log(`${rounds} rounds of ${MESSAGES} messages of ${text.length} bytes; medians and quartiles of the ratios`);
const table: Record<string, object> = {};
for (const codec of ['raw', 'json'] as const) {
  const lanes = [await bareLane(url, codec), await ourLane(url, codec), await bareLane(url, codec)];
  for (const direction of ['send', 'receive'] as const) {
    const { ours, control, bareMs } = await race(lanes, (lane) => lane[direction]());
    table[`${direction}, ${codec}`] = {
      'ours / bare': ratio(ours),
      'control / bare': ratio(control),
      'bare, messages a second': Math.round(MESSAGES / (quartiles(bareMs)[1] / 1_000)),
    };
  }
}
console.table(table);
server.kill();
process.exit();
