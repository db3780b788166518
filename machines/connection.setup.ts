/** What the names in the chart stand for: facts, questions, delays; and what the client provides. */
import { assign, cancel, fromCallback, setup, type EventObject } from 'xstate';
import { clampDelay } from './backoff.ts';
import * as facts from './connection.facts.ts';
import * as guards from './connection.guards.ts';
import { planConfirmDue, planDrainDue, planOutboxDue } from './connection.timers.ts';
import type { ConnectionContext, ConnectionEvent, ConnectionTag, Now, Ports } from './connection.types.ts';

type Asked = Now & { readonly self: unknown };

/** XState infers this where an assignment stands among the actions; here it has to be said. */
const fact = (change: (now: Asked) => Partial<ConnectionContext>) =>
  assign<ConnectionContext, ConnectionEvent, undefined, ConnectionEvent, never>(change);

/** What the client provides; in the bare chart it does nothing. */
const effect = () => undefined;
const actor = fromCallback(effect);

/** The vocabulary of the chart. `ports` bring time and chance, which a pure chart has none of. */
export function connectionSetup<TInput, TEmitted extends EventObject>(ports: Ports) {
  /** Facts that depend on the time that has passed, on that without sleep, on time and chance. */
  const timed = (change: facts.Timed) => fact((now) => change(now, ports.now(now.self)));
  const awake = (change: facts.Timed) => fact((now) => change(now, ports.awake(now.self)));
  const drawn = (change: facts.Drawn) => fact((now) => change(now, ports.now(now.self), ports.random(now.self)));
  /** What is left until a moment. Unit ms. */
  const left =
    (clock: 'now' | 'awake', until: (context: ConnectionContext) => number | null) =>
    ({ context, self }: Asked): number => {
      const nowMs = ports[clock](self);
      return clampDelay((until(context) ?? nowMs) - nowMs);
    };
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
      connectTimeout: left('awake', ({ connectBy }) => connectBy),
      closeTimeout: left('awake', ({ closeBy }) => closeBy),
      stableAfter: ({ context }) => clampDelay(context.settings.stableAfterMs),
      pingInterval: ({ context }) => facts.pingInterval(context),
      pongTimeout: left('awake', ({ probeBy }) => probeBy),
      wakeTimeout: left('awake', ({ probeBy }) => probeBy),
      drainDelay: left('now', ({ drainUntil }) => drainUntil),
      retryDelay: left('now', ({ retryAt }) => retryAt),
      offlineRetryDelay: ({ context, self }) =>
        facts.offlineRetryDelay({ context }, ports.now(self), ports.random(self)),
    },
    actions: {
      // Facts
      startFresh: assign(facts.startFresh),
      startAttempt: awake(facts.startAttempt),
      nameReason: assign(facts.nameReason),
      noteTrouble: assign(facts.noteTrouble),
      noteSilence: assign(facts.noteSilence),
      fail: assign(facts.fail),
      noteClose: timed(facts.noteClose),
      noteRejection: assign(facts.noteRejection),
      noteHangUp: timed(facts.noteHangUp),
      forgetClose: assign(facts.forgetClose),
      planRetry: drawn(facts.planRetry),
      planDrained: timed(facts.planDrained),
      hurryRetry: drawn(facts.hurryRetry),
      planResume: drawn(facts.planResume),
      restartWait: timed(facts.restartWait),
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
      planProof: awake(facts.planProof),
      planProbe: awake(facts.planProbe),
      extendProbe: awake(facts.extendProbe),
      planDrain: awake(facts.planDrain),
      planClose: awake(facts.planClose),
      keepDrainHint: drawn(facts.keepDrainHint),
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
