/** The chart as data for drawing: its states, their parts, and which events lead from one to another. */
import { connectionMachine } from '../machines/index.ts';

export interface DrawnState {
  readonly name: string;
  readonly tag: string;
  readonly parts: readonly string[];
  readonly description: string;
}
export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
  /** Events and delays that lead there, in the order of the chart. */
  readonly events: readonly string[];
}

const { states } = connectionMachine;

export const drawnStates: readonly DrawnState[] = Object.values(states).map((state) => ({
  name: state.key,
  tag: state.tags.join(),
  parts: Object.keys(state.states),
  description: state.description ?? '',
}));

/** Edges between different top-level states. */
export const drawnEdges: readonly DrawnEdge[] = Object.values(states).flatMap((state) => {
  const nodes = [state, ...Object.values(state.states)];
  const events = new Map<string, Set<string>>();
  for (const node of nodes) {
    for (const transition of [...node.transitions.values()].flat()) {
      const [target] = transition.target ?? [];
      const to = target?.path[0];
      if (to === undefined || to === state.key) continue;
      events.set(to, (events.get(to) ?? new Set()).add(eventName(transition.eventType)));
    }
  }
  return [...events].map(([to, names]) => ({ from: state.key, to, events: [...names] }));
});

function eventName(type: string): string {
  return /^xstate\.after\.([^.]+)\./u.exec(type)?.[1] ?? type;
}
