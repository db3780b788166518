import { createConnection, type Connection, type ConnectionOptions, type Outcome } from '../../src/index.ts';
import { createFaultProxy, seededRandom, type FaultProxy, type FaultType } from '../../src/testing/index.ts';
import { gusts } from './faults.ts';
import { OutcomeLog, PassageLog, type Passage } from './log.ts';
import { startServer, watchedSockets } from './peers.ts';
import { Lateness, SilenceWatch } from './silence.ts';

/** What a storm is to be. */
export interface StormOptions {
  /** What faults and messages are drawn from. Range: whole numbers. */
  readonly seed: number;
  /** How long faults go on. */
  readonly seconds: number;
  readonly confirm: 'none' | 'ping';
}

/** What a storm has left. */
export interface StormReport {
  readonly toServer: Passage;
  readonly toClient: Passage;
  readonly outcomes: Partial<Record<Outcome, number>>;
  /** Messages that never arrived and whose sender was told nothing of it. */
  readonly lost: number;
  /** Live sockets of the client at once, at most. */
  readonly liveSockets: number;
  readonly reconnects: number;
  /** From the moment a link went silent until it was given up. Unit ms. */
  readonly deathsMs: readonly number[];
  /** Deaths that were noticed too late, however late the timers of this machine were. */
  readonly late: readonly string[];
  /** Connections that each type of fault has befallen. */
  readonly faults: Partial<Record<FaultType, number>>;
  /** Promises that were broken, that of time not among them. */
  readonly breaches: readonly string[];
}

const heartbeat = {
  intervalMs: 60,
  timeoutMs: 150,
  wakeTimeoutMs: 150,
  ping: (t: string) => JSON.stringify({ type: 'ping', t }),
};
/** Life, some hundred times as fast. */
const scaledDown = {
  connectTimeoutMs: 250,
  closeTimeoutMs: 60,
  drainTimeoutMs: 60,
  stableAfterMs: 100,
  retry: { baseMs: 5, capMs: 50, maxAttempts: Infinity },
  heartbeat,
  outbox: { maxMessages: 1_000_000, maxBytes: 2 ** 30 },
} satisfies Partial<ConnectionOptions>;
/** A silent peer is known dead after so long, and what the timers of this machine were late. */
const DETECTION_MS = heartbeat.intervalMs + heartbeat.timeoutMs;
/** How often both sides send, and how often the clock is looked at. */
const TICK_MS = 5;
const RECOVERY_MS = 20_000;

/** Runs one: a server, the fault proxy and a client in this process, over real TCP. */
export async function storm({ seed, seconds, confirm }: StormOptions): Promise<StormReport> {
  const toServer = new PassageLog();
  const toClient = new PassageLog();
  const outcomes = new OutcomeLog();
  const breaches: string[] = [];
  const server = await startServer(toServer);
  const proxy = createFaultProxy({ target: { port: server.port }, seed });
  await proxy.listen();
  const { Watched, live } = watchedSockets();
  const connection = createConnection<{ n: number }, { n: number; padding: string }>(proxy.url(), {
    WebSocket: Watched,
    confirm: confirm === 'none' ? 'none' : { everyMessages: 16, everyMs: 20 },
    ...scaledDown,
  });
  connection.onMessage(({ n }) => toClient.arrived(n));
  connection.on('outcome', ({ message, outcome }) => outcomes.settled(message.n, outcome));
  connection.on('failed', ({ error }) => breaches.push(`it gave up: ${error.message}`));
  connection.connect();

  const random = seededRandom(seed);
  const lateness = new Lateness(TICK_MS);
  const traffic = setInterval(() => {
    lateness.tick();
    for (let count = Math.floor(random() * 4); count > 0; count--) {
      const message = { n: ++toServer.sent, padding: 'x'.repeat(Math.floor(random() * 500)) };
      if (connection.send(message) === 'sent') outcomes.settled(message.n, 'sent');
      if (server.send(toClient.sent + 1)) toClient.sent++;
    }
  }, TICK_MS);
  await connection.opened();

  const watch = new SilenceWatch(connection, DETECTION_MS, lateness);
  const endsAt = performance.now() + seconds * 1_000;
  for (const { calmMs, spec } of gusts(seededRandom(seed + 1))) {
    await passed(calmMs);
    if (performance.now() >= endsAt) break;
    watch.injected(proxy.inject(spec));
    // Felt by new connections only: let there be one.
    if (spec.type === 'refuse' || spec.type === 'stall') proxy.inject({ type: 'reset' });
    await passed(spec.forMs);
  }
  clearInterval(traffic);
  await proxy.clear();
  if (!(await recovers(connection, proxy))) breaches.push(`it did not recover: ${connection.explain()}`);

  const { untold, lost } = outcomes.missing(toServer, (number) => toServer.has(number));
  const report: StormReport = {
    toServer: toServer.passage,
    toClient: toClient.passage,
    outcomes: outcomes.counts,
    lost,
    liveSockets: live.most,
    reconnects: connection.stats().reconnects,
    deathsMs: watch.deathsMs,
    late: watch.late,
    faults: proxy.stats().faults,
    breaches,
  };
  if (live.most > 1) breaches.push(`P1: ${live.most} live sockets at once`);
  if (untold > 0) breaches.push(`P4: ${untold} messages have no outcome`);
  if (outcomes.twice > 0) breaches.push(`P4: ${outcomes.twice} outcomes beyond the first of a message`);
  if (confirm === 'ping' && lost > 0) breaches.push(`P4: ${lost} messages lost without a word`);
  if (confirm === 'ping' && report.toServer.reordered > 0) breaches.push(`P5: ${report.toServer.reordered} overtaken`);
  if (report.toClient.reordered > 0)
    breaches.push(`P5: ${report.toClient.reordered} overtaken on the way to the client`);
  connection.dispose();
  await proxy.close();
  await server.close();
  return report;
}

const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Open, nothing held, nothing on its way. */
async function recovers(connection: Connection, proxy: FaultProxy): Promise<boolean> {
  const endsAt = performance.now() + RECOVERY_MS;
  const isCalm = (): boolean => {
    const { held, open } = proxy.stats();
    const isQuiet = open === 1 && held.toServer + held.toClient === 0;
    return isQuiet && connection.isConnected && connection.stats().outbox.messages === 0;
  };
  for (let calmTurns = 0; calmTurns < 20; calmTurns = isCalm() ? calmTurns + 1 : 0) {
    if (performance.now() > endsAt) return false;
    await passed(TICK_MS);
  }
  return true;
}
