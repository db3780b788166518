import type { Breach } from './breach.ts';
import { perform } from './deeds.ts';
import { Standstill } from './invariants.ts';
import type { Scenario } from './scenario.ts';
import type { Schedule } from './schedule.ts';
import { serverKinds } from './servers.ts';
import { World } from './world.ts';

/** What may be under way at the end of a run. Unit bytes. */
const MOST_UNDER_WAY = 16_000_000;

/** How a run went. */
export interface Run {
  readonly schedule: Schedule;
  /** The first promise that was broken. */
  readonly breach: Breach | undefined;
  /** The same schedule gives the same lines. */
  readonly trace: readonly string[];
  /** How often each edge of the chart was taken. */
  readonly transitions: Readonly<Record<string, number>>;
  readonly messages: number;
}

/** Plays a schedule, from the first step to a connection that is open with nothing left to say, and to its end. */
export async function play(schedule: Schedule): Promise<Run> {
  const world = new World(schedule);
  try {
    await run(world);
  } catch (error) {
    if (!(error instanceof Standstill)) throw error;
    world.complain('other', 'a timer sets itself again and again, and time does not go on');
  }
  const { connection, messages, trace, breaches } = world;
  return {
    schedule,
    breach: breaches[0],
    trace,
    transitions: connection.stats().transitions,
    messages: messages.count,
  };
}

async function run(world: World): Promise<void> {
  for (const step of world.schedule.steps) {
    await world.pass(Math.max(0, step.atMs - world.atMs));
    if (world.breaches.length > 0) return;
    perform(world, step);
  }
  if (world.breaches.length === 0) await finish(world);
}

async function finish(world: World): Promise<void> {
  // A while in which what was done to the world may still do harm.
  await world.pass(5_000);
  await calm(world);
  if (!world.isDisposed && canLive(world.schedule.scenario)) await live(world);
  if (!world.isDisposed) world.dispose();
  if (!(await world.hasSettled())) world.complain('P4', 'a promise of deliver() or opened() never settles');
  world.messages.settle();
}

/** Faults end, and the page is as it should be. */
async function calm(world: World): Promise<void> {
  const { page } = world;
  world.log('▸ calm');
  world.isCalm = true;
  world.isHushed = false;
  world.network.clear();
  page.thaw();
  page.throttle(0);
  // Without a heartbeat nobody asks, and into a socket that is full nothing is sent that would show that the line is cut.
  const { heartbeat, maxBufferedBytes } = world.schedule.scenario;
  const isBounded = maxBufferedBytes < 1_000;
  const isStuck = heartbeat === false && (isBounded || world.connection.stats().outbox.messages > 0);
  if (isStuck) world.network.inject({ type: 'reset' });
  // An actor that is stopped is started again, and hears what is said then.
  await world.pass(1_000);
  if (page.isSuspended) page.report({ type: 'page.resumed' });
  if (!page.isOnline && !world.schedule.scenario.isLying) page.report({ type: 'network.online' });
  world.invariants.check();
}

/** Whether a connection like this can hold on to such a server. */
function canLive({ server, heartbeat, greeting, reconnect, retry }: Scenario): boolean {
  if (server === 'authFirst' && greeting !== 'asks') return false;
  if (typeof heartbeat !== 'object') return true;
  // It speaks every second and answers no ping: where less is waited for, its silence is death a few times, and that the end.
  const hasRetries = reconnect && retry.maxAttempts >= 5;
  if (server === 'streaming' && !hasRetries && heartbeat.intervalMs + heartbeat.timeoutMs < 1_200) return false;
  const answers: readonly string[] = serverKinds[server].answers;
  return server !== 'strict' && (!heartbeat.required || answers.includes('application'));
}

/** P3: from here `connect()` leads to `open`, and a message to the server. */
async function live(world: World): Promise<void> {
  const { connection, messages } = world;
  const { scenario } = world.schedule;
  const { retry, connectTimeoutMs, latencyMs, closeTimeoutMs, drainTimeoutMs } = scenario;
  const times =
    typeof scenario.heartbeat === 'object' ? scenario.heartbeat : { timeoutMs: 10_000, wakeTimeoutMs: 2_500 };
  const attemptMs =
    connectTimeoutMs + Math.max(closeTimeoutMs, drainTimeoutMs) + times.timeoutMs + times.wakeTimeoutMs + 6 * latencyMs;
  const { retryAt, retryNotBefore } = connection.getSnapshot().context;
  const planned = Math.max(0, Math.max(retryAt, retryNotBefore) - connection.now());
  // What is held, and what was handed over already, has to pass the line.
  const lineMs = scenario.line === null ? 0 : (MOST_UNDER_WAY / scenario.line.bytesPerSecond) * 1_000;
  const deadline = world.atMs + planned + lineMs + 6 * (attemptMs + retry.capMs);
  const isAlive = (): boolean => connection.state === 'open' && connection.stats().outbox.messages === 0;
  for (;;) {
    if (['idle', 'closed', 'failed'].includes(connection.state)) perform(world, { do: 'connect' });
    await world.pass(attemptMs / 2);
    if (world.breaches.length > 0) return;
    if (isAlive()) {
      const n = world.send({ by: 'send', bytes: 0, ttlMs: scenario.outbox.ttlMs || undefined });
      await world.pass(4 * latencyMs + 10);
      if (messages.isArrived(n)) return;
    }
    if (world.atMs < deadline) continue;
    const { messages: held } = connection.stats().outbox;
    world.complain('P3', `${connection.state} with ${held} messages held, and all is well: ${connection.explain()}`);
    return;
  }
}
