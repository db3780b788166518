/**
 * What does the hub cost beside a loop over sockets of `ws`, and beside socket.io's rooms?
 * `npx tsx bench/hub.ts fan-out`, `idle` or `stalled`
 *
 * Every server is a process of its own, and all peers are together in another one. Peers read bytes and count frames.
 * `fan-out`: deliveries for a second of the server's CPU, by turns and in random order; a second `ws` is the control,
 * and bare writes are the least it can cost.
 * `idle`: what a peer that is told nothing keeps in memory. `stalled`: what one that reads nothing does, while 200 MB are told.
 */
import { parseArgs } from 'node:util';
import { entrants, type Name } from './hub/contenders.ts';
import { Process } from './hub/dialogue.ts';
import type { Memory } from './hub/server.ts';

const MIB = 1024 * 1024;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '10' },
    peers: { type: 'string' },
    /** A directory for the profiles of the servers. */
    profile: { type: 'string' },
  },
});
const rounds = Number(values.rounds);

interface Lane {
  readonly name: Name;
  readonly server: Process;
  readonly port: number;
}

async function startLane(name: Name): Promise<Lane> {
  const { profile } = values;
  // A directory for each: every thread of a process writes a profile.
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}/${name}`];
  const server = await Process.start('server.ts', [name], flags);
  return { name, server, port: (await server.ask('port')) as number };
}

function median(numbers: readonly number[]): number {
  return quartiles(numbers)[1];
}
function quartiles(numbers: readonly number[]): [lower: number, median: number, upper: number] {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))] ?? NaN;
  return [at(0.25), at(0.5), at(0.75)];
}
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** A burst of ticks, and as many bursts as make a round: peers have to have everything before the next one. */
const TICKS = 10;
const BURSTS: ReadonlyMap<number, number> = new Map([
  [1, 4],
  [8, 1],
]);
const WARM_UP_ROUNDS = 2;

async function fanOut(peerCount: number): Promise<void> {
  const names: readonly Name[] = ['ws', 'ws again', 'bare writes', 'hub, basic', 'hub, topics.v1+json', 'socket.io'];
  const peers = await Process.start('peers.ts', []);
  const lanes: Lane[] = [];
  for (const name of names) {
    const lane = await startLane(name);
    await peers.ask('open', { name, port: lane.port, count: peerCount });
    lanes.push(lane);
  }
  const frames = new Map<Name, number>();
  const cpuMs = new Map<string, number[]>();
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const [messages, bursts] of BURSTS) {
      for (const { name, server } of shuffled(lanes)) {
        const before = (await server.ask('cpuMs')) as number;
        for (let burst = 0; burst < bursts; burst++) {
          frames.set(name, (frames.get(name) ?? 0) + peerCount * TICKS * messages);
          await server.ask('prices', { ticks: TICKS, messages });
          await peers.ask('reach', { name, frames: frames.get(name) });
        }
        const tookMs = ((await server.ask('cpuMs')) as number) - before;
        const key = `${messages} ${name}`;
        if (round >= 0) cpuMs.set(key, [...(cpuMs.get(key) ?? []), tookMs]);
      }
    }
  }
  console.log(`${peerCount} peers, ${rounds} rounds; medians, and quartiles of the ratios within a round`);
  const table: Record<string, object> = {};
  for (const [messages, bursts] of BURSTS) {
    const bare = cpuMs.get(`${messages} ws`) ?? [];
    for (const name of names) {
      const own = cpuMs.get(`${messages} ${name}`) ?? [];
      const [lower, middle, upper] = quartiles(own.map((ms, round) => (bare[round] ?? NaN) / ms));
      table[`${messages} a tick: ${name}`] = {
        'deliveries a CPU second': Math.round((peerCount * TICKS * messages * bursts) / (median(own) / 1_000)),
        'of ws': `${middle.toFixed(2)} (${lower.toFixed(2)} … ${upper.toFixed(2)})`,
      };
    }
  }
  console.table(table);
  await Promise.all([peers.end(), ...lanes.map(({ server }) => server.end())]);
}

async function idle(peerCount: number): Promise<void> {
  const warmUp = 200;
  const table: Record<string, object> = {};
  for (const name of ['ws', 'hub, basic', 'hub, topics.v1+json', 'socket.io'] as const) {
    const { server, port } = await startLane(name);
    const peers = await Process.start('peers.ts', []);
    await peers.ask('open', { name, port, count: warmUp });
    const before = (await server.ask('memory')) as Memory;
    await peers.ask('open', { name, port, count: peerCount });
    const after = (await server.ask('memory')) as Memory;
    const perPeer = (kind: keyof Memory): string => ((after[kind] - before[kind]) / peerCount / 1024).toFixed(1);
    table[name] = { 'resident, KiB a peer': perPeer('rss'), 'held by objects, KiB a peer': perPeer('held') };
    await Promise.all([peers.end(), server.end()]);
  }
  console.log(`${peerCount} idle peers, after a collection of garbage`);
  console.table(table);
}

async function stalled(): Promise<void> {
  const bytes = MIB / 16;
  const messages = 200 * 16;
  const names = ['ws', 'hub, topics.v1+json', 'hub, latest', 'hub, resync', 'socket.io'] as const;
  const table: Record<string, object> = {};
  for (const name of names) {
    const grown = async (isStalled: boolean): Promise<{ peak: number; held: number }> => {
      const { server, port } = await startLane(name);
      const peers = await Process.start('peers.ts', []);
      const healthy = await Process.start('peers.ts', []);
      await healthy.ask('open', { name, port, count: 1 });
      const before = (await server.ask('memory')) as Memory;
      await peers.ask('open', { name, port, count: 1, isStalled });
      for (let message = 1; message <= messages; message++) {
        await server.ask('bulk', { bytes });
        await healthy.ask('reach', { name, frames: message });
      }
      const peakRss = (await server.ask('peakRss')) as number;
      const after = (await server.ask('memory')) as Memory;
      await Promise.all([peers.end(), healthy.end(), server.end()]);
      return { peak: (peakRss - before.rss) / MIB, held: (after.held - before.held) / MIB };
    };
    const without = await grown(false);
    const withOne = await grown(true);
    table[name] = {
      'peak, all read, MiB': without.peak.toFixed(1),
      'peak, one stalled, MiB': withOne.peak.toFixed(1),
      'held in the end, all read, MiB': without.held.toFixed(1),
      'held in the end, one stalled, MiB': withOne.held.toFixed(1),
    };
  }
  console.log(
    `${(messages * bytes) / MIB} MiB in messages of ${bytes / 1024} KiB to two peers; growth of the server's memory`,
  );
  console.table(table);
}

const parts: ReadonlyMap<string, () => Promise<void>> = new Map([
  ['fan-out', () => fanOut(Number(values.peers ?? 1_000))],
  ['idle', () => idle(Number(values.peers ?? 5_000))],
  ['stalled', stalled],
]);
const [part = ''] = positionals;
const run = parts.get(part);
if (run === undefined) throw new Error(`say which: ${[...parts.keys()].join(', ')}`);
console.log(`Node ${process.versions.node}, contenders: ${Object.keys(entrants).join(', ')}`);
await run();
