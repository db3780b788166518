/** The chart alone, without a client around it: its clock is that of its actor, its chance is at the middle, and it does nothing. */
import { createActor, initialTransition, SimulatedClock, transition } from 'xstate';
import { describe, expect, it } from 'vitest';
import { connectionMachine, type ConnectionEvent } from '../../machines/index.ts';

/** An actor whose clock says `nowMs`, in `connecting.resolving`. */
function dialling(nowMs: number) {
  const clock = new SimulatedClock();
  clock.set(nowMs);
  const actor = createActor(connectionMachine, { clock, input: undefined }).start();
  actor.send({ type: 'client.connect' });
  const tell = (...events: readonly ConnectionEvent[]) => {
    for (const event of events) actor.send(event);
    return actor.getSnapshot();
  };
  return { actor, clock, tell };
}

const rejected = { type: 'transport.rejected', token: 1 } as const;

describe('the bare chart of a connection', () => {
  it('takes its time from the clock of its actor, and the middle of what chance may bring', () => {
    const { actor, clock, tell } = dialling(1_000);
    expect(actor.getSnapshot().context).toMatchObject({ connectBy: 11_000, settings: { maxAttempts: 30 } });
    expect(tell(rejected).context).toMatchObject({ attempt: 1, retryDelayMs: 500, retryAt: 1_500 });
    clock.increment(499);
    expect(actor.getSnapshot().value).toEqual({ backoff: 'waiting' });
    clock.increment(1);
    expect(actor.getSnapshot().value).toEqual({ connecting: 'resolving' });
    expect(actor.getSnapshot().context.connectBy).toBe(11_500);
    actor.stop();
  });

  it('tries three quarters of the longest delay after the network went away', () => {
    const { actor, clock, tell } = dialling(0);
    expect(tell(rejected, { type: 'network.offline' }).value).toEqual({ backoff: 'offline' });
    clock.increment(22_499);
    expect(actor.getSnapshot().value).toEqual({ backoff: 'offline' });
    clock.increment(1);
    expect(actor.getSnapshot().value).toEqual({ connecting: 'resolving' });
    actor.stop();
  });

  it('stands at 0 where there is no clock that tells the time', () => {
    const [idle] = initialTransition(connectionMachine, { connectTimeoutMs: 700 });
    const [connecting] = transition(connectionMachine, idle, { type: 'client.connect' });
    expect(connecting.context.connectBy).toBe(700);
    const [waiting] = transition(connectionMachine, connecting, rejected);
    expect(waiting.context.retryAt).toBe(500);
  });
});
