/** The chart of a topic: every branch of it is reached, every state says what it is, and none is a trap. */
import { createActor, SimulatedClock } from 'xstate';
import { describe, expect, it } from 'vitest';
import { subscriptionMachine } from '../../machines/index.ts';
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
