/** A chart as data for drawing: its states, their parts, and which events lead from one to another. */
import type { AnyStateNode } from 'xstate';

/** A state within a state. */
export interface DrawnPart {
  readonly name: string;
  readonly description: string;
}
export interface DrawnState extends DrawnPart {
  readonly tag: string;
  readonly parts: readonly DrawnPart[];
}
export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
  /** Events and delays that lead there, in the order of the chart. */
  readonly events: readonly string[];
}

/** What drawing needs of a machine. */
export interface DrawnMachine {
  readonly states: Readonly<Record<string, AnyStateNode>>;
}

const statesOf = ({ states }: DrawnMachine): readonly AnyStateNode[] => Object.values(states);
/** Where one can be: a state that is left as soon as it is entered is none of them. */
const partsOf = (state: AnyStateNode): readonly AnyStateNode[] =>
  Object.values(state.states as Readonly<Record<string, AnyStateNode>>).filter(
    ({ always = [] }) => !always.some(({ guard }) => guard === undefined),
  );

export function drawnStates(machine: DrawnMachine): readonly DrawnState[] {
  return statesOf(machine).map((state) => ({
    name: state.key,
    tag: state.tags.join(),
    parts: partsOf(state).map(({ key, description = '' }) => ({ name: key, description })),
    description: state.description ?? '',
  }));
}

/** Edges between different top-level states. */
export function drawnEdges(machine: DrawnMachine): readonly DrawnEdge[] {
  return statesOf(machine).flatMap((state) => {
    const events = new Map<string, Set<string>>();
    for (const node of [state, ...partsOf(state)]) {
      for (const transition of [...node.transitions.values()].flat()) {
        const [target] = transition.target ?? [];
        const to = target?.path[0];
        if (to === undefined || to === state.key) continue;
        events.set(to, (events.get(to) ?? new Set()).add(eventName(transition.eventType as string)));
      }
    }
    return [...events].map(([to, names]) => ({ from: state.key, to, events: [...names] }));
  });
}

function eventName(type: string): string {
  return /^xstate\.after\.([^.]+)\./u.exec(type)?.[1] ?? type;
}

export const edgeName = ({ from, to }: DrawnEdge): string => `${from} → ${to}`;
