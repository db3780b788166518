/**
 * The chart of a connection: six states, and what each event does in each of them.
 * Only names stand in the states; facts change in connection.facts.ts, questions are asked in connection.guards.ts,
 * and what touches the world (sockets, outbox, environment) is provided by the client.
 */
import { assign, cancel, fromCallback, raise, setup, type EventObject } from 'xstate';
import { clampDelay } from './backoff.ts';
import * as facts from './connection.facts.ts';
import * as guards from './connection.guards.ts';
import type {
  ChartInput,
  ConnectionContext,
  ConnectionEvent,
  ConnectionTag,
  FailureCode,
  Ports,
  Reason,
  Trouble,
} from './connection.types.ts';

/** A retry where one is left, else the end. The same everywhere an attempt can fail. */
const retryOrFail = <const A extends readonly (string | object)[]>(...notes: A) =>
  [
    { guard: 'canRetry', target: '#connection.backoff', actions: [...notes, 'planRetry'] },
    { target: '#connection.failed', actions: [...notes, 'giveUp'] },
  ] as const;

/** A socket that had opened is gone: 4401 asks for fresh credentials once, a fatal code ends it, all else is worth a retry. */
const onLoss = [
  {
    guard: 'isRefreshSpent',
    target: '#connection.failed',
    actions: ['noteClose', { type: 'fail', params: { code: 'unauthorized' } }],
    description: 'Credentials were refused and no fresh ones are to be had.',
  },
  {
    guard: 'isFatal',
    target: '#connection.failed',
    actions: ['noteClose', { type: 'fail', params: { code: 'fatal-close' } }],
    description: 'The close code says that a retry would end the same way.',
  },
  ...retryOrFail('noteClose'),
] as const;

/** Where a socket goes that needs no proof. */
const intoOpen = [
  { guard: 'isHeartbeatOn', target: '#connection.open.probing' },
  { target: '#connection.open.quiet' },
] as const;
const mustProve = {
  guard: 'mustProve',
  target: '#connection.connecting.proving',
  description: 'A loss is remembered, and this peer answers pings: its pong first, then the outbox.',
} as const;
const intoDraining = { guard: 'hasDrainHint', target: '#connection.open.draining' } as const;

const noted = <const A extends string, const T extends readonly object[]>(action: A, transitions: T) =>
  transitions.map((transition) => ({ ...transition, actions: action })) as { [K in keyof T]: T[K] & { actions: A } };

/** The outbox tells its level and when it wants to be looked at again. */
const outboxFacts = {
  'outbox.changed': [
    { guard: 'hasDue', actions: ['noteOutbox', 'cancelOutboxDue', 'raiseOutboxDue'] },
    { actions: ['noteOutbox', 'cancelOutboxDue'] },
  ],
  'outbox.due': { actions: 'expireOutbox', description: 'The oldest message has outlived its ttl.' },
} as const;

const worldFacts = {
  'network.online': { actions: 'markOnline' },
  'network.offline': { actions: 'markOffline' },
  'page.hidden': { actions: 'markHidden', description: 'A hidden page changes nothing else.' },
  'page.resumed': { actions: 'markVisible' },
} as const;

/** A sign that the world moved on while nobody watched: ask the peer at once, with the shorter deadline. */
const wakeProbe = <const A extends string>(...marks: A[]) =>
  ({
    target: '#connection.open.probing',
    reenter: true,
    actions: [...marks, 'markWakeProbe'],
  }) as const;
const wakeProbeIfOn = <const A extends string>(mark: A) =>
  [{ guard: 'isHeartbeatOn', ...wakeProbe(mark) }, { actions: mark }] as const;

const hurry = <const A extends string>(mark: A) =>
  [
    { guard: 'canHurry', target: '#connection.backoff.waiting', reenter: true, actions: [mark, 'hurryRetry'] },
    { actions: mark },
  ] as const;

const redial = <const R extends Reason>(reason: R) =>
  ({
    target: '#connection.connecting',
    reenter: true,
    actions: [{ type: 'nameReason', params: { reason } }],
  }) as const;

const dialFresh = { target: '#connection.connecting', actions: 'startFresh' } as const;

/** What the client provides; in the bare chart it does nothing. */
const effect = () => undefined;
const actor = fromCallback(effect);

/**
 * Makes the chart for a kind of input.
 * `settingsFrom` picks out of the input what the chart reads; `ports` bring time and chance, which a pure chart has none of.
 */
export function createConnectionChart<TInput, TEmitted extends EventObject = EventObject>(options: {
  readonly settingsFrom: (input: TInput) => ChartInput;
  readonly ports: Ports;
}) {
  const { settingsFrom, ports } = options;
  return setup({
    types: {} as {
      context: ConnectionContext;
      events: ConnectionEvent;
      tags: ConnectionTag;
      input: TInput;
      emitted: TEmitted;
    },
    actors: { transport: actor, environment: actor },
    guards,
    delays: {
      connectTimeout: ({ context }) => clampDelay(context.settings.connectTimeoutMs),
      closeTimeout: ({ context }) => clampDelay(context.settings.closeTimeoutMs),
      stableAfter: ({ context }) => clampDelay(context.settings.stableAfterMs),
      pingInterval: ({ context }) =>
        clampDelay(context.heartbeat === 'off' ? Infinity : context.settings.pingIntervalMs),
      pongTimeout: ({ context }) =>
        clampDelay(context.isWakeProbe ? context.settings.wakeTimeoutMs : context.settings.pongTimeoutMs),
      wakeTimeout: ({ context }) => clampDelay(context.settings.wakeTimeoutMs),
      drainDelay: ({ context, event, self }) => facts.drainDelay({ context, event }, ports.now(self)),
      retryDelay: ({ context }) => clampDelay(context.retryDelayMs),
      offlineRetryDelay: ({ context }) => clampDelay(context.settings.retryCapMs),
    },
    actions: {
      // Facts
      startFresh: assign(facts.startFresh),
      startAttempt: assign(facts.startAttempt),
      nameReason: assign((now, params: { reason: Reason }) => facts.nameReason(now, params)),
      noteTrouble: assign((now, params: { trouble: Trouble }) => facts.noteTrouble(now, params)),
      fail: assign((now, params: { code: FailureCode }) => facts.fail(now, params)),
      noteClose: assign(facts.noteClose),
      noteRefusal: assign(facts.noteRefusal),
      noteRejection: assign(facts.noteRejection),
      noteHangUp: assign(facts.noteHangUp),
      forgetClose: assign(facts.forgetClose),
      planRetry: assign((now) => facts.planRetry(now, ports.now(now.self), ports.random(now.self))),
      planDrained: assign((now) => facts.planDrained(now, ports.now(now.self))),
      hurryRetry: assign((now) => facts.hurryRetry(now, ports.now(now.self), ports.random(now.self))),
      restartWait: assign((now) => facts.restartWait(now, ports.now(now.self))),
      skipCount: assign(facts.skipCount),
      giveUp: assign(facts.giveUp),
      rememberLoss: assign(facts.rememberLoss),
      forgetTrouble: assign(facts.forgetTrouble),
      noteOpened: assign(facts.noteOpened),
      markAnswered: assign(facts.markAnswered),
      markUnanswered: assign(facts.markUnanswered),
      markProven: assign(facts.markProven),
      countSilentProof: assign(facts.countSilentProof),
      countReprobe: assign(facts.countReprobe),
      markWakeProbe: assign(facts.markWakeProbe),
      keepDrainHint: assign((now) => facts.keepDrainHint(now, ports.now(now.self))),
      markOnline: assign(facts.markOnline),
      markOffline: assign(facts.markOffline),
      markHidden: assign(facts.markHidden),
      markVisible: assign(facts.markVisible),
      noteOutbox: assign(facts.noteOutbox),
      emptyOutbox: assign(facts.emptyOutbox),
      // Time
      raiseOutboxDue: raise(
        { type: 'outbox.due' },
        {
          id: 'outbox.due',
          delay: ({ event }) => clampDelay(event.type === 'outbox.changed' ? (event.dueInMs ?? Infinity) : Infinity),
        },
      ),
      cancelOutboxDue: cancel('outbox.due'),
      cancelConfirmDue: cancel('confirm.due'),
      // The world
      resolveTarget: effect,
      dialSocket: effect,
      greetPeer: effect,
      sendPing: effect,
      closeSocket: effect as (now: unknown, params?: { code: number }) => void,
      abandonSocket: effect,
      raiseGate: effect,
      lowerGate: effect,
      transmit: effect,
      holdInOutbox: effect,
      rejectSend: effect,
      flushOutbox: effect,
      expireOutbox: effect,
      settleOutbox: effect,
      watchEnvironment: effect,
      unwatchEnvironment: effect,
    },
  }).createMachine({
    id: 'connection',
    description: 'One logical WebSocket connection, whatever becomes of its sockets.',
    context: ({ input }: { input: TInput }) => facts.initialContext(settingsFrom(input)),
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
        description: 'An attempt runs, from asking for the address to a socket that may be trusted. Sends are held.',
        tags: 'holding',
        entry: 'watchEnvironment',
        initial: 'resolving',
        after: { connectTimeout: retryOrFail({ type: 'noteTrouble', params: { trouble: 'connect-timeout' } }) },
        on: {
          'client.reconnect': redial('reconnect'),
          'client.disconnect': '#connection.closed.done',
          'client.send': { actions: 'holdInOutbox' },
          'transport.started': {
            ...redial('resumed'),
            description: 'What ran is gone with the old transport: the attempt begins anew, and is not counted.',
          },
          'page.left': {
            target: '#connection.backoff.suspended',
            actions: { type: 'noteTrouble', params: { trouble: 'page-left' } },
          },
          ...worldFacts,
          ...outboxFacts,
        },
        states: {
          resolving: {
            description:
              'Asks for the credential, the URL and the protocols. Whatever socket was there is abandoned first.',
            entry: ['abandonSocket', 'startAttempt', 'resolveTarget'],
            on: {
              'transport.resolved': { guard: 'isCurrentAttempt', target: 'handshaking' },
              'transport.rejected': [
                {
                  guard: 'isWithoutWebSocket',
                  target: '#connection.failed',
                  actions: ['noteRejection', { type: 'fail', params: { code: 'no-websocket' } }],
                  description: 'This platform has no WebSocket and none was given: no retry can mend that.',
                },
                { guard: 'canRetryRejected', target: '#connection.backoff', actions: ['noteRejection', 'planRetry'] },
                { guard: 'isCurrentAttempt', target: '#connection.failed', actions: ['noteRejection', 'giveUp'] },
              ],
            },
          },
          handshaking: {
            description: 'The opening handshake runs.',
            entry: 'dialSocket',
            on: {
              'socket.opened': [
                { guard: 'hasGreeting', target: 'greeting', actions: 'noteOpened' },
                ...noted('noteOpened', [mustProve, ...intoOpen]),
              ],
              'socket.closed': [
                {
                  guard: 'isUpgradeUnauthorized',
                  target: '#connection.failed',
                  actions: ['noteRefusal', { type: 'fail', params: { code: 'unauthorized' } }],
                  description: 'HTTP 401, and no fresh credentials are to be had.',
                },
                {
                  guard: 'isUpgradeForbidden',
                  target: '#connection.failed',
                  actions: ['noteRefusal', { type: 'fail', params: { code: 'fatal-close' } }],
                  description: 'HTTP 403.',
                },
                ...retryOrFail('noteRefusal'),
              ],
              'clock.jumped': redial('resumed'),
            },
          },
          greeting: {
            description: 'The frames of `greet` go first on every new socket, and its answers are awaited.',
            entry: 'greetPeer',
            on: {
              'socket.greeted': [mustProve, intoDraining, ...intoOpen],
              'socket.refused': retryOrFail({ type: 'noteTrouble', params: { trouble: 'greet-failed' } }),
              'socket.closed': onLoss,
              'hub.draining': { actions: 'keepDrainHint' },
              'clock.jumped': redial('resumed'),
            },
          },
          proving: {
            description:
              'After a loss, and where this peer is known to answer pings: only its pong lets the outbox out.',
            entry: 'sendPing',
            after: {
              wakeTimeout: [
                {
                  guard: 'isSilentAgainWhileDraining',
                  target: '#connection.open.draining',
                  actions: 'markUnanswered',
                },
                {
                  guard: 'isSilentAgain',
                  target: '#connection.open.probing',
                  actions: 'markUnanswered',
                  description: 'Two fresh sockets in a row gave no pong: this peer does not answer pings any more.',
                },
                ...retryOrFail('countSilentProof', { type: 'noteTrouble', params: { trouble: 'unproven' } }),
              ],
            },
            on: {
              'client.disconnect': '#connection.closed.closing',
              'socket.alive': [
                {
                  guard: 'isPongWhileDraining',
                  target: '#connection.open.draining',
                  actions: ['markAnswered', 'markProven'],
                },
                { guard: 'isPong', target: '#connection.open.probing', actions: ['markAnswered', 'markProven'] },
              ],
              'socket.closed': onLoss,
              'clock.jumped': { target: 'proving', reenter: true, description: 'Probe again.' },
              'hub.draining': { actions: 'keepDrainHint' },
            },
          },
        },
      },

      open: {
        description: 'The gate is up: sends go straight to the socket, frames straight to the listeners.',
        tags: 'ready',
        entry: ['flushOutbox', 'raiseGate'],
        exit: 'lowerGate',
        initial: 'quiet',
        after: {
          stableAfter: {
            actions: 'forgetTrouble',
            description: 'It has held: attempts, loss and refresh are forgotten.',
          },
        },
        on: {
          'client.reconnect': {
            target: '#connection.connecting',
            actions: ['rememberLoss', { type: 'nameReason', params: { reason: 'reconnect' } }],
          },
          'client.disconnect': '#connection.closed.closing',
          'client.send': { actions: 'transmit' },
          'transport.started': {
            target: '#connection.connecting',
            actions: ['rememberLoss', { type: 'nameReason', params: { reason: 'resumed' } }],
            description: 'The socket went with the old transport.',
          },
          'socket.alive': {
            guard: 'isPong',
            actions: 'markAnswered',
            description: 'Another frame was quicker than the pong: it shows all the same that this peer can be proved.',
          },
          'socket.closed': onLoss,
          'page.left': {
            target: '#connection.backoff.suspended',
            actions: [
              { type: 'closeSocket', params: { code: 1000 } },
              { type: 'noteTrouble', params: { trouble: 'page-left' } },
            ],
            description: 'An open socket would keep the page out of the back/forward cache.',
          },
          'hub.draining': {
            target: '.draining',
            reenter: false,
            actions: 'keepDrainHint',
          },
          ...worldFacts,
          'outbox.changed': outboxFacts['outbox.changed'],
          'outbox.due': {
            actions: ['expireOutbox', 'flushOutbox'],
            description: 'Held back by a full socket buffer: what has room now goes out, in order.',
          },
          'confirm.due': { actions: 'sendPing' },
        },
        states: {
          quiet: {
            description: 'Nothing to ask. Where the heartbeat is on, a ping follows after the interval.',
            after: { pingInterval: { guard: 'isHeartbeatOn', target: 'probing' } },
            on: {
              'network.offline': wakeProbeIfOn('markOffline'),
              'network.online': wakeProbeIfOn('markOnline'),
              'page.resumed': wakeProbeIfOn('markVisible'),
              'clock.jumped': { guard: 'isHeartbeatOn', ...wakeProbe() },
            },
          },
          probing: {
            description: 'A ping is out. Any frame shows that the peer lives.',
            entry: 'sendPing',
            after: {
              pongTimeout: [
                {
                  guard: 'isLateProbe',
                  target: 'probing',
                  reenter: true,
                  actions: 'countReprobe',
                  description: 'Our own timer was late: the answer may be waiting behind it. Ask again, twice at most.',
                },
                {
                  guard: 'isDeadWithRetry',
                  target: '#connection.backoff',
                  actions: [{ type: 'noteTrouble', params: { trouble: 'silent' } }, 'planRetry'],
                  description: 'A peer that answers pings went silent: it is dead.',
                },
                {
                  guard: 'isDead',
                  target: '#connection.failed',
                  actions: [{ type: 'noteTrouble', params: { trouble: 'silent' } }, 'giveUp'],
                },
                {
                  target: 'quiet',
                  actions: 'markUnanswered',
                  description: 'This peer has never answered a ping: its silence means nothing.',
                },
              ],
            },
            on: {
              'socket.alive': { target: 'quiet', actions: 'markAnswered' },
              'network.online': wakeProbe('markOnline'),
              'page.resumed': wakeProbe('markVisible'),
              'clock.jumped': wakeProbe(),
            },
          },
          draining: {
            description: 'The hub will close: keep receiving, and be back when it asked for it.',
            after: {
              drainDelay: {
                target: '#connection.connecting',
                actions: [
                  { type: 'noteTrouble', params: { trouble: 'drained' } },
                  { type: 'nameReason', params: { reason: 'drained' } },
                ],
              },
            },
            on: {
              'client.connect': {
                target: '#connection.connecting',
                actions: { type: 'nameReason', params: { reason: 'drained' } },
              },
              'hub.draining': { target: 'draining', reenter: true, actions: 'keepDrainHint' },
              'socket.closed': [
                {
                  guard: 'isDrained',
                  target: '#connection.backoff',
                  actions: ['noteClose', 'planDrained'],
                  description: 'As announced: what is left of the delay, and no attempt is counted.',
                },
                ...onLoss,
              ],
            },
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
            description: 'A snapshot has no timers: the wait begins again. A restarted actor has them still.',
          },
          'page.left': '.suspended',
          ...worldFacts,
          ...outboxFacts,
        },
        states: {
          waiting: {
            description: 'Until the delay is over.',
            always: { guard: 'isOffline', target: 'offline' },
            after: { retryDelay: '#connection.connecting' },
            on: {
              'network.offline': { target: 'offline', actions: 'markOffline' },
              'network.online': hurry('markOnline'),
              'page.resumed': hurry('markVisible'),
              'clock.jumped': { guard: 'canHurry', target: 'waiting', reenter: true, actions: 'hurryRetry' },
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
                ...redial('resumed'),
                actions: ['markVisible', { type: 'nameReason', params: { reason: 'resumed' } }],
              },
            },
          },
        },
      },

      closed: {
        description: 'The wish of the client, nothing else. Only connect() and reconnect() lead out.',
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
            description: 'The closing handshake runs. After its deadline the socket is abandoned.',
            entry: 'closeSocket',
            after: { closeTimeout: 'done' },
            on: {
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
          'client.disconnect': { actions: 'settleOutbox', description: 'What is still held is dropped.' },
          'client.send': { actions: 'rejectSend' },
          ...outboxFacts,
        },
      },
    },
  });
}

/**
 * The chart alone: its actors and effects are empty, to be provided. Chance is at the middle of its range.
 * For drawing, for tests, and for a transport of one's own; `socketchart` exports it with the real ones.
 */
export const connectionMachine = createConnectionChart<ChartInput | undefined>({
  settingsFrom: (input) => input ?? {},
  ports: {
    now: (self) => (self as { clock?: { now?: () => number } } | null)?.clock?.now?.() ?? 0,
    random: () => 0.5,
  },
});
