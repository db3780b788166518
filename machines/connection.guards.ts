/** The chart's questions. Each is a pure function of the facts and the event. */
import { countedAttempts, hintOf } from './connection.facts.ts';
import type { Now, Stamp } from './connection.types.ts';

/** Most probes in a row that a late timer of our own may repeat before silence counts. */
const MAX_REPROBES = 2;

/** A server that says when to come back means it: such a retry does not count, where there are any at all. */
export const canRetry = ({ context, event }: Now): boolean => {
  const { isReconnecting, maxAttempts } = context.settings;
  if (!isReconnecting) return false;
  if (context.isUncounted || maxAttempts === null) return true;
  return countedAttempts(context) < maxAttempts || (hintOf(event) !== undefined && maxAttempts > 0);
};

/** What was interrupted goes on at once: no hint of a server stands against it. */
export const isResumedNow = ({ context }: Now): boolean => context.reason === 'resumed' && context.retryDelayMs === 0;

export const isCurrentAttempt = ({ context, event }: Now): boolean =>
  (event.type === 'transport.resolved' || event.type === 'transport.rejected') && event.token === context.token;

export const isWithoutWebSocket = (now: Now): boolean =>
  isCurrentAttempt(now) && now.event.type === 'transport.rejected' && now.event.code === 'no-websocket';

export const canRetryRejected = (now: Now): boolean => isCurrentAttempt(now) && canRetry(now);

export const isRestored = ({ event }: Now): boolean => event.type === 'transport.started' && event.restored === true;

export const hasGreeting = ({ event }: Now): boolean => event.type === 'socket.opened' && event.greets;

export const isHeartbeatOn = ({ context }: Pick<Now, 'context'>): boolean => context.heartbeat !== 'off';

export const mustProve = (now: Now): boolean => {
  const { settings, hasLoss, isProvable } = now.context;
  const canAsk = now.event.type === 'socket.opened' ? now.event.heartbeat !== false : isHeartbeatOn(now);
  return hasLoss && (isProvable || settings.isAnswerRequired) && canAsk;
};

export const isDraining = ({ context }: Pick<Now, 'context'>): boolean => context.drainUntil !== null;

export const isPong = ({ event }: Now): boolean => event.type === 'socket.alive' && event.pong;
/** A peer that has sent pongs owes one: other frames come the way down, and prove nothing of the way up. */
export const isAnswer = (now: Now): boolean => isPong(now) || !now.context.isProvable;

/** Credentials were refused, and there is no fresh one to be had: none came the last time, or nobody provides any. */
export const isRefreshSpent = ({ context, event }: Now): boolean =>
  event.type === 'socket.closed' &&
  event.verdict === 'refresh' &&
  context.settings.isReconnecting &&
  (context.isRefreshed || !context.settings.canRefresh);

/** In transport mode every loss is one and the same end. */
export const isFatal = ({ context, event }: Now): boolean =>
  event.type === 'socket.closed' && event.verdict === 'fail' && context.settings.isReconnecting;

/** Silence would count, but our own timer was late: the pong may be waiting behind it. */
export const isLateProbe = ({ context, event }: Now): boolean =>
  (event as Stamp).isLate === true && context.reprobes < MAX_REPROBES;

/** What was handed over before the ping, or has come since, explains why its pong is not here yet. */
export const isExcused = ({ event }: Now): boolean => ((event as Stamp).excusedMs ?? 0) > 0;

/** Times a peer that never sent a pong, only frames, may be left for its silence: they may have come by chance. */
const MAX_SILENCES = 2;

/** Frames make a peer one that answers, but only on the socket on which they came, and not for ever. */
const isSilenceDeadly = ({ context }: Now): boolean => {
  const { settings, heartbeat, isProvable, hasSpoken, silences } = context;
  const isBelieved = isProvable || (hasSpoken && silences < MAX_SILENCES);
  return settings.isAnswerRequired || (heartbeat === 'answered' && isBelieved);
};
export const isDeadWithRetry = (now: Now): boolean => isSilenceDeadly(now) && canRetry(now);
export const isDead = (now: Now): boolean => isSilenceDeadly(now);

/** The second fresh socket in a row that opened and gave no pong: this peer does not answer pings, whatever it did before. */
export const isSilentAgain = ({ context }: Now): boolean =>
  !context.settings.isAnswerRequired && context.silentProofs >= 1;

/** The hub closed as it had announced: what is left of its delay is waited for. */
export const isDrained = ({ context, event }: Now): boolean =>
  isDraining({ context }) &&
  event.type === 'socket.closed' &&
  event.verdict === 'retry' &&
  context.settings.isReconnecting;

/** It was to come back because a server asked it to, and the server has named a later moment since. */
export const isPutOff = ({ context, event }: Now): boolean =>
  context.reason === 'drained' && hintOf(event) !== undefined;

export const isOffline = ({ context }: Now): boolean => !context.isOnline;
export const canHurry = ({ context }: Now): boolean => !context.isHurried;
