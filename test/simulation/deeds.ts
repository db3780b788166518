import { isConnectionError } from '../../src/index.ts';
import { stopForRevival } from '../fixtures/strictMode.ts';
import type { Deed } from './schedule.ts';
import { say } from './serverHabits.ts';
import type { World } from './world.ts';

/** How long a line stays dark that nobody is to mend. Unit ms. */
const HALF_MS = 600_000;

/** What network, server and platform do goes on also while the page is frozen. */
const worldly: ReadonlySet<Deed['do']> = new Set([
  'fault',
  'hangUp',
  'hush',
  'drain',
  'deafen',
  'clog',
  'jump',
  'freeze',
  'sleep',
  'throttle',
]);

/** Does what a step of a schedule says, and looks after the promises. */
export function perform(world: World, deed: Deed): void {
  world.log(`▸ ${JSON.stringify(deed)}`);
  const run = (): void => {
    try {
      play(world, deed);
    } catch (error) {
      const isOver = isConnectionError(error) && error.code === 'disposed' && world.isDisposed;
      if (!isOver) world.complain('other', `${deed.do} threw ${String(error)}`);
    }
    world.invariants.checkFace();
  };
  if (worldly.has(deed.do)) run();
  else world.page.task(run);
  world.invariants.check();
}

function play(world: World, deed: Deed): void {
  const { page, clock } = world;
  switch (deed.do) {
    case 'connect':
    case 'reconnect':
      return world.command(deed.do);
    case 'disconnect':
      return world.command(deed.do, deed.code, deed.reason);
    case 'opened':
      return world.awaitOpen();
    case 'send':
      return sendAll(world, deed);
    case 'fault':
      if (deed.spec.type === 'bandwidth') world.invariants.silence.narrowed(deed.spec);
      else world.invariants.silence.harmed(deed.spec.forMs);
      return void world.network.inject(deed.spec);
    case 'hangUp':
      world.invariants.silence.harmed();
      for (const peer of world.peers) peer.close(deed.code, deed.reason);
      if (deed.isHalf === true) world.darken('toServer', HALF_MS);
      return;
    case 'drain':
      for (const peer of world.peers) say(peer, { type: 'drain', retryAfterMs: deed.retryAfterMs });
      if (deed.diesAfterMs !== undefined) clock.setTimeout(() => world.darken('both', HALF_MS), deed.diesAfterMs);
      return;
    case 'deafen':
      world.darken('toServer', deed.forMs);
      return world.talkOn(deed.everyMs, deed.forMs);
    case 'hush':
      world.invariants.silence.harmed(deed.forMs);
      world.isHushed = true;
      return void clock.setTimeout(() => (world.isHushed = false), deed.forMs);
    case 'report':
      return page.report({ type: deed.type });
    case 'jump':
      return page.jump(deed.byMs);
    case 'freeze':
      world.invariants.silence.harmed(deed.forMs);
      page.freeze(deed.first);
      return void clock.setTimeout(() => page.thaw(), deed.forMs);
    case 'sleep':
      world.invariants.silence.harmed(deed.forMs);
      page.sleep();
      return void clock.setTimeout(() => page.thaw(), deed.forMs);
    case 'throttle':
      world.invariants.silence.harmed(deed.forMs);
      page.throttle(deed.everyMs);
      return void clock.setTimeout(() => page.throttle(0), deed.forMs);
    case 'revive':
      return revive(world, deed.afterMs);
    case 'clog':
      world.clog();
      return void clock.setTimeout(() => world.unclog(), deed.forMs);
    case 'dispose':
      return world.dispose();
  }
}

function sendAll(world: World, { by, count, bytes, ttlMs, key, queue }: Extract<Deed, { do: 'send' }>): void {
  const options = {
    ...(ttlMs === undefined ? {} : { ttlMs }),
    ...(key === undefined ? {} : { key }),
    ...(queue === undefined ? {} : { queue }),
  };
  const allowedMs = ttlMs ?? (world.schedule.scenario.outbox.ttlMs || undefined);
  // An event to an actor that is stopped waits in its mailbox, and what is sent by the face does not wait for it.
  const way = by === 'client.send' && world.invariants.isStopped ? 'send' : by;
  for (let left = count; left > 0; left--) world.send({ by: way, bytes, ttlMs: allowedMs }, options);
}

function revive(world: World, afterMs: number): void {
  const { connection, invariants, clock, page } = world;
  const { actor } = connection;
  if (world.isDisposed || invariants.isStopped) return;
  stopForRevival(actor);
  invariants.isStopped = true;
  const start = (): void => {
    if (world.isDisposed) return;
    invariants.isStopped = false;
    actor.start();
    world.watchSteps();
  };
  if (afterMs === 0) start();
  else clock.setTimeout(() => page.task(start), afterMs);
}
