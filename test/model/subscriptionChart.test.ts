/** The chart of a topic: every branch of it is reached, every state says what it is, and none is a trap. */
import { getAdjacencyMap, getShortestPaths } from '@xstate/graph';
import { createActor, SimulatedClock, type SnapshotFrom } from 'xstate';
import { describe, expect, it } from 'vitest';
import { subscriptionMachine, type SubscriptionEvent } from '../../machines/index.ts';
import { branchName, leafPaths, staticBranches } from './staticBranches.ts';

type Snapshot = SnapshotFrom<typeof subscriptionMachine>;
type ModelEvent = SubscriptionEvent | { readonly type: `xstate.after.${string}` };

const told: readonly SubscriptionEvent[] = [
  { type: 'topic.wanted' },
  { type: 'topic.unwanted' },
  { type: 'topic.rewound' },
  { type: 'peer.ready' },
  { type: 'peer.lost' },
  { type: 'hub.subscribed', isWhole: true },
  { type: 'hub.subscribed', isWhole: false },
  { type: 'hub.reset' },
  { type: 'hub.postponed', afterMs: 1_000 },
  { type: 'hub.denied', code: 'denied' },
  { type: 'gap.found' },
  { type: 'gap.handled' },
];
const timersOf = ({ _nodes }: Snapshot): ModelEvent[] =>
  _nodes.flatMap((node) => node.after.map(({ eventType }) => ({ type: eventType as 'xstate.after.' })));
const pathOf = ({ value }: Snapshot): string =>
  typeof value === 'string' ? value : (Object.entries(value as Record<string, string>)[0]?.join('.') ?? '');

const traversal = {
  events: ((state: Snapshot) => [...told, ...timersOf(state)]) as never,
  // Counts decide nothing.
  serializeState: ((state: Snapshot) => `${pathOf(state)} ${state.context.isReady}`) as never,
  serializeEvent: ((event: ModelEvent) => JSON.stringify(event)) as never,
  limit: 10_000,
};
const nodes = Object.values(getAdjacencyMap(subscriptionMachine, traversal)) as unknown as readonly {
  readonly state: Snapshot;
  readonly transitions: Readonly<Record<string, { readonly event: ModelEvent; readonly state: Snapshot }>>;
}[];
const label = ({ type }: ModelEvent): string => /^xstate\.after\.([^.]+)/u.exec(type)?.[1] ?? type;

interface Taken {
  readonly eventType: string;
  readonly source: { readonly path: readonly string[]; readonly transitions: ReadonlyMap<string, readonly unknown[]> };
}

function branchTaken(state: Snapshot, event: ModelEvent): string | undefined {
  const [transition] = subscriptionMachine.getTransitionData(state, event as SubscriptionEvent) as unknown as Taken[];
  if (transition === undefined) return undefined;
  const { source, eventType } = transition;
  const index = (source.transitions.get(eventType) ?? []).indexOf(transition);
  return [pathOf(state), label(event), source.path.join('.'), index].join(' ');
}

describe('the chart of a topic', () => {
  it('has every branch of its config reached, in every leaf state', () => {
    const taken = new Set(
      nodes.flatMap(({ state, transitions }) =>
        Object.values(transitions).map(({ event }) => branchTaken(state, event)),
      ),
    );
    const branches = staticBranches(subscriptionMachine);
    const unreached = branches.filter(
      ({ leaf, event, declaredIn, index }) => !taken.has([leaf, event, declaredIn, index].join(' ')),
    );
    expect(unreached.map(branchName)).toEqual([]);
    expect(leafPaths(subscriptionMachine)).toHaveLength(10);
  });

  it.each(
    getShortestPaths(subscriptionMachine, traversal).map(
      (path) => [path.steps.map(({ event }) => label(event as ModelEvent)).join(' · '), path] as const,
    ),
  )('%s', (_, { steps, state }) => {
    const clock = new SimulatedClock();
    const actor = createActor(subscriptionMachine, { clock }).start();
    for (const { event } of steps.slice(1)) {
      if (event.type.startsWith('xstate.after.')) clock.increment(60_000);
      else actor.send(event);
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
