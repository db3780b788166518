/**
 * The chart of a connection: six states, and what each event does in each of them. Only names stand in here;
 * connection.setup.ts says what they stand for, connection.transitions.ts holds what several states have in common.
 */
import type { EventObject } from 'xstate';
import { initialContext } from './connection.facts.ts';
import { connectionSetup } from './connection.setup.ts';
import {
  attemptTimeout,
  closeAndDial,
  dialFresh,
  hurry,
  mustProve,
  onLoss,
  outboxFacts,
  redial,
  resume,
  retryOrFail,
  wakeProbe,
  wakeProbeIfOn,
  worldFacts,
} from './connection.transitions.ts';
import type { ChartInput, Ports } from './connection.types.ts';

/**
 * Makes the chart for a kind of input.
 * `settingsFrom` picks out of the input what the chart reads; `ports` bring time and chance.
 */
export function createConnectionChart<TInput, TEmitted extends EventObject = EventObject>(options: {
  readonly settingsFrom: (input: TInput) => ChartInput;
  readonly ports: Ports;
}) {
  const { settingsFrom, ports } = options;
  return connectionSetup<TInput, TEmitted>(ports).createMachine({
    id: 'connection',
    description: 'One logical WebSocket connection, across all its sockets.',
    context: ({ input }: { input: TInput }) => initialContext(settingsFrom(input)),
    invoke: [
      { id: 'transport', src: 'transport' },
      { id: 'environment', src: 'environment' },
    ],
    initial: 'idle',
    states: {
      idle: {
        description: 'Nothing runs. Sends are held until connect().',
        tags: 'holding',
        on: {
          'client.connect': dialFresh,
          'client.reconnect': dialFresh,
          'client.disconnect': '#connection.closed.done',
          'client.send': { actions: 'holdInOutbox' },
          ...outboxFacts,
        },
      },

      connecting: {
        description: 'An attempt runs, from the address to a verified socket. Sends are held.',
        tags: 'holding',
        entry: 'watchEnvironment',
        initial: 'resolving',
        on: {
          'client.reconnect': redial('reconnect'),
          'client.disconnect': '#connection.closed.done',
          'client.send': { actions: 'holdInOutbox' },
          'transport.started': resume,
          'page.left': {
            target: '#connection.backoff.suspended',
            actions: { type: 'noteTrouble', params: { trouble: 'page-left' } },
          },
          ...worldFacts,
          ...outboxFacts,
        },
        states: {
          closing: {
            description: 'The old socket closes first, or is abandoned after the deadline.',
            entry: 'closeSocket',
            after: { closeTimeout: { target: 'resolving', actions: 'rememberLoss' } },
            on: {
              'client.reconnect': {},
              'client.disconnect': { target: '#connection.closed.closing', actions: 'planDrain' },
              'socket.closed': [
                {
                  guard: 'isPutOff',
                  target: '#connection.backoff',
                  actions: ['noteClose', 'planRetry'],
                  description: 'The hub asks for more time.',
                },
                { target: 'resolving', actions: 'noteHangUp' },
              ],
              'clock.jumped': 'resolving',
            },
          },
          resolving: {
            description: 'Abandons the old socket, and asks for credential, URL and protocols.',
            entry: ['abandonSocket', 'startAttempt', 'resolveTarget'],
            after: attemptTimeout,
            on: {
              'transport.resolved': { guard: 'isCurrentAttempt', target: 'handshaking' },
              'transport.rejected': [
                {
                  guard: 'isWithoutWebSocket',
                  target: '#connection.failed',
                  actions: ['noteRejection', { type: 'fail', params: { code: 'no-websocket' } }],
                  description: 'There is no WebSocket here: no retry can mend that.',
                },
                { guard: 'canRetryRejected', target: '#connection.backoff', actions: ['noteRejection', 'planRetry'] },
                { guard: 'isCurrentAttempt', target: '#connection.failed', actions: ['noteRejection', 'giveUp'] },
              ],
            },
          },
          handshaking: {
            description: 'The opening handshake runs; with a hub it ends with the hello.',
            entry: 'dialSocket',
            after: attemptTimeout,
            on: {
              'socket.opened': [
                { guard: 'hasGreeting', target: 'greeting', actions: 'noteOpened' },
                { ...mustProve, actions: 'noteOpened' },
                { target: '#connection.open', actions: 'noteOpened' },
              ],
              'socket.closed': onLoss,
              'clock.jumped': resume,
            },
          },
          greeting: {
            description: 'The frames of `greet` go first, and its answers are awaited.',
            entry: 'greetPeer',
            after: attemptTimeout,
            on: {
              'socket.greeted': [mustProve, { target: '#connection.open' }],
              'socket.refused': retryOrFail({ type: 'noteTrouble', params: { trouble: 'greet-failed' } }),
              'socket.closed': onLoss,
              'hub.draining': { actions: 'keepDrainHint' },
              'clock.jumped': resume,
            },
          },
          proving: {
            description: 'After a loss, if this peer answers pings: its pong first, then the outbox.',
            entry: ['planProof', 'sendPing'],
            after: {
              ...attemptTimeout,
              wakeTimeout: [
                {
                  guard: 'isExcused',
                  target: 'proving',
                  reenter: true,
                  description: 'Much lies in front of the pong.',
                },
                {
                  guard: 'isLateProbe',
                  target: 'proving',
                  reenter: true,
                  actions: 'countReprobe',
                  description: 'Our own timer was late: the pong may be waiting behind it.',
                },
                {
                  guard: 'isSilentAgain',
                  target: '#connection.open',
                  actions: 'markUnanswered',
                  description: 'Two fresh sockets in a row gave no pong: this peer does not answer pings.',
                },
                ...retryOrFail('countSilentProof', { type: 'noteSilence', params: { trouble: 'unproven' } }),
              ],
            },
            on: {
              'socket.alive': {
                guard: 'isPong',
                target: '#connection.open.quiet',
                actions: ['markAnswered', 'markProven'],
                description: 'It has just answered: no second ping.',
              },
              'socket.closed': onLoss,
              'clock.jumped': { target: 'proving', reenter: true },
              'hub.draining': { actions: 'keepDrainHint' },
            },
          },
        },
      },

      open: {
        description: 'The gate is up: sends go straight to the socket, frames straight to the listeners.',
        tags: 'ready',
        entry: ['flushOutbox', 'raiseGate', 'planDrainDue'],
        exit: ['lowerGate', 'cancelDrainDue'],
        initial: 'entered',
        after: {
          stableAfter: {
            actions: 'forgetAttempts',
            description: 'It has held.',
          },
        },
        on: {
          'client.connect': {
            guard: 'isDraining',
            ...closeAndDial({ type: 'nameReason', params: { reason: 'drained' } }),
            description: 'The application does not wait until the hub wants us back.',
          },
          'client.reconnect': closeAndDial('rememberLoss', { type: 'nameReason', params: { reason: 'reconnect' } }),
          'client.disconnect': { target: '#connection.closed.closing', actions: 'planDrain' },
          'client.send': { actions: 'transmit' },
          'transport.started': resume,
          'socket.alive': {
            guard: 'isPong',
            actions: 'markAnswered',
            description: 'Another frame was quicker, but this peer can be proved.',
          },
          'socket.closing': {
            target: '.closing',
            actions: 'planClose',
            description: 'Seen at a send or a ping.',
          },
          'socket.closed': [
            {
              guard: 'isDrained',
              target: '#connection.backoff',
              actions: ['noteClose', 'planDrained'],
              description: 'As announced: the rest of the delay, and no attempt is counted.',
            },
            ...onLoss,
          ],
          'page.left': {
            target: '#connection.backoff.suspended',
            actions: { type: 'noteTrouble', params: { trouble: 'page-left' } },
          },
          'hub.draining': {
            actions: ['keepDrainHint', 'planDrainDue'],
            description: 'All goes on until the hub wants us back.',
          },
          'drain.due': closeAndDial(
            { type: 'noteTrouble', params: { trouble: 'drained' } },
            { type: 'nameReason', params: { reason: 'drained' } },
          ),
          ...worldFacts,
          'outbox.changed': outboxFacts['outbox.changed'],
          'outbox.due': {
            actions: ['expireOutbox', 'flushOutbox'],
            description: 'What has room now goes out, in order.',
          },
          'confirm.due': {
            actions: ['askToConfirm', 'planConfirmDue'],
            description: 'A ping, whose pong covers all that went before it.',
          },
        },
        states: {
          entered: {
            description: 'Where the heartbeat is on, a ping follows at once.',
            always: [{ guard: 'isHeartbeatOn', target: 'probing' }, 'quiet'],
          },
          quiet: {
            description: 'Where the heartbeat is on, a ping follows after the interval.',
            after: { pingInterval: { guard: 'isHeartbeatOn', target: 'probing' } },
            on: {
              'network.offline': wakeProbeIfOn('markOffline'),
              'network.online': wakeProbeIfOn('markOnline'),
              'page.resumed': wakeProbeIfOn('markVisible'),
              'clock.jumped': wakeProbeIfOn('planDrainDue'),
            },
          },
          probing: {
            description: 'A ping is out. A peer that has sent pongs owes one; of others any frame will do.',
            entry: ['planProbe', 'sendPing'],
            after: {
              pongTimeout: [
                {
                  guard: 'isExcused',
                  target: 'probing',
                  reenter: true,
                  actions: 'extendProbe',
                  description: 'Much lies in front of the pong, or the peer talks on and owes it.',
                },
                {
                  guard: 'isLateProbe',
                  target: 'probing',
                  reenter: true,
                  actions: 'countReprobe',
                  description: 'Our own timer was late: the pong may be waiting behind it.',
                },
                {
                  guard: 'isDeadWithRetry',
                  target: '#connection.backoff',
                  actions: [{ type: 'noteSilence', params: { trouble: 'silent' } }, 'countSilence', 'planRetry'],
                  description: 'A peer that answers pings went silent: it is dead.',
                },
                {
                  guard: 'isDead',
                  target: '#connection.failed',
                  actions: [{ type: 'noteSilence', params: { trouble: 'silent' } }, 'giveUp'],
                },
                {
                  target: 'quiet',
                  actions: 'markUnanswered',
                  description: 'This peer does not answer pings: its silence means nothing.',
                },
              ],
            },
            on: {
              'socket.alive': [
                { guard: 'isAnswer', target: 'quiet', actions: 'markAnswered' },
                {
                  actions: 'markHeard',
                  description: 'The way down works, the way up may not: the pong is awaited longer.',
                },
              ],
              'network.online': wakeProbe('markOnline'),
              'page.resumed': wakeProbe('markVisible'),
              'clock.jumped': wakeProbe('planDrainDue'),
            },
          },
          closing: {
            description: 'The socket closes by itself. Sends are held.',
            after: { closeTimeout: retryOrFail({ type: 'noteTrouble', params: { trouble: 'half-closed' } }) },
            on: { 'socket.closing': {} },
          },
        },
      },

      backoff: {
        description: 'The socket is gone and the next attempt is planned. Sends are held.',
        tags: 'holding',
        entry: ['abandonSocket', 'rememberLoss'],
        initial: 'waiting',
        on: {
          'client.connect': '#connection.connecting',
          'client.reconnect': redial('reconnect'),
          'client.disconnect': '#connection.closed.done',
          'client.send': { actions: 'holdInOutbox' },
          'transport.started': {
            guard: 'isRestored',
            target: '.waiting',
            reenter: true,
            actions: ['restartWait', 'watchEnvironment'],
            description: 'A snapshot has no timers: the wait begins again.',
          },
          'page.left': '.suspended',
          ...worldFacts,
          ...outboxFacts,
        },
        states: {
          waiting: {
            description: 'Until the delay is over.',
            always: [
              { guard: 'isResumedNow', target: '#connection.connecting' },
              { guard: 'isOffline', target: 'offline' },
            ],
            after: { retryDelay: '#connection.connecting' },
            on: {
              'network.offline': { target: 'offline', actions: 'markOffline' },
              'network.online': hurry('markOnline'),
              'page.resumed': hurry('markVisible'),
              'clock.jumped': [
                { guard: 'canHurry', target: 'waiting', reenter: true, actions: 'hurryRetry' },
                { target: 'waiting', reenter: true },
              ],
            },
          },
          offline: {
            description: 'The network says it is away. It may be lying, so a try follows all the same.',
            after: { offlineRetryDelay: { target: '#connection.connecting', actions: 'skipCount' } },
            on: {
              'network.online': { target: 'waiting', actions: ['markOnline', 'hurryRetry'] },
            },
          },
          suspended: {
            description: 'The page lies in the back/forward cache: no timer, no attempt.',
            on: {
              'page.left': {},
              'page.resumed': {
                target: 'waiting',
                actions: ['markVisible', 'planResume'],
              },
            },
          },
        },
      },

      closed: {
        description: 'Closed by the application. Only connect() and reconnect() lead out.',
        tags: 'rejecting',
        entry: ['settleOutbox', 'emptyOutbox', 'cancelOutboxDue', 'cancelConfirmDue', 'forgetClose'],
        initial: 'done',
        on: {
          'client.connect': dialFresh,
          'client.reconnect': dialFresh,
          'client.send': { actions: 'rejectSend' },
        },
        states: {
          closing: {
            description: 'The socket closes, or is abandoned after the deadline.',
            entry: 'closeSocket',
            after: { closeTimeout: 'done' },
            on: {
              'client.connect': closeAndDial('startFresh'),
              'client.reconnect': closeAndDial('startFresh'),
              'client.disconnect': 'done',
              'socket.closed': { target: 'done', actions: 'noteHangUp' },
              'transport.started': 'done',
              'page.left': 'done',
              'clock.jumped': 'done',
            },
          },
          done: {
            description: 'Nothing of ours runs.',
            entry: ['abandonSocket', 'unwatchEnvironment'],
          },
        },
      },

      failed: {
        description: 'Gave up. The outbox is kept for the next connect(); new sends are refused.',
        tags: 'rejecting',
        entry: ['abandonSocket', 'unwatchEnvironment', 'cancelConfirmDue'],
        on: {
          'client.connect': dialFresh,
          'client.reconnect': dialFresh,
          'client.disconnect': { actions: 'settleOutbox' },
          'client.send': { actions: 'rejectSend' },
          ...outboxFacts,
        },
      },
    },
  });
}

/** A bare chart knows of no sleep. */
const clockOf = (self: unknown): number => (self as { clock?: { now?: () => number } } | null)?.clock?.now?.() ?? 0;

/**
 * The chart alone: its actors and effects are empty, to be provided. Chance is at the middle of its range.
 * For drawing, for tests, and for a transport of one's own; `socketchart` exports it with the real ones.
 */
export const connectionMachine = /* @__PURE__ */ createConnectionChart<ChartInput | undefined>({
  settingsFrom: (input) => input ?? {},
  ports: {
    now: clockOf,
    awake: clockOf,
    random: () => 0.5,
  },
});
