import { fromCallback, type ActorRefFrom, type SnapshotFrom } from 'xstate';
import { createConnectionChart } from '../../machines/connection.machine.ts';
import { attached, optionsOf, wireFor, wireOf } from './attach.ts';
import type { ConnectionEmitted } from './events.ts';
import { chartInput, given, type ConnectionOptions } from './options.ts';
import { validateOptions } from './validate.ts';

interface Acting {
  readonly self: unknown;
}
const parentOf = (self: { _parent?: unknown }): unknown => self._parent;

/** The options; or, where they are bound to the machine, only whom to tell. */
export type ConnectionInput =
  ConnectionOptions | { readonly parentRef: ConnectionOptions['parentRef']; readonly url?: never } | undefined;

/** The chart with everything it needs to touch the world; options come by input, or are bound. */
function connectionChart(bound: ConnectionOptions | undefined) {
  const chart = createConnectionChart<ConnectionInput, ConnectionEmitted>({
    settingsFrom: (input) => chartInput(optionsOf(bound, input)),
    ports: {
      now: (self) => wireOf(self)?.now() ?? 0,
      awake: (self) => wireOf(self)?.awake() ?? 0,
      random: (self) => wireOf(self)?.random() ?? 0.5,
    },
  });
  const machine = chart.provide({
    actors: {
      transport: fromCallback(({ self }) => {
        const wire = wireFor(parentOf(self));
        wire.start();
        return () => wire.stop();
      }),
      environment: fromCallback(({ self }) => {
        const wire = wireFor(parentOf(self));
        wire.watch.resume();
        return () => wire.watch.pause();
      }),
    },
    actions: {
      resolveTarget: ({ self, context }) => wireFor(self).transport.resolve(context),
      dialSocket: ({ self }) => wireFor(self).transport.dial(),
      greetPeer: ({ self }: Acting) => wireFor(self).transport.greet(),
      sendPing: ({ self }) => {
        const wire = wireFor(self);
        wire.lookAtSocket();
        wire.transport.probe();
      },
      askToConfirm: ({ self }: Acting) => wireFor(self).sender.askToConfirm(),
      closeSocket: ({ self, event }) => {
        const wish = event.type === 'client.disconnect' ? event : undefined;
        wireFor(self).transport.close(wish?.code, wish?.reason);
      },
      abandonSocket: ({ self, event }) =>
        wireFor(self).letGoOfSocket(
          event.type === 'socket.closed' && event.hasOpened === true ? event.close.code : undefined,
        ),
      raiseGate: ({ self }: Acting) => wireFor(self).raiseGate(),
      lowerGate: ({ self }: Acting) => wireFor(self).sender.lowerGate(),
      transmit: ({ self, event }) => wireFor(self).sendFromChart(event, 'transmit'),
      holdInOutbox: ({ self, event }) => wireFor(self).sendFromChart(event, 'hold'),
      rejectSend: ({ self, event }) => wireFor(self).sendFromChart(event, 'reject'),
      flushOutbox: ({ self }: Acting) => wireFor(self).sender.flush(),
      expireOutbox: ({ self }: Acting) => wireFor(self).sender.expire(),
      settleOutbox: ({ self }: Acting) => wireFor(self).settleOutbox(),
      watchEnvironment: ({ self }: Acting) => wireFor(self).watch.start(),
      unwatchEnvironment: ({ self }: Acting) => wireFor(self).watch.stop(),
    },
  });
  return attached(machine, bound);
}

/**
 * The connection as an XState machine, to invoke, spawn or run: `input` is {@link ConnectionOptions}.
 * Inspectors see an actor's input; for secrets, and to restore a snapshot, take {@link provideConnection}.
 */
export const connectionMachine = connectionChart(undefined);

/** An actor of {@link connectionMachine}. */
export type ConnectionActorRef = ActorRefFrom<typeof connectionMachine>;
/** Its snapshot: `value`, `context`, `matches()`, `hasTag()`. */
export type ConnectionSnapshot = SnapshotFrom<typeof connectionMachine>;
/**
 * {@link connectionMachine} with its options bound: no inspector sees them, and a snapshot can be restored with it.
 * An actor of it needs no input; `{ parentRef }` may still be given.
 * Throws a ConnectionError `'invalid-option'`.
 */
export function provideConnection<In = any, Out = any>(options: ConnectionOptions<In, Out>): typeof connectionMachine {
  validateOptions(options);
  return connectionChart(given(options));
}
