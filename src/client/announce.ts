import { countedAttempts, isNamed } from '../../machines/connection.facts.ts';
import type { Close, ConnectionContext } from '../../machines/connection.types.ts';
import { ENDLESS, explain, pathOf, stateOf, troubleOf, type Situation } from './because.ts';
import { ConnectionError, isConnectionError, type ErrorCode } from './errors.ts';
import { abnormalClose } from './socket.ts';
import { PINGS } from './pings.ts';
import type { Wire } from './wire.ts';

/** A loss so soon after the first ping that the ping is the likely reason. Unit ms. */
const SUSPICIOUS_MS = 1_000;

interface AnyEvent {
  readonly type: string;
}

/** The name by which people know an event: that of the delay, for a timer. */
export function eventName({ type }: AnyEvent): string {
  return /^xstate\.after\.([^.]+)\./u.exec(type)?.[1] ?? type;
}

/** Tells what a step of the chart means, in the one vocabulary of events. */
export function announce(wire: Wire, before: Situation, event: AnyEvent, after: Situation): void {
  const now = wire.now();
  const [from, to] = [stateOf(before.value), stateOf(after.value)];
  const because = explain(after, now);
  if (from !== to) {
    wire.chronicle.since = now;
    if (to === 'failed') wire.failure = failureOf(wire, after);
    if (to === 'open') wire.chronicle.countOpen();
    const error = to === 'failed' ? wire.failure : to === 'backoff' ? lossOf(wire, after) : undefined;
    wire.news.tell('state', { state: to, previous: from, since: now, because, ...(error && { error }) });
  }
  if (from === 'open' && to !== 'open' && to !== 'closed') tellLoss(wire, event, because);
  if (to === 'open' && from !== 'open') tellOpened(wire, after);
  const isOurs = from !== 'open' && before.context.closeBy !== null;
  if (event.type === 'socket.closed' && !isOurs && to !== 'closed' && !before.context.isProvable) warnOfPing(wire);
  tellPlan(wire, before, after, because);
  if (to === 'backoff' && from !== 'backoff') warnOfFailures(wire, before.context, after.context);
  if (pathOf(after.value) === 'closed.done' && pathOf(before.value) !== 'closed.done') {
    wire.news.tell('closed', { close: after.context.lastClose ?? undefined });
  }
  if (to === 'failed' && from !== 'failed' && wire.failure !== undefined)
    wire.news.tell('failed', { error: wire.failure });
  if (before.context.outbox !== after.context.outbox) {
    const { messages, bytes } = wire.sender.held;
    wire.news.tell('outbox', { level: after.context.outbox, messages, bytes });
  }
  if (before.context.heartbeat !== 'unanswered' && after.context.heartbeat === 'unanswered') tellUnanswered(wire);
}

function tellLoss(wire: Wire, event: AnyEvent, because: string): void {
  const close = 'close' in event ? (event.close as Close) : abnormalClose;
  wire.news.tell('lost', { close, because });
}

/** Pings of the protocol are known to every peer; those of an application may not be. */
function warnOfPing(wire: Wire): void {
  const sincePing = wire.awake() - wire.transport.firstPingAt;
  if (sincePing >= SUSPICIOUS_MS || typeof wire.options.heartbeat !== 'object') return;
  wire.news.warn(
    'closed-after-ping',
    'the peer closed right after our first ping, which it may not know. Set heartbeat.ping to one it knows, or heartbeat: false',
  );
}

function tellOpened(wire: Wire, { context }: Situation): void {
  wire.news.tell('opened', { attempt: context.attempt, protocol: wire.sender.gate.socket?.protocol ?? '' });
  if (context.heartbeat === 'off' && (wire.options.heartbeat ?? 'auto') === 'auto') {
    wire.news.warn(
      'heartbeat-off',
      `this peer cannot be pinged, so a dead link is noticed only when the platform notices. ${PINGS}, or heartbeat: false`,
    );
  }
}

function tellPlan(wire: Wire, before: Situation, after: Situation, because: string): void {
  if (pathOf(after.value) !== 'backoff.waiting') return;
  const { attempt, retryDelayMs, retryAt } = after.context;
  const isNew = pathOf(before.value) !== 'backoff.waiting' || before.context.retryAt !== retryAt;
  if (isNew) wire.news.tell('retrying', { attempt, delayMs: retryDelayMs, at: retryAt, because });
}

/** What goes wrong again and again is told before it is the end. */
function warnOfFailures({ news }: Wire, before: ConnectionContext, after: ConnectionContext): void {
  const { lastClose, settings, trouble } = after;
  const { maxAttempts } = settings;
  const half = Math.ceil((maxAttempts ?? Infinity) / 2);
  const counted = countedAttempts(after);
  const why = troubleOf(after);
  if (counted > half && countedAttempts(before) <= half) {
    const message = `attempt ${counted} of ${maxAttempts} is next, because ${why}; after the last one it is failed (${ENDLESS})`;
    news.tell('warned', { code: 'still-down', message });
  }
  // A status that blames the client, RFC 9110 §15.5, and has no close code of its own, as 401, 403 and 429 have.
  const isAgain = trouble === 'refused' && before.trouble === trouble && before.lastClose?.reason === lastClose?.reason;
  if (isAgain && lastClose?.code === 1006 && lastClose.reason.startsWith('HTTP 4'))
    news.warn('upgrade-refused', `${why}, twice in a row: is the address right? To give up, let verdict return 'fail'`);
}

function tellUnanswered(wire: Wire): void {
  wire.sender.noteUnanswered();
  wire.news.tell('heartbeat', { answered: false });
  wire.news.warn(
    'ping-unanswered',
    `this peer answers no ping, so its silence is not taken for death. ${PINGS}, or heartbeat.required: true to insist, or heartbeat: false`,
  );
}

/** Why the connection gave up, as an error. */
export function failureOf(wire: Wire, situation: Situation): ConnectionError {
  const { failure } = situation.context;
  const { lastError } = wire.transport;
  if (failure === 'no-websocket' && lastError instanceof ConnectionError) return lastError;
  return errorOf(wire, situation, failure ?? 'closed', explain(situation, wire.now()));
}

/** Why the connection has to be made anew, as an error. */
function lossOf(wire: Wire, situation: Situation): ConnectionError | undefined {
  const { trouble } = situation.context;
  // The connection has let go by itself, and nothing is wrong.
  if (trouble === null || trouble === 'page-left' || trouble === 'drained' || trouble === 'restored') return undefined;
  return errorOf(wire, situation, isNamed(trouble) ? trouble : 'closed', troubleOf(situation.context));
}

function errorOf(wire: Wire, { context }: Situation, code: ErrorCode, message: string): ConnectionError {
  const { trouble } = context;
  // An older close explains nothing where this attempt ended otherwise.
  const lastClose = trouble === 'closed' || trouble === 'refused' ? context.lastClose : null;
  const { lastError } = wire.transport;
  const isAboutClose = code === 'closed' || code === 'fatal-close' || code === 'unauthorized';
  const beneath = isConnectionError(lastError) && lastError.code === code ? lastError.cause : lastError;
  const cause = isAboutClose ? (lastClose ?? beneath) : (beneath ?? lastClose ?? undefined);
  return new ConnectionError(code, message, cause === undefined ? {} : { cause });
}
