import type { ActorScope, AnyEventObject, AnyStateMachine } from 'xstate';
import { chartSettings, patience } from '../../machines/connection.facts.ts';
import type { ConnectionContext, ParentRef, Stamp } from '../../machines/connection.types.ts';
import { announce, eventName, failureOf } from './announce.ts';
import { explain, pathOf, type Situation } from './because.ts';
import { ConnectionError } from './errors.ts';
import type { NamedEvent } from './news.ts';
import { given, type ConnectionOptions } from './options.ts';
import { LATE_MS } from './platform.ts';
import { unsealed } from './sealed.ts';
import { validateOptions } from './validate.ts';
import { Wire, type WireActor } from './wire.ts';

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

/** An actor's options, wherever they are: sealed in its input, plainly in it, or bound to its machine. */
export function optionsOf(bound: ConnectionOptions | undefined, input: unknown): ConnectionOptions {
  return unsealed(input) ?? ({ ...bound, ...given((input ?? {}) as ConnectionOptions) } as ConnectionOptions);
}

/**
 * Gives every actor of the machine its data plane, and lets it tell what each step of the chart means.
 * XState asks a machine for its first, restored and next snapshots through these four methods; they are wrapped, not changed.
 */
export function attached<M extends AnyStateMachine>(machine: M, bound: ConnectionOptions | undefined): M {
  const first = machine.getInitialSnapshot.bind(machine);
  const restore = machine.restoreSnapshot.bind(machine);
  const step = machine.transition.bind(machine);
  const provide = machine.provide.bind(machine);

  machine.getInitialSnapshot = (scope: Scope, input: unknown) => {
    const wire = attach(scope, optionsOf(bound, input), false);
    // Nobody holds the actor of a sealed connection, until it is handed out.
    if (unsealed(input) !== undefined) shares.set(wire, () => shareEvents(wire, scope));
    else shareEvents(wire, scope);
    return first(scope, input);
  };
  machine.restoreSnapshot = (snapshot, scope: Scope) => {
    const { value, context } = snapshot as unknown as Situation;
    const options = boundAnew(bound, context, scope);
    const wire = attach(scope, options, true);
    shareEvents(wire, scope);
    // What the options say may have changed since; what the world looked like then says nothing about now.
    const renewed = { ...context, settings: chartSettings(options), isOnline: true, isHidden: false };
    if (value === 'failed') wire.failure = failureOf(wire, { value, context: renewed });
    return restore({ ...snapshot, context: renewed } as unknown as typeof snapshot, scope);
  };
  machine.transition = (before, event: AnyEventObject, scope: Scope) => {
    const wire = wires.get(scope.self);
    if (wire === undefined || event.type === 'xstate.stop') return step(before, event, scope);
    const told = stamped(wire, before, event);
    const hasEdge = machine.getTransitionData(before, told).length > 0;
    wire.news.begin();
    wire.took(event);
    wire.lookAtClocks(event);
    try {
      const after = step(before, told, scope);
      scope.defer(() => {
        record(wire, before, told, after, hasEdge);
        announce(wire, before, told, after);
        wire.endStep();
      });
      return after;
    } catch (error) {
      wire.endStep();
      throw error;
    }
  };
  machine.provide = (implementations) => attached(provide(implementations), bound) as never;
  return machine;
}

function attach(scope: Scope, options: ConnectionOptions, isRestored: boolean): Wire {
  validateOptions(options);
  const wire = new Wire(scope.self, options, isRestored);
  const { parentRef } = options;
  if (parentRef !== undefined) wire.news.echoes.add((event) => tellParent(parentRef, event));
  wires.set(scope.self, wire);
  return wire;
}

/** A parent that has been stopped hears nothing. */
function tellParent(parent: ParentRef & { getSnapshot?(): { status?: string } | undefined }, event: NamedEvent): void {
  const status = parent.getSnapshot?.()?.status;
  if (status === undefined || status === 'active') parent.send({ ...event, type: `connection.${event.type}` });
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
      'snapshot: holds no options, which may be secret; restore it with provideConnection(options)',
    );
  }
  const { _parent: parent } = scope.self;
  return context.settings.hasParent && parent !== undefined ? { parentRef: parent, ...bound } : bound;
}

/** Events by which the chart judges a silence, or says how long a close frame is waited for. */
const judged: ReadonlySet<string> = new Set([
  'pongTimeout',
  'wakeTimeout',
  'client.reconnect',
  'client.disconnect',
  'client.connect',
  'drain.due',
]);

/** The chart judges; what excuses a silence, only the clock and the socket can tell. */
function stamped(wire: Wire, { context }: Situation, event: AnyEventObject): AnyEventObject {
  const name = eventName(event);
  if (!judged.has(name)) return event;
  const now = wire.awake();
  const { probeBy, probedAt, settings } = context;
  const dueAt = probeBy ?? now;
  // A proof may have less time than it is due: its attempt ends.
  const proofMs = Math.min(settings.wakeTimeoutMs, dueAt - (probedAt ?? now));
  const isTimer = name !== event.type;
  const { pings } = wire.transport;
  const stamp: Stamp = {
    isLate: isTimer && now - dueAt > LATE_MS,
    // Timers may be early by a fraction of a ms.
    excusedMs:
      pings?.isIdle === false
        ? pings.excusedMs(
            name === 'wakeTimeout' ? proofMs : patience(context),
            isTimer ? Math.max(now, dueAt) : now,
            !isTimer,
          )
        : undefined,
  };
  return { ...stamp, ...event };
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
