/** How facts change: one pure function for each `assign` of the chart. */
import { backoffDelay, clampDelay, hintedDelay, jittered } from './backoff.ts';
import { isOverloadCode, OVERLOAD_FACTOR } from './closeCodes.ts';
import type {
  ChartInput,
  ChartSettings,
  ConnectionContext,
  ConnectionEvent,
  FailureCode,
  Reason,
  Trouble,
  Now,
  Stamp,
} from './connection.types.ts';

type Change = Partial<ConnectionContext>;
export type Timed = (now: Now, nowMs: number) => Change;
export type Drawn = (now: Now, nowMs: number, unit: number) => Change;

/** Durations and counts that hold where an option is left out. Units: ms, except `maxAttempts`. */
export const defaults = {
  connectTimeoutMs: 10_000,
  closeTimeoutMs: 2_000,
  drainTimeoutMs: 10_000,
  stableAfterMs: 5_000,
  pingIntervalMs: 25_000,
  pongTimeoutMs: 10_000,
  wakeTimeoutMs: 2_500,
  confirmEveryMs: 250,
  retryBaseMs: 1_000,
  retryCapMs: 30_000,
  hintCapMs: 300_000,
  maxAttempts: 30,
  jitter: 'full',
} as const;

const noProbe = { reprobes: 0, isWakeProbe: false, isHeard: false, probedAt: null, probeBy: null } as const;

export function chartSettings(input: ChartInput): ChartSettings {
  const heartbeat = typeof input.heartbeat === 'object' ? input.heartbeat : {};
  const confirm = input.confirm ?? 'none';
  const { everyMs = defaults.confirmEveryMs } = typeof confirm === 'object' ? confirm : {};
  const retry = input.retry ?? {};
  const maxAttempts = retry.maxAttempts ?? defaults.maxAttempts;
  return {
    connectTimeoutMs: input.connectTimeoutMs ?? defaults.connectTimeoutMs,
    closeTimeoutMs: input.closeTimeoutMs ?? defaults.closeTimeoutMs,
    drainTimeoutMs: input.drainTimeoutMs ?? defaults.drainTimeoutMs,
    stableAfterMs: input.stableAfterMs ?? defaults.stableAfterMs,
    pingIntervalMs: heartbeat.intervalMs ?? defaults.pingIntervalMs,
    pongTimeoutMs: heartbeat.timeoutMs ?? defaults.pongTimeoutMs,
    wakeTimeoutMs: heartbeat.wakeTimeoutMs ?? defaults.wakeTimeoutMs,
    hasHeartbeat: input.heartbeat !== false,
    isAnswerRequired: heartbeat.required ?? false,
    retryBaseMs: retry.baseMs ?? defaults.retryBaseMs,
    retryCapMs: retry.capMs ?? Math.max(defaults.retryCapMs, retry.baseMs ?? 0),
    hintCapMs: retry.hintCapMs ?? defaults.hintCapMs,
    maxAttempts: Number.isFinite(maxAttempts) ? maxAttempts : null,
    jitter: retry.jitter ?? defaults.jitter,
    isReconnecting: input.reconnect ?? true,
    canRefresh:
      input.authenticate !== undefined || typeof input.url === 'function' || typeof input.protocols === 'function',
    confirmEveryMs: confirm === 'none' ? null : everyMs,
    hasParent: input.parentRef !== undefined,
  };
}

export function initialContext(input: ChartInput): ConnectionContext {
  const settings = chartSettings(input);
  return {
    settings,
    ...fresh,
    reason: 'first',
    retryDelayMs: 0,
    retryAt: 0,
    retryNotBefore: 0,
    hintMs: null,
    isHurried: false,
    lastClose: null,
    trouble: null,
    silenceMs: 0,
    failure: null,
    heartbeat: settings.hasHeartbeat ? 'unknown' : 'off',
    pace: null,
    isProvable: false,
    hasSpoken: false,
    silences: 0,
    silentProofs: 0,
    connectBy: 0,
    ...noProbe,
    closeBy: null,
    drainUntil: null,
    token: 0,
    outbox: 'empty',
    isOnline: true,
    isHidden: false,
  };
}

const fresh = { attempt: 0, hinted: 0, isUncounted: false, hasLoss: false, isRefreshed: false } as const;

/** `fresh`: attempts, loss and refresh are forgotten. */
export const forgetAttempts = (): Change => fresh;

export const startFresh = (): Change => ({ ...fresh, reason: 'first', failure: null, trouble: null, lastClose: null });

export const startAttempt = ({ context }: Now, nowMs: number): Change => ({
  token: context.token + 1,
  connectBy: nowMs + clampDelay(context.settings.connectTimeoutMs),
  drainUntil: null,
  closeBy: null,
  hasSpoken: false,
  ...noProbe,
});

export const nameReason = (_: Now, params: { reason: Reason }): Change => ({ reason: params.reason });
export const noteTrouble = (_: Now, params: { trouble: Trouble }): Change => ({ trouble: params.trouble });
/** With how long the peer said nothing: what decides that may be another figure by the time anybody reads it. */
export const noteSilence = ({ context: { probedAt, probeBy } }: Now, params: { trouble: Trouble }): Change => ({
  ...params,
  silenceMs: (probeBy ?? 0) - (probedAt ?? 0),
});
export const fail = (_: Now, params: { code: FailureCode }): Change => ({ failure: params.code });
/** A close answers our own `disconnect()`: no trouble, only how it ended. */
export const noteHangUp = ({ context, event }: Now, nowMs: number): Change =>
  event.type === 'socket.closed' ? { lastClose: event.close, ...keepHint({ context, event }, nowMs) } : {};
export const forgetClose = (): Change => ({ lastClose: null });
export const skipCount = (): Change => ({ isUncounted: true });
export const rememberLoss = (): Change => ({ hasLoss: true });

export const noteClose = ({ context, event }: Now, nowMs: number): Change => {
  if (event.type !== 'socket.closed') return {};
  const isRefreshed = context.isRefreshed || event.verdict === 'refresh';
  const trouble = event.hasOpened === true ? 'closed' : 'refused';
  return { lastClose: event.close, trouble, isRefreshed, ...keepHint({ context, event }, nowMs) };
};

export const noteRejection = ({ event }: Now): Change => ({
  trouble: event.type === 'transport.rejected' && event.code === 'no-websocket' ? 'no-websocket' : 'provider-failed',
});

/** What a server, or `verdict`, says of when to come back, where an attempt has just ended with it. Unit ms. */
export const hintOf = (event: ConnectionEvent): number | undefined =>
  event.type === 'socket.closed' ? event.retryAfterMs : undefined;

/** However the socket's end is judged: what the server said of when to come back holds also for attempts that the application begins. */
const keepHint = ({ context, event }: Now, nowMs: number): Change => {
  const hintMs = hintOf(event);
  if (hintMs === undefined) return {};
  const until = nowMs + Math.min(hintMs, context.settings.hintCapMs);
  return { hintMs, retryNotBefore: Math.max(context.retryNotBefore, until) };
};

/** Retries that count against `maxAttempts`: those that no server asked for. */
export const countedAttempts = ({ attempt, hinted }: Pick<ConnectionContext, 'attempt' | 'hinted'>): number =>
  attempt - hinted;

/** What is left of the time in which the server wants to be left alone. Unit ms. */
const hintLeft = ({ retryNotBefore, settings }: ConnectionContext, nowMs: number): number =>
  Math.min(Math.max(0, retryNotBefore - nowMs), settings.hintCapMs);

/** Counts the attempt and draws its delay. What is left of a hint is a floor: also of an older one that the application did not wait for. */
export const planRetry = ({ context, event }: Now, nowMs: number, unit: number): Change => {
  const { settings, isUncounted } = context;
  const attempt = isUncounted ? context.attempt : context.attempt + 1;
  // The peer asked for fresh credentials, and no socket has opened with them yet.
  const isStillRefused = context.reason === 'unauthorized' && !isSocketTrouble(context.trouble);
  const isFreshlyRefreshed = event.type === 'socket.closed' && event.verdict === 'refresh';
  const isHinted = hintOf(event) !== undefined;
  const isOverloaded = event.type === 'socket.closed' && isOverloadCode(event.close.code);
  const factor = isOverloaded ? OVERLOAD_FACTOR : 1;
  const floorMs = hintLeft(context, nowMs);
  const isFree = !isHinted && floorMs === 0;
  const delayMs = isFree
    ? backoffDelay(settings, attempt, unit, factor)
    : hintedDelay(settings, attempt, unit, floorMs, factor);
  return {
    attempt,
    hinted: context.hinted + (isHinted && !isUncounted ? 1 : 0),
    isUncounted: false,
    hintMs: isFree ? null : context.hintMs,
    reason: isFreshlyRefreshed || isStillRefused ? 'unauthorized' : 'retry',
    ...wait(nowMs, delayMs),
    retryNotBefore: nowMs + (isOverloaded ? delayMs : floorMs),
  };
};

const isSocketTrouble = (trouble: Trouble | null): boolean =>
  trouble === 'closed' || trouble === 'silent' || trouble === 'unproven';

/** The hub said when to come back and then closed: what is left of its delay, and no attempt is counted. */
export const planDrained = ({ context }: Now, nowMs: number): Change => ({
  reason: 'drained',
  ...wait(nowMs, clampDelay(context.retryNotBefore - nowMs)),
});

/** Draws the wait anew from 0 … baseMs: never later than planned, never before a server's hint. */
export const hurryRetry = ({ context }: Now, nowMs: number, unit: number): Change => {
  const { settings, retryAt: planned, retryNotBefore } = context;
  const { retryBaseMs, jitter } = settings;
  const soon = nowMs + jittered(retryBaseMs, 'full', unit);
  // The earlier of two draws from the same range would crowd its front, and the end of a hint is the same for all who got it.
  const isDrawnLikewise = jitter === 'full' && planned <= nowMs + retryBaseMs;
  const isOver = planned <= nowMs;
  const isKept = !isOver && (isDrawnLikewise || soon < retryNotBefore);
  const at = isKept ? planned : isOver ? soon : Math.min(soon, planned);
  return { ...wait(nowMs, clampDelay(at - nowMs)), isHurried: true };
};

/** A restored wait begins again with the delay it had; a hint of the server keeps its distance from the start. */
export const restartWait = ({ context }: Now, nowMs: number): Change => {
  const startedAt = context.retryAt - context.retryDelayMs;
  const hintMs = Math.max(0, context.retryNotBefore - startedAt);
  return { ...wait(nowMs, context.retryDelayMs), trouble: 'restored', retryNotBefore: nowMs + hintMs };
};

/** What ran was interrupted: the next attempt is made at once, or, where the server wants none yet, when it allows one. */
export const planResume = ({ context }: Now, nowMs: number, unit: number): Change => {
  const leftMs = hintLeft(context, nowMs);
  return {
    reason: 'resumed',
    hintMs: leftMs > 0 ? context.hintMs : null,
    ...wait(nowMs, leftMs > 0 ? onTop(context.settings, leftMs, unit) : 0),
  };
};

/** The end of a hint is the same for all who got it: jitter lies on top. Unit ms. */
const onTop = ({ jitter, retryBaseMs }: ChartSettings, hintMs: number, unit: number): number =>
  clampDelay(hintMs + (jitter === 'none' ? 0 : retryBaseMs * unit));

const wait = (nowMs: number, delayMs: number) => ({
  retryDelayMs: delayMs,
  retryAt: nowMs + delayMs,
  isHurried: false,
});

/** What an attempt ended with, where that has a code of its own. */
export const isNamed = (trouble: Trouble | null): trouble is Trouble & FailureCode =>
  trouble === 'connect-timeout' ||
  trouble === 'provider-failed' ||
  trouble === 'greet-failed' ||
  trouble === 'no-websocket';

/** Transport mode: the one failure is named for what it was. */
export const giveUp = ({ context: { settings, trouble } }: Now): Change => ({
  failure: settings.isReconnecting ? 'attempts-exhausted' : isNamed(trouble) ? trouble : 'closed',
});

export const noteOpened = ({ context, event }: Now): Change => {
  if (event.type !== 'socket.opened') return {};
  const { heartbeat } = context;
  return {
    isUncounted: false,
    // The server has taken us, whatever it said before.
    retryNotBefore: 0,
    hintMs: null,
    heartbeat: event.heartbeat === false ? 'off' : heartbeat === 'off' ? 'unknown' : heartbeat,
    pace: typeof event.heartbeat === 'object' ? event.heartbeat : null,
  };
};

/** Between an answer and the next ping. Unit ms. */
export const pingInterval = ({ heartbeat, pace, settings }: ConnectionContext): number =>
  clampDelay(heartbeat === 'off' ? Infinity : (pace?.intervalMs ?? settings.pingIntervalMs));

/** Silence after a ping that counts as death, where nothing lies in front of its pong. Unit ms. */
export const pongTimeout = ({ isWakeProbe, pace, settings }: ConnectionContext): number =>
  clampDelay(isWakeProbe ? settings.wakeTimeoutMs : (pace?.timeoutMs ?? settings.pongTimeoutMs));

/** While a peer talks, the pong that it owes may take so many times as long. */
const OVERDUE_FACTOR = 3;

/** The same as the data plane has to judge it by: longer while the peer talks on. Unit ms. */
export const patience = (context: ConnectionContext): number =>
  pongTimeout(context) * (context.isHeard ? OVERDUE_FACTOR : 1);

export const markAnswered = ({ context, event }: Now): Change => ({
  heartbeat: 'answered',
  hasSpoken: true,
  ...noProbe,
  isProvable: context.isProvable || (event.type === 'socket.alive' && event.pong),
});

export const markUnanswered = (): Change => ({
  heartbeat: 'unanswered',
  isProvable: false,
  silentProofs: 0,
  ...noProbe,
});

/** People no longer wait for a sign of life: here is one. */
export const markHeard = (): Change => ({ isHeard: true, isWakeProbe: false });
export const markProven = (): Change => ({ hasLoss: false, silentProofs: 0 });
export const countSilence = ({ context }: Now): Change => ({
  silences: context.silences + (context.isProvable ? 0 : 1),
});
export const countSilentProof = ({ context }: Now): Change => ({ silentProofs: context.silentProofs + 1 });
export const countReprobe = ({ context }: Now): Change => ({ reprobes: context.reprobes + 1, probeBy: null });
export const markWakeProbe = (): Change => ({ isWakeProbe: true, isHeard: false });

/** A wake-up may bring the end of a probe nearer, and never puts it off: else one after the other would keep a dead peer. */
export const planProbe = ({ context }: Now, nowMs: number): Change => ({
  probedAt: context.probedAt ?? nowMs,
  probeBy: Math.min(context.probeBy ?? Infinity, nowMs + pongTimeout(context)),
});

/** For as long as the silence is excused. */
export const extendProbe = ({ event }: Now, nowMs: number): Change => ({
  probeBy: nowMs + ((event as Stamp).excusedMs ?? 0),
});

/** A proof ends before its attempt does: else a slow handshake would leave it no end of its own, and nothing to learn from. */
export const planProof = ({ context }: Now, nowMs: number): Change => ({
  probedAt: context.probedAt ?? nowMs,
  probeBy: Math.min(nowMs + clampDelay(context.settings.wakeTimeoutMs), Math.max(context.connectBy, nowMs + 2) - 1),
});

/** A socket is closed once: whoever joins the wait for its end may shorten it, and does not prolong it. */
const closing = ({ closeBy }: ConnectionContext, nowMs: number, delayMs: number): Change => ({
  closeBy: Math.min(closeBy ?? Infinity, nowMs + clampDelay(delayMs)),
});

/**
 * The close frame goes out behind all that was handed over, and the peer's answer shows that it has read that. While a ping
 * is out nobody is waited for longer than its pong: a dead peer answers neither.
 */
export const planDrain = ({ context, event }: Now, nowMs: number): Change => {
  const { excusedMs } = event as Stamp;
  return closing(
    context,
    nowMs,
    Math.min(context.isProvable ? (excusedMs ?? Infinity) : Infinity, context.settings.drainTimeoutMs),
  );
};

/** The socket closes by itself. */
export const planClose = ({ context }: Now, nowMs: number): Change =>
  closing(context, nowMs, context.settings.closeTimeoutMs);

/**
 * Where the bound shortens the delay, the hub's spread is cut off with it: a new one is drawn. A hub that drains socket after
 * socket is left alone for longer each time, as one that closes them is.
 */
export const keepDrainHint = ({ context, event }: Now, nowMs: number, unit: number): Change => {
  if (event.type !== 'hub.draining') return {};
  const { settings, attempt, hinted, drainUntil } = context;
  const { hintCapMs, jitter } = settings;
  const { retryAfterMs: hintMs } = event;
  const delayMs =
    hintMs > hintCapMs
      ? jittered(hintCapMs, jitter === 'none' ? 'none' : 'equal', unit)
      : Math.max(hintMs, attempt > 0 ? backoffDelay(settings, attempt, unit) : 0);
  const until = nowMs + delayMs;
  const isFirst = drainUntil === null ? 1 : 0;
  return {
    attempt: attempt + isFirst,
    hinted: hinted + isFirst,
    hintMs,
    drainUntil: until,
    ...wait(nowMs, delayMs),
    retryNotBefore: until,
  };
};

export const markOnline = (): Change => ({ isOnline: true });
export const markOffline = (): Change => ({ isOnline: false });
export const markHidden = (): Change => ({ isHidden: true });
export const markVisible = (): Change => ({ isHidden: false });

export const noteOutbox = ({ event }: Now): Change => (event.type === 'outbox.changed' ? { outbox: event.level } : {});
export const emptyOutbox = (): Change => ({ outbox: 'empty' });

/** The cap, or somewhat less: a crowd that is told it is offline must not try again in the same moment. Never before a server's hint. Unit ms. */
export const offlineRetryDelay = ({ context }: Pick<Now, 'context'>, nowMs: number, unit: number): number => {
  const { retryCapMs, jitter } = context.settings;
  const leftMs = hintLeft(context, nowMs);
  const delayMs = clampDelay(jittered(retryCapMs, jitter === 'none' ? 'none' : 'equal', unit));
  return leftMs > 0 ? Math.max(delayMs, onTop(context.settings, leftMs, unit)) : delayMs;
};
