/** Ways through the chart of a topic, and what its config says that there is. */
import { getAdjacencyMap, getShortestPaths } from '@xstate/graph';
import type { SnapshotFrom } from 'xstate';
import { subscriptionMachine, type SubscriptionEvent } from '../../machines/index.ts';

export type Snapshot = SnapshotFrom<typeof subscriptionMachine>;
export type ModelEvent = SubscriptionEvent | { readonly type: `xstate.after.${string}` };

/** A branch, and how to take it: the last event does. */
export interface BranchPath {
  readonly branch: string;
  readonly events: readonly ModelEvent[];
}

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

/** `resyncing.asked` */
export const pathOf = ({ value }: Snapshot): string =>
  typeof value === 'string' ? value : (Object.entries(value as Record<string, string>)[0]?.join('.') ?? '');

/** `hub.reset`, or `retryDelay` for a timer. */
export const labelOf = ({ type }: ModelEvent): string => /^xstate\.after\.([^.]+)/u.exec(type)?.[1] ?? type;

const traversalOf = (canHappen: (state: Snapshot, event: ModelEvent) => boolean) => ({
  events: ((state: Snapshot) => [...told, ...timersOf(state)].filter((event) => canHappen(state, event))) as never,
  // Counts decide nothing.
  serializeState: ((state: Snapshot) => `${pathOf(state)} ${state.context.isReady}`) as never,
  serializeEvent: ((event: ModelEvent) => JSON.stringify(event)) as never,
  limit: 10_000,
});

const anything = (): boolean => true;

/** The shortest way to each state. */
export const shortestPaths = (canHappen: (state: Snapshot, event: ModelEvent) => boolean = anything) =>
  getShortestPaths(subscriptionMachine, traversalOf(canHappen)).map(({ steps, state }) => ({
    // The first step is the start.
    events: steps.slice(1).map(({ event }) => event as ModelEvent),
    state,
  }));

/** For each branch that can be taken a shortest way to take it, of those on which only what can happen does. */
export function branchPaths(
  canHappen: (state: Snapshot, event: ModelEvent) => boolean = anything,
): ReadonlyMap<string, BranchPath> {
  const adjacency = getAdjacencyMap(subscriptionMachine, traversalOf(canHappen)) as unknown as Readonly<
    Record<string, { readonly transitions: Readonly<Record<string, { readonly event: ModelEvent }>> }>
  >;
  const paths = new Map<string, BranchPath>();
  for (const { events, state } of shortestPaths(canHappen)) {
    const key = `${pathOf(state)} ${state.context.isReady}`;
    for (const { event } of Object.values(adjacency[key]?.transitions ?? {})) {
      const branch = branchTaken(state, event);
      if (branch !== undefined && !paths.has(branch)) paths.set(branch, { branch, events: [...events, event] });
    }
  }
  return paths;
}

interface Taken {
  readonly eventType: string;
  readonly source: { readonly path: readonly string[]; readonly transitions: ReadonlyMap<string, readonly unknown[]> };
}

function branchTaken(state: Snapshot, event: ModelEvent): string | undefined {
  const [transition] = subscriptionMachine.getTransitionData(state, event as SubscriptionEvent) as unknown as Taken[];
  if (transition === undefined) return undefined;
  const { source, eventType } = transition;
  const index = (source.transitions.get(eventType) ?? []).indexOf(transition);
  return [pathOf(state), labelOf(event), source.path.join('.'), index].join(' ');
}
