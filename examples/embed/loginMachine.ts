/**
 * A login that owns a connection, as one machine invokes another:
 *
 *   signedOut ──login──▸ session ( signingIn ▸ online ⇄ interrupted ▸ signingOut ) ──▸ signedOut
 *                           └── the connection failed ──▸ refused ──login──▸ …
 *
 * - The connection lives exactly as long as `session`: XState stops it on the way out, whatever the way.
 * - `parentRef: self` in its input is all it takes to be told what happens, as `connection.<event>`, typed by ConnectionOutput.
 * - Address and credential are bound by `provideConnection`. No inspector sees them, and no snapshot holds them:
 *   a snapshot of the login may be stored as JSON and restored with the same machine; the connection then dials again.
 * - A peer that closes with 4401 interrupts the session: `authenticate` is asked with the reason `unauthorized`, for a fresh one.
 * - Messages need not go through this machine: `connectionFrom(connectionOf(login))` sends and listens at full speed.
 *
 *   const login = createActor(createLoginMachine({ url: ({ reason }) => ticketUrl(reason) })).start();
 *   login.send({ type: 'login' });
 */
import { assign, sendTo, setup, type ActorRefFrom } from 'xstate';
import {
  connectionMachine,
  provideConnection,
  type ConnectionActorRef,
  type ConnectionOptions,
  type ConnectionOutput,
} from '../../src/index.ts';

interface LoginContext {
  /** What to show: why it is as it is, in a sentence. */
  readonly status: string;
  /** Messages of the server since the last login. */
  readonly received: number;
}

type LoginEvent = { type: 'login' } | { type: 'logout' } | ConnectionOutput;

const loginMachine = setup({
  types: {
    context: {} as LoginContext,
    events: {} as LoginEvent,
    children: {} as { connection: 'connection' },
  },
  actors: { connection: connectionMachine },
  actions: {
    dial: sendTo('connection', { type: 'client.connect' }),
    hangUp: sendTo('connection', { type: 'client.disconnect', code: 1000, reason: 'logout' }),
    showState: assign({
      status: ({ context, event }) => (event.type === 'connection.state' ? event.because : context.status),
    }),
    showFailure: assign({
      status: ({ context, event }) => (event.type === 'connection.failed' ? event.error.message : context.status),
    }),
    showSignedOut: assign({ status: 'signed out' }),
    countMessage: assign({ received: ({ context }) => context.received + 1 }),
    forgetMessages: assign({ received: 0 }),
  },
}).createMachine({
  id: 'login',
  context: { status: 'signed out', received: 0 },
  initial: 'signedOut',
  states: {
    signedOut: {
      entry: 'showSignedOut',
      on: { login: 'session' },
    },
    session: {
      invoke: { id: 'connection', src: 'connection', input: ({ self }) => ({ parentRef: self }) },
      entry: 'forgetMessages',
      initial: 'signingIn',
      on: {
        logout: '.signingOut',
        'connection.state': { actions: 'showState' },
        'connection.message': { actions: 'countMessage' },
        'connection.failed': { target: 'refused', actions: 'showFailure' },
      },
      states: {
        signingIn: {
          entry: 'dial',
          on: { 'connection.opened': 'online' },
        },
        online: {
          on: { 'connection.lost': 'interrupted' },
        },
        interrupted: {
          on: { 'connection.opened': 'online' },
        },
        signingOut: {
          entry: 'hangUp',
          on: { logout: {}, 'connection.closed': '#login.signedOut' },
        },
      },
    },
    refused: {
      on: { login: 'session', logout: 'signedOut' },
    },
  },
});

/** The login for one server. Throws a ConnectionError `'invalid-option'`. */
export function createLoginMachine(options: ConnectionOptions): typeof loginMachine {
  return loginMachine.provide({ actors: { connection: provideConnection(options) } });
}

/** The running connection of a login, for `connectionFrom`; undefined while nobody is signed in. */
export function connectionOf(login: ActorRefFrom<typeof loginMachine>): ConnectionActorRef | undefined {
  return login.getSnapshot().children.connection;
}
