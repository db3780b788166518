/** What the names in the chart stand for: facts, questions, delays; and what the client provides. */
import { assign, cancel, fromCallback, setup, type EventObject } from 'xstate';
import { clampDelay } from './backoff.ts';
import * as facts from './connection.facts.ts';
import * as guards from './connection.guards.ts';
import { planConfirmDue, planDrainDue, planOutboxDue } from './connection.timers.ts';
import type {
  ConnectionContext,
  ConnectionEvent,
  ConnectionTag,
  FailureCode,
  Ports,
  Reason,
  Trouble,
} from './connection.types.ts';

/** What the client provides; in the bare chart it does nothing. */
const effect = () => undefined;
const actor = fromCallback(effect);

/** The vocabulary of the chart. `ports` bring time and chance, which a pure chart has none of. */
export function connectionSetup<TInput, TEmitted extends EventObject>(ports: Ports) {
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
      // Timers sleep with the machine, and so do the deadlines of the peer. What is planned for a moment is not put off by it.
      connectTimeout: (now) => facts.connectTimeout(now, ports.awake(now.self)),
      closeTimeout: (now) => facts.closeTimeout(now, ports.awake(now.self)),
      stableAfter: ({ context }) => clampDelay(context.settings.stableAfterMs),
      pingInterval: ({ context }) => facts.pingInterval(context),
      pongTimeout: (now) => facts.probeTimeout(now, ports.awake(now.self)),
      wakeTimeout: (now) => facts.probeTimeout(now, ports.awake(now.self)),
      drainDelay: (now) => facts.drainDelay(now, ports.now(now.self)),
      retryDelay: ({ context, self }) => clampDelay(context.retryAt - ports.now(self)),
      offlineRetryDelay: ({ context, self }) =>
        facts.offlineRetryDelay({ context }, ports.now(self), ports.random(self)),
    },
    actions: {
      // Facts
      startFresh: assign(facts.startFresh),
      startAttempt: assign((now) => facts.startAttempt(now, ports.awake(now.self))),
      nameReason: assign((now, params: { reason: Reason }) => facts.nameReason(now, params)),
      noteTrouble: assign((now, params: { trouble: Trouble }) => facts.noteTrouble(now, params)),
      noteSilence: assign((now, params: { trouble: Trouble }) => facts.noteSilence(now, params)),
      fail: assign((now, params: { code: FailureCode }) => facts.fail(now, params)),
      noteClose: assign((now) => facts.noteClose(now, ports.now(now.self))),
      noteRejection: assign(facts.noteRejection),
      noteHangUp: assign((now) => facts.noteHangUp(now, ports.now(now.self))),
      forgetClose: assign(facts.forgetClose),
      planRetry: assign((now) => facts.planRetry(now, ports.now(now.self), ports.random(now.self))),
      planDrained: assign((now) => facts.planDrained(now, ports.now(now.self))),
      hurryRetry: assign((now) => facts.hurryRetry(now, ports.now(now.self), ports.random(now.self))),
      planResume: assign((now) => facts.planResume(now, ports.now(now.self), ports.random(now.self))),
      restartWait: assign((now) => facts.restartWait(now, ports.now(now.self))),
      skipCount: assign(facts.skipCount),
      giveUp: assign(facts.giveUp),
      rememberLoss: assign(facts.rememberLoss),
      forgetAttempts: assign(facts.forgetAttempts),
      noteOpened: assign(facts.noteOpened),
      markAnswered: assign(facts.markAnswered),
      markUnanswered: assign(facts.markUnanswered),
      markHeard: assign(facts.markHeard),
      markProven: assign(facts.markProven),
      countSilence: assign(facts.countSilence),
      countSilentProof: assign(facts.countSilentProof),
      countReprobe: assign(facts.countReprobe),
      markWakeProbe: assign(facts.markWakeProbe),
      planProof: assign((now) => facts.planProof(now, ports.awake(now.self))),
      planProbe: assign((now) => facts.planProbe(now, ports.awake(now.self))),
      extendProbe: assign((now) => facts.extendProbe(now, ports.awake(now.self))),
      planDrain: assign((now) => facts.planDrain(now, ports.awake(now.self))),
      planClose: assign((now) => facts.planClose(now, ports.awake(now.self))),
      keepDrainHint: assign((now) => facts.keepDrainHint(now, ports.now(now.self), ports.random(now.self))),
      markOnline: assign(facts.markOnline),
      markOffline: assign(facts.markOffline),
      markHidden: assign(facts.markHidden),
      markVisible: assign(facts.markVisible),
      noteOutbox: assign(facts.noteOutbox),
      emptyOutbox: assign(facts.emptyOutbox),
      // Time
      planOutboxDue,
      planConfirmDue,
      planDrainDue,
      cancelOutboxDue: cancel('outbox.due'),
      cancelConfirmDue: cancel('confirm.due'),
      cancelDrainDue: cancel('drain.due'),
      // The world
      resolveTarget: effect,
      dialSocket: effect,
      greetPeer: effect,
      sendPing: effect,
      askToConfirm: effect,
      closeSocket: effect,
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
  });
}
