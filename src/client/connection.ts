/// <reference lib="esnext.disposable" preserve="true" />
import { createActor } from 'xstate';
import type { Heartbeat, StateName } from '../../machines/connection.types.ts';
import { share, wireOf } from './attach.ts';
import { explain, stateOf } from './because.ts';
import type { ControlRecord } from './chronicle.ts';
import {
  connectionMachine,
  type ConnectionActorRef,
  type ConnectionInput,
  type ConnectionSnapshot,
} from './connectionMachine.ts';
import { deliver, type Delivery } from './deliver.ts';
import { ConnectionError, invalidOption, isConnectionError } from './errors.ts';
import { eventNames, type ConnectionEvents } from './events.ts';
import { remember } from './line.ts';
import { messageIterator, type MessagesOptions } from './messageIterator.ts';
import { given, type ConnectionOptions, type DrainedOptions, type SendOptions } from './options.ts';
import type { Disposition, Outcome } from './outbox.ts';
import { safely } from './platform.ts';
import { sealed } from './sealed.ts';
import { isForPage, normalizeUrl } from './target.ts';
import { validateClose, validateDrained, validateOptions, validateSend } from './validate.ts';
import { waitsFor } from './waits.ts';
import type { Wire } from './wire.ts';

/** Counts and facts, as they are at the moment of the call. Times in ms, sizes in bytes. */
export interface ConnectionStats {
  /** Which of the six states it is in. */
  state: StateName;
  /** When the present state was entered. */
  since: number;
  /** Retries since the connection was last fresh. */
  attempt: number;
  /** Of the newest ping that was answered; undefined: none was. */
  roundTripMs: number | undefined;
  /** What is known of the peer's habit to answer pings. */
  heartbeat: Heartbeat;
  /** Handed to a socket, repetitions too. `bytes` counts text by UTF-16 units: exact for ASCII, and nothing is encoded twice. */
  sent: { messages: number; bytes: number };
  /** What sockets brought, counted likewise. */
  received: { messages: number; bytes: number };
  /** What has no outcome yet; `uncovered` of these were handed over and are not confirmed. */
  outbox: { messages: number; bytes: number; uncovered: number };
  /** Of messages that had been queued, refused or dropped, and of those sent straight away. */
  outcomes: Record<Outcome, number>;
  /** Sockets made so far. */
  sockets: number;
  /** Times the connection was open again. */
  reconnects: number;
  /** A count for each edge of the chart: `"open.quiet pingInterval open.probing": 12`. */
  transitions: Record<string, number>;
}

/** One logical connection, whatever becomes of its sockets. Its functions may be passed around on their own. */
export interface Connection<In = any, Out = any> {
  /** Which of the six states it is in, now. */
  readonly state: StateName;
  /** Exactly in `open`, while the gate is up. */
  readonly isConnected: boolean;
  /** The actor behind it, for inspectors and parents. From the first time it is read it emits every message, whether anybody listens or not: for messages take `onMessage`. */
  readonly actor: ConnectionActorRef;
  /** Dials; does nothing while connecting or open. Throws `'no-websocket'` where there is none, `'disposed'` after dispose(), `'invalid-option'` for a relative URL where there is no page. */
  readonly connect: () => this;
  /** Always redials, also while open: then the old socket closes first, within `drainTimeoutMs`, and sends are held. Throws like connect(). */
  readonly reconnect: () => this;
  /** Hangs up, and lets the peer read what was sent, within `drainTimeoutMs`; a second call ends that at once. What is still held is `'dropped'`. `code` 1000 (default) or 3000–4999, `reason` at most 123 bytes of UTF-8, else `'invalid-option'`. */
  readonly disconnect: (code?: number, reason?: string) => void;
  /** Ends it for good, at once: held messages are `'dropped'`, and nothing but outcomes is told any more. An actor that a parent owns is hung up and left to its parent. */
  readonly dispose: () => void;
  /** Hands a message over, or holds it. Throws `'invalid-option'` for one that the codec cannot encode. */
  readonly send: (message: Out, options?: SendOptions) => Disposition;
  /** The same, with the outcome as a promise. It always resolves; only wrong arguments throw. */
  readonly deliver: (message: Out, options?: Omit<SendOptions, 'queue'>) => Promise<Delivery>;
  /** Every message, straight from the socket. Returns what ends it. */
  readonly onMessage: (listener: (message: In, event: unknown) => void) => () => void;
  /** Listens to one kind of event. Returns what ends it. Throws `'invalid-option'` for a name that is none. */
  readonly on: <K extends keyof ConnectionEvents>(
    name: K,
    listener: (event: ConnectionEvents<In, Out>[K]) => void,
  ) => () => void;
  /** Messages to iterate over. Ends at closed, dispose() and abort; throws at failed, and `'slow-consumer'` past `maxMessages` unread ones. */
  readonly messages: (options?: MessagesOptions) => AsyncIterableIterator<In>;
  /** Resolves when open; waits in idle. Rejects with a ConnectionError at failed, closed, dispose() and abort. */
  readonly opened: (signal?: AbortSignal) => Promise<void>;
  /**
   * Resolves when at most `belowBytes` wait: in the outbox, with `confirm` for a pong, and in the socket's `bufferedAmount`. Waits through losses; rejects like opened().
   * Throws `'invalid-option'`. It does not say that anything has arrived: that is `confirm`.
   */
  readonly drained: (options?: DrainedOptions) => Promise<void>;
  /** Calls at once with the snapshot, then at each change of the chart. */
  readonly subscribe: (
    listener: (snapshot: ConnectionSnapshot) => void,
  ) => (() => void) & { readonly unsubscribe: () => void };
  /** The present state of the chart, with its facts. */
  readonly getSnapshot: () => ConnectionSnapshot;
  /** Counts and facts of this moment. */
  readonly stats: () => ConnectionStats;
  /** The last 64 events of the chart, for a bug report. No payloads, no secrets. */
  readonly history: () => readonly ControlRecord[];
  /** The clock of all its times: that of `clock` or `environment`, else the platform's. It never goes back, and time during which the machine sleeps counts. Unit ms. */
  readonly now: () => number;
  /** Why the connection is as it is now, in a sentence. */
  readonly explain: () => string;
  /** The same as dispose(), for `using`; there only where the platform has `Symbol.dispose`. */
  readonly [Symbol.dispose]: () => void;
}

/**
 * Makes a connection. It does not dial: that is `connect()`. Safe at module level and on a server.
 * Throws a ConnectionError `'invalid-option'` that names the option and what is accepted.
 */
export function createConnection<In = any, Out = any>(
  url: string | URL,
  options?: Omit<ConnectionOptions<In, Out>, 'url'>,
): Connection<In, Out>;
export function createConnection<In = any, Out = any>(options: ConnectionOptions<In, Out>): Connection<In, Out>;
export function createConnection<In = any, Out = any>(
  first: string | URL | ConnectionOptions<In, Out>,
  rest?: Omit<ConnectionOptions<In, Out>, 'url'>,
): Connection<In, Out> {
  const isUrl = typeof first === 'string' || first instanceof URL;
  if (!isUrl && (rest !== undefined || typeof first === 'function')) {
    throw invalidOption('url', 'a string or URL; for a function { url: () => … }', first);
  }
  const options: ConnectionOptions<In, Out> = isUrl ? { ...rest, url: first } : first;
  validateOptions(options);
  const { clock, inspect, id } = options;
  const actor = createActor(connectionMachine, {
    // Inspectors see an actor's input.
    input: sealed(given(options)) as ConnectionInput,
    ...given({ clock, inspect, id }),
  });
  return connectionOver(actor.start());
}

/**
 * The fast face over an actor of `connectionMachine` that one owns: invoked, spawned, or run by hand.
 * Throws a ConnectionError `'invalid-option'` for any other actor.
 */
export function connectionFrom<In = any, Out = any>(actor: ConnectionActorRef): Connection<In, Out> {
  return connectionOver(actor);
}

const faces = new WeakMap<Wire, Connection>();

function connectionOver<In, Out>(actor: ConnectionActorRef): Connection<In, Out> {
  const wire = wireOf(actor);
  if (wire === undefined) throw noConnection(actor);
  const existing = faces.get(wire);
  if (existing !== undefined) return existing as Connection<In, Out>;
  const face = makeFace<In, Out>(actor, wire);
  faces.set(wire, face);
  remember(face, wire);
  return face;
}

function noConnection(actor: unknown): ConnectionError {
  const { getSnapshot } = (actor ?? {}) as { getSnapshot?: () => { error?: unknown } };
  const cause = typeof getSnapshot === 'function' ? getSnapshot.call(actor).error : undefined;
  if (isConnectionError(cause)) return cause;
  return invalidOption('actor', 'an actor of connectionMachine (the one of `socketchart`, not the bare chart)', actor);
}

function makeFace<In, Out>(actor: ConnectionActorRef, wire: Wire): Connection<In, Out> {
  let isDisposed = false;
  const isOver = (): boolean => isDisposed || wire.isOver;
  const waitUntil = waitsFor(wire, isOver, () => stateOf(actor.getSnapshot().value));
  const command = (type: 'client.connect' | 'client.reconnect'): Connection<In, Out> => {
    if (isOver()) throw new ConnectionError('disposed', 'this connection has been disposed of; make a new one');
    const { url } = wire.options;
    // Taken where a server renders; to dial it there is a mistake.
    if (isForPage(url)) normalizeUrl(url);
    wire.command({ type });
    const isKnown = !wire.isBehind && actor.getSnapshot().matches('failed');
    if (isKnown && wire.failure?.code === 'no-websocket') throw wire.failure;
    return face as Connection<In, Out>;
  };

  const stops = new Set<() => void>();
  /** What listens by this face, until it is disposed of. */
  const kept = (stop: () => void): (() => void) => {
    const end = (): void => {
      stops.delete(end);
      stop();
    };
    if (isDisposed) stop();
    else stops.add(end);
    return end;
  };

  const dispose = (): void => {
    if (isDisposed) return;
    isDisposed = true;
    faces.delete(wire);
    const isOurs = (actor as { _parent?: unknown })._parent === undefined;
    if (!isOurs) {
      for (const stop of stops) stop();
      return wire.letGo();
    }
    wire.dispose();
    // In the middle of a step its end is waited for: the last state is `closed`.
    wire.whenCaughtUp(() => actor.stop());
  };

  const face: Omit<Connection<In, Out>, typeof Symbol.dispose> = {
    get state() {
      return stateNow(wire, actor.getSnapshot());
    },
    get isConnected() {
      return !isDisposed && wire.sender.gate.isUp;
    },
    get actor() {
      share(wire);
      return actor;
    },
    connect: () => command('client.connect'),
    reconnect: () => command('client.reconnect'),
    disconnect: (code, reason) => {
      validateClose(code, reason);
      if (isOver()) return;
      wire.command({ type: 'client.disconnect', code, reason });
    },
    dispose,
    send: (message, options) => {
      validateSend(options);
      return isDisposed ? wire.refuse(message) : wire.send(message, options);
    },
    deliver: (message, options) => deliver(wire, isDisposed, message, options),
    onMessage: (listener) => kept(wire.news.messages.add(listener)),
    on: (name, listener) => {
      if (!Object.hasOwn(eventNames, name)) {
        throw new ConnectionError(
          'invalid-option',
          `name: there is no event ${name}, only ${Object.keys(eventNames).join(', ')}`,
        );
      }
      if (name === 'message') return kept(wire.news.messages.add((message: In) => listener({ message } as never)));
      const stop = wire.news.on(name, listener as (event: unknown) => void);
      // Of what is held at its end somebody has to hear.
      return name === 'outcome' || name === 'dropped' ? stop : kept(stop);
    },
    messages: (options) => messageIterator<In>(wire, isDisposed, options),
    opened: (signal) => waitUntil((state) => state === 'open', signal),
    drained: ({ belowBytes = 0, signal } = {}) => {
      validateDrained(belowBytes);
      const isDrained = (): boolean => {
        const { held, gate } = wire.sender;
        // Whatever a socket says there: what is no number of bytes is taken for none.
        const buffered = Math.max(0, Number(gate.socket?.bufferedAmount) || 0);
        // A message may be empty, and waits all the same.
        return belowBytes > 0 ? held.bytes + buffered <= belowBytes : held.messages + buffered === 0;
      };
      return waitUntil(isDrained, signal);
    },
    subscribe: (listener) => {
      const tell = (snapshot: ConnectionSnapshot): void => safely(() => listener(snapshot));
      tell(actor.getSnapshot());
      const subscription = actor.subscribe(tell);
      const unsubscribe = kept(() => subscription.unsubscribe());
      return Object.assign(unsubscribe, { unsubscribe });
    },
    getSnapshot: () => actor.getSnapshot(),
    stats: () => statsOf(actor.getSnapshot(), wire),
    history: () => wire.chronicle.history,
    now: () => wire.now(),
    explain: () => {
      if (isDisposed) return 'dispose() was called';
      return wire.isOver ? 'its actor was stopped' : explain(actor.getSnapshot(), wire.now());
    },
  };
  const symbol = (Symbol as { dispose?: symbol }).dispose;
  if (symbol !== undefined) Object.defineProperty(face, symbol, { value: dispose });
  return face as Connection<In, Out>;
}

/** The last snapshot of an actor that was stopped says what it was then: it runs no more. */
const stateNow = (wire: Wire, { value }: ConnectionSnapshot): StateName => (wire.isOver ? 'closed' : stateOf(value));

function statsOf(snapshot: ConnectionSnapshot, wire: Wire): ConnectionStats {
  const { context } = snapshot;
  const { chronicle, transport, received, roundTripMs } = wire;
  const { gate, held, sent } = wire.sender;
  return {
    state: stateNow(wire, snapshot),
    since: chronicle.since,
    attempt: context.attempt,
    roundTripMs,
    heartbeat: context.heartbeat,
    sent: { messages: gate.messages, bytes: gate.bytes },
    received: { ...received },
    outbox: held,
    outcomes: { ...chronicle.outcomes, sent },
    sockets: transport.sockets,
    reconnects: chronicle.reconnects,
    transitions: { ...chronicle.transitions },
  };
}
