/** The chart of a topic: every branch of it is reached, every state says what it is, and none is a trap. */
import { createActor, SimulatedClock } from 'xstate';
import { describe, expect, it } from 'vitest';
import { subscriptionMachine, type SubscriptionEvent } from '../../machines/index.ts';
import { branchName, leafPaths, staticBranches } from './staticBranches.ts';
import { branchPaths, labelOf, pathOf, shortestPaths } from './subscriptionPaths.ts';

describe('the chart of a topic', () => {
  it('has every branch of its config reached, in every leaf state', () => {
    const taken = branchPaths();
    const unreached = staticBranches(subscriptionMachine).filter(
      ({ leaf, event, declaredIn, index }) => !taken.has([leaf, event, declaredIn, index].join(' ')),
    );
    expect(unreached.map(branchName)).toEqual([]);
    expect(leafPaths(subscriptionMachine)).toHaveLength(10);
  });

  it.each(shortestPaths().map((path) => [path.events.map(labelOf).join(' · '), path] as const))(
    '%s',
    (_, { events, state }) => {
      const clock = new SimulatedClock();
      const actor = createActor(subscriptionMachine, { clock }).start();
      for (const event of events) {
        if (event.type.startsWith('xstate.after.')) clock.increment(60_000);
        else actor.send(event as never);
      }
      expect(pathOf(actor.getSnapshot())).toBe(pathOf(state));
      // No trap: whoever leaves is gone, and where the peer answers it is live.
      actor.send({ type: 'topic.wanted' });
      actor.send({ type: 'peer.ready' });
      clock.increment(60_000);
      actor.send({ type: 'hub.subscribed', isWhole: true });
      actor.send({ type: 'gap.handled' });
      expect(pathOf(actor.getSnapshot())).toBe('live');
      actor.send({ type: 'topic.unwanted' });
      expect(pathOf(actor.getSnapshot())).toBe('idle');
      actor.stop();
    },
  );

  it('counts the gaps that were announced, and the times it had to begin again', () => {
    const actor = createActor(subscriptionMachine, { clock: new SimulatedClock() }).start();
    const counts = (...events: readonly SubscriptionEvent[]): readonly [gaps: number, resyncs: number] => {
      for (const event of events) actor.send(event);
      const { gaps, resyncs } = actor.getSnapshot().context;
      return [gaps, resyncs];
    };
    const whole = { type: 'hub.subscribed', isWhole: true } as const;
    const partly = { type: 'hub.subscribed', isWhole: false } as const;
    expect(counts({ type: 'peer.ready' }, { type: 'topic.wanted' }, whole)).toEqual([0, 0]);
    expect(counts({ type: 'peer.lost' }, { type: 'peer.ready' }, whole)).toEqual([0, 1]);
    expect(counts({ type: 'gap.found' }, partly)).toEqual([1, 2]);
    expect(counts(partly, { type: 'gap.handled' })).toEqual([2, 2]);
    // One question that is asked twice is one beginning.
    expect(counts({ type: 'hub.reset' }, { type: 'topic.rewound' }, { type: 'hub.reset' }, whole)).toEqual([2, 3]);
    expect(counts({ type: 'topic.unwanted' }, { type: 'topic.wanted' }, partly)).toEqual([3, 3]);
    actor.stop();
  });

  it('asks again between the delay of the peer and a quarter of a second later, by a chance at its middle', () => {
    const actor = createActor(subscriptionMachine, { clock: new SimulatedClock() }).start();
    const delayAfter = (event: SubscriptionEvent): number => {
      actor.send({ type: 'topic.unwanted' });
      actor.send({ type: 'topic.wanted' });
      actor.send(event);
      return actor.getSnapshot().context.retryDelayMs;
    };
    actor.send({ type: 'peer.ready' });
    expect(delayAfter({ type: 'hub.postponed', afterMs: 1_000 })).toBe(1_125);
    expect(delayAfter({ type: 'hub.postponed' })).toBe(125);
    actor.stop();
  });

  it('says of every state what it is, and holds no function', () => {
    const undescribed: string[] = [];
    const look = (node: { states?: Record<string, object>; description?: string }, path: string): void => {
      if (node.description === undefined) undescribed.push(path);
      for (const [name, child] of Object.entries(node.states ?? {})) look(child, `${path}.${name}`);
    };
    look(subscriptionMachine.config as never, 'subscription');
    expect(undescribed).toEqual([]);
    const json = JSON.parse(JSON.stringify(subscriptionMachine.config)) as unknown;
    expect(json).toEqual(subscriptionMachine.config);
  });
});
