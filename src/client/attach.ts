import type { ActorScope, AnyEventObject, AnyStateMachine } from 'xstate';
import { chartSettings } from '../../machines/connection.facts.ts';
import type { ConnectionContext, ParentRef } from '../../machines/connection.types.ts';
import { announce, eventName } from './announce.ts';
import { explain, pathOf, type Situation } from './because.ts';
import { ConnectionError } from './errors.ts';
import type { ConnectionOptions } from './options.ts';
import { validateOptions } from './validate.ts';
import { Wire, type WireActor } from './wire.ts';

/** A timer that fires so long after it was due was held up. Unit ms. */
const LATE_MS = 1_000;

const wires = new WeakMap<object, Wire>();

/** The data plane of a connection's actor. */
export function wireOf(actor: unknown): Wire | undefined {
  return typeof actor === 'object' && actor !== null ? wires.get(actor) : undefined;
}

/** The data plane of an actor that is known to have one: its actions and children ask. */
export function wireFor(actor: unknown): Wire {
  const wire = wireOf(actor);
  if (wire === undefined) throw new ConnectionError('invalid-option', 'actor: is not one of connectionMachine');
  return wire;
}

type Scope = ActorScope<any, any, any, any> & { readonly self: WireActor & { readonly _parent?: ParentRef } };

/** How options reach an actor: bound to its machine, or in its input. */
interface Binding {
  readonly bound?: ConnectionOptions;
  /** False: nobody but the connection itself holds the actor, so nobody can listen to what it emits. */
  readonly isShared: boolean;
}

/**
 * Gives every actor of the machine its data plane, and lets it tell what each step of the chart means.
 * XState asks a machine for its first, restored and next snapshots through these four methods; they are wrapped, not changed.
 */
export function attached<M extends AnyStateMachine>(machine: M, binding: Binding): M {
  const first = machine.getInitialSnapshot.bind(machine);
  const restore = machine.restoreSnapshot.bind(machine);
  const step = machine.transition.bind(machine);
  const provide = machine.provide.bind(machine);

  machine.getInitialSnapshot = (scope: Scope, input: Partial<ConnectionOptions> | undefined) => {
    attach(scope, { ...binding.bound, ...input } as ConnectionOptions, binding, false);
    return first(scope, input);
  };
  machine.restoreSnapshot = (snapshot, scope: Scope) => {
    const { context } = snapshot as unknown as Situation;
    const options = boundAnew(binding.bound, context, scope);
    attach(scope, options, binding, true);
    // What the options say may have changed since; what the world looked like then says nothing about now.
    const renewed = { ...context, settings: chartSettings(options), isOnline: true, isHidden: false };
    return restore({ ...snapshot, context: renewed } as unknown as typeof snapshot, scope);
  };
  machine.transition = (before, event: AnyEventObject, scope: Scope) => {
    const wire = wires.get(scope.self);
    if (wire === undefined || event.type === 'xstate.stop') return step(before, event, scope);
    wire.news.begin();
    const stamped = stampLateness(wire, before, event);
    const hasEdge = machine.getTransitionData(before, stamped).length > 0;
    const after = step(before, stamped, scope);
    scope.defer(() => {
      record(wire, before, stamped, after, hasEdge);
      announce(wire, before, stamped, after);
      wire.news.end();
    });
    return after;
  };
  machine.provide = (implementations) => attached(provide(implementations), binding) as never;
  return machine;
}

function attach(scope: Scope, options: ConnectionOptions, binding: Binding, isRestored: boolean): void {
  validateOptions(options);
  const wire = new Wire(scope.self, options, isRestored);
  const { parentRef } = options;
  if (parentRef !== undefined) {
    wire.news.echoes.add((event) => parentRef.send({ ...event, type: `connection.${event.type}` }));
  }
  if (binding.isShared) shareEvents(wire, scope);
  else shares.set(wire, () => shareEvents(wire, scope));
  wires.set(scope.self, wire);
}

const shares = new WeakMap<Wire, () => void>();

/** The actor is handed out: from now on it emits what happens, messages too. */
export function share(wire: Wire): void {
  shares.get(wire)?.();
  shares.delete(wire);
}

function shareEvents(wire: Wire, scope: Scope): void {
  wire.news.echoes.add((event) => scope.emit(event));
}

function boundAnew(bound: ConnectionOptions | undefined, context: ConnectionContext, scope: Scope): ConnectionOptions {
  if (bound === undefined) {
    throw new ConnectionError(
      'invalid-option',
      'snapshot: holds no options, they may be secret. Restore it with provideConnection(options) in place of connectionMachine',
    );
  }
  const { _parent: parent } = scope.self;
  return context.settings.hasParent && parent !== undefined ? { parentRef: parent, ...bound } : bound;
}

/** The chart judges silence; whether our own timer was held up, only the clock can tell. */
function stampLateness(wire: Wire, { context }: Situation, event: AnyEventObject): AnyEventObject {
  if (eventName(event) !== 'pongTimeout') return event;
  const { wakeTimeoutMs, pongTimeoutMs } = context.settings;
  const dueAt = wire.probedAt + (context.isWakeProbe ? wakeTimeoutMs : pongTimeoutMs);
  return { ...event, isLate: wire.now() - dueAt > LATE_MS };
}

/** What goes on in the data plane alone would wash the record out. */
const dataEvents: ReadonlySet<string> = new Set(['client.send', 'outbox.changed', 'outbox.due', 'confirm.due']);

function record(wire: Wire, before: Situation, event: { type: string }, after: Situation, hasEdge: boolean): void {
  const name = eventName(event);
  const state = pathOf(after.value);
  if (hasEdge) wire.chronicle.countTransition(`${pathOf(before.value)} ${name} ${state}`);
  if (dataEvents.has(name)) return;
  const at = wire.now();
  wire.chronicle.record({ at, state, event: name, because: explain(after, at) });
}
