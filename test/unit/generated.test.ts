import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AnyStateNode } from 'xstate';
import { connectionMachine, subscriptionMachine } from '../../machines/index.ts';
import { chartJson } from '../../scripts/chartJson.ts';

interface StateConfig {
  readonly description?: string;
  readonly on?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly always?: unknown;
  readonly entry?: unknown;
  readonly exit?: unknown;
  readonly invoke?: unknown;
  readonly states?: Readonly<Record<string, StateConfig>>;
}
interface TransitionConfig {
  readonly target?: string;
  readonly guard?: string;
  readonly actions?: unknown;
  readonly description?: string;
}
interface Choice {
  /** `open.probing pongTimeout` */
  readonly name: string;
  readonly branches: readonly TransitionConfig[];
}

const config = connectionMachine.config as unknown as StateConfig;
const implemented = connectionMachine.implementations;

const asList = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly unknown[]) : [value];

/** Every state of the config with its path; the machine itself is ''. */
function* statesOf(state: StateConfig, path = ''): Generator<readonly [path: string, state: StateConfig]> {
  yield [path, state];
  for (const [name, child] of Object.entries(state.states ?? {})) {
    yield* statesOf(child, path === '' ? name : `${path}.${name}`);
  }
}

function* choicesOf(path: string, state: StateConfig): Generator<Choice> {
  const all = { ...state.on, ...state.after, ...(state.always === undefined ? {} : { always: state.always }) };
  for (const [event, given] of Object.entries(all)) {
    const branches = asList(given).map((one) => (typeof one === 'string' ? { target: one } : one) as TransitionConfig);
    yield { name: `${path} ${event}`, branches };
  }
}

/** `name` of `'name'` and of `{ type: 'name', params }`. */
const nameOf = (action: unknown): string =>
  typeof action === 'string' ? action : (action as { readonly type: string }).type;
const namesOf = (actions: unknown): string[] => asList(actions).map(nameOf);

const states = [...statesOf(config)];
const choices = states.flatMap(([path, state]) => [...choicesOf(path, state)]);
const branches = choices.flatMap(({ name, branches }) => branches.map((branch) => ({ name, ...branch })));

function leavesOf(node: AnyStateNode): AnyStateNode[] {
  const children = Object.values(node.states) as AnyStateNode[];
  return children.length === 0 ? [node] : children.flatMap(leavesOf);
}
const leaves = leavesOf(connectionMachine.root).map((leaf) => [leaf.path.join('.'), leaf] as const);

/** The state and all that surround it. */
const lineage = (node: AnyStateNode): AnyStateNode[] =>
  node.parent === undefined ? [node] : [node, ...lineage(node.parent as AnyStateNode)];

/** Where each function of the config stands. */
function functionsIn(value: unknown, path: string): string[] {
  if (typeof value === 'function') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => functionsIn(inner, path === '' ? key : `${path}.${key}`));
}

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();

test.each([
  ['connection', connectionMachine],
  ['subscription', subscriptionMachine],
])('%s.json is the chart as it is now', (name, machine) => {
  const shipped = readFileSync(new URL(`../../machines/${name}.json`, import.meta.url), 'utf8');
  expect(shipped, 'stale: run npm run generate').toBe(chartJson(machine));
});

test('the JSON holds all of the config but its context factory', () => {
  const { context, ...rest } = connectionMachine.config;
  expect(typeof context).toBe('function');
  expect(JSON.parse(chartJson(connectionMachine))).toEqual(JSON.parse(JSON.stringify(rest)));
  expect(functionsIn(rest, '')).toEqual([]);
});

test('the only function in the config is the context factory', () => {
  expect(functionsIn(config, '')).toEqual(['context']);
});

test('there are exactly six states at the top, and nothing runs in parallel', () => {
  expect(Object.keys(config.states ?? {})).toEqual(['idle', 'connecting', 'open', 'backoff', 'closed', 'failed']);
  const kinds = states.map(([, state]) => (state as { readonly type?: string }).type);
  expect(kinds.filter((kind) => kind !== undefined)).toEqual([]);
});

test.each(states)('state "%s" says in a sentence what it is', (_, state) => {
  expect(state.description).toMatch(/^[A-Z].*\.$/u);
});

describe.each(leaves)('in %s', (_, leaf) => {
  test('a send is held, goes out, or is refused: exactly one of the three tags applies', () => {
    const tags = lineage(leaf).flatMap((node) => node.tags);
    expect(tags).toHaveLength(1);
    expect(['holding', 'ready', 'rejecting']).toContain(tags[0]);
  });

  test('the chart shows by client.send just what the tag promises', () => {
    const [tag] = lineage(leaf).flatMap((node) => node.tags);
    const handling = lineage(leaf).find((node) => node.config.on?.['client.send'] !== undefined);
    const effects: Readonly<Record<string, string>> = {
      holding: 'holdInOutbox',
      ready: 'transmit',
      rejecting: 'rejectSend',
    };
    expect(handling?.config.on?.['client.send']).toEqual({ actions: effects[tag ?? ''] });
  });
});

test('the gate is up in open and nowhere else: it is raised at the entry, after the flush, and lowered at the exit', () => {
  const touching = states.filter(([, { entry, exit }]) =>
    [...namesOf(entry), ...namesOf(exit)].some((name) => name === 'raiseGate' || name === 'lowerGate'),
  );
  expect(touching.map(([path]) => path)).toEqual(['open']);
  expect(namesOf(config.states?.['open']?.entry)).toEqual(['flushOutbox', 'raiseGate', 'planDrainDue']);
  expect(namesOf(config.states?.['open']?.exit)).toEqual(['lowerGate', 'cancelDrainDue']);
  const onTheWay = branches.flatMap(({ actions }) => namesOf(actions));
  expect(onTheWay).not.toContain('raiseGate');
  expect(onTheWay).not.toContain('lowerGate');
});

describe('each name in the chart has an implementation, and each implementation is used', () => {
  test('actions', () => {
    const used = [
      ...states.flatMap(([, { entry, exit }]) => [...namesOf(entry), ...namesOf(exit)]),
      ...branches.flatMap(({ actions }) => namesOf(actions)),
    ];
    expect(sorted(used)).toEqual(sorted(Object.keys(implemented.actions)));
  });

  test('guards', () => {
    const used = branches.flatMap(({ guard }) => (guard === undefined ? [] : [nameOf(guard)]));
    expect(sorted(used)).toEqual(sorted(Object.keys(implemented.guards)));
  });

  test('delays', () => {
    const used = states.flatMap(([, { after }]) => Object.keys(after ?? {}));
    // That of a timer that belongs to no state.
    expect(sorted([...used, 'drainDelay'])).toEqual(sorted(Object.keys(implemented.delays)));
  });

  test('actors', () => {
    const used = states.flatMap(([, { invoke }]) => asList(invoke).map((one) => (one as { readonly src: string }).src));
    expect(sorted(used)).toEqual(sorted(Object.keys(implemented.actors)));
  });
});

test('names tell what they are: events and states, guards as questions, delays as times', () => {
  const events = states.flatMap(([, { on }]) => Object.keys(on ?? {}));
  for (const event of events)
    expect(event).toMatch(/^(client|transport|socket|network|page|clock|hub|outbox|confirm|drain)\.[a-z]+$/u);
  for (const guard of Object.keys(implemented.guards)) expect(guard).toMatch(/^(is|has|can|must)[A-Z]/u);
  for (const delay of Object.keys(implemented.delays))
    expect(delay).toMatch(/(Timeout|Delay|Interval)$|^stableAfter$/u);
});

test('where a choice has more than two ways, the chart says in words what is chosen between', () => {
  const long = choices.filter(({ branches }) => branches.length > 2);
  expect(long.length).toBeGreaterThan(5);
  const mute = long.filter(({ branches }) => branches.every(({ description }) => description === undefined));
  expect(mute.map(({ name }) => name)).toEqual([]);
});

test('a transition that gives up for a reason of its own says why', () => {
  const failing = branches.filter(({ actions }) => namesOf(actions).includes('fail'));
  expect(failing.length).toBeGreaterThan(3);
  expect(failing.filter(({ description }) => description === undefined).map(({ name }) => name)).toEqual([]);
});

test('a choice comes to an end: only its last branch may be without a guard', () => {
  const unreachable = choices.filter(({ branches }) => branches.slice(0, -1).some(({ guard }) => guard === undefined));
  expect(unreachable.map(({ name }) => name)).toEqual([]);
});
