/** What the chart can do, counted in its config alone: never against what some traversal happened to reach. */
import type { AnyStateMachine } from 'xstate';

interface Transition {
  readonly target?: string;
  readonly guard?: string;
}
interface StateConfig {
  readonly on?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly always?: unknown;
  readonly states?: Readonly<Record<string, StateConfig>>;
}

/** One way to leave or to stay in a leaf state: the nth transition that an event may take there. */
export interface Branch {
  /** `open.quiet` */
  readonly leaf: string;
  /** `socket.closed`, or `pingInterval` for a timer. */
  readonly event: string;
  /** Path of the state that declares it, and its place among that state's transitions for the event. */
  readonly declaredIn: string;
  readonly index: number;
  readonly guard: string | undefined;
  readonly target: string | undefined;
}

export const branchName = ({ leaf, event, declaredIn, index, guard, target }: Branch): string =>
  `${leaf} ${event}${guard === undefined ? '' : ` [${guard}]`} → ${target ?? 'stays'} (${declaredIn} #${index})`;

/** Every leaf state × event × branch that is not shadowed by one without a guard before it. */
export function staticBranches(machine: AnyStateMachine): Branch[] {
  const config = machine.config as unknown as StateConfig;
  return leavesOf(config, []).flatMap((path) => branchesOf(config, path));
}

export function leafPaths(machine: AnyStateMachine): string[] {
  return leavesOf(machine.config as unknown as StateConfig, []).map((path) => path.join('.'));
}

/** A state that is left as soon as it is entered is no place to be. */
const isTransient = ({ always }: StateConfig): boolean =>
  always !== undefined && listOf(always).some(({ guard }) => guard === undefined);

function leavesOf(state: StateConfig, path: readonly string[]): (readonly string[])[] {
  const inner = Object.entries(state.states ?? {}).filter(([, child]) => !isTransient(child));
  return inner.length === 0 ? [path] : inner.flatMap(([name, child]) => leavesOf(child, [...path, name]));
}

function branchesOf(root: StateConfig, path: readonly string[]): Branch[] {
  const leaf = path.join('.');
  const nodes = path.map((_, depth) => path.slice(0, depth + 1)).reverse();
  const shadowed = new Set<string>();
  return nodes.flatMap((nodePath) => {
    const node = nodePath.reduce<StateConfig>((state, name) => state.states?.[name] ?? {}, root);
    const declared = [...Object.entries(node.on ?? {}), ...Object.entries(node.after ?? {})];
    return declared.flatMap(([event, given]) => {
      const branches: Branch[] = [];
      for (const [index, transition] of listOf(given).entries()) {
        if (shadowed.has(event)) break;
        const { guard, target } = transition;
        branches.push({ leaf, event, declaredIn: nodePath.join('.'), index, guard, target });
        if (guard === undefined) shadowed.add(event);
      }
      return branches;
    });
  });
}

function listOf(given: unknown): readonly Transition[] {
  const all = Array.isArray(given) ? (given as unknown[]) : [given];
  return all.map((one) => (typeof one === 'string' ? { target: one } : (one as Transition)));
}
