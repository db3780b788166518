import { countedAttempts, offlineRetryDelay } from '../../machines/connection.facts.ts';
import type { ChartSettings, ConnectionContext, Reason, StateName, Trouble } from '../../machines/connection.types.ts';

/** What the sentences are made from: where the chart is, and its facts. */
export interface Situation {
  readonly value: unknown;
  readonly context: ConnectionContext;
}

/** `open` of `{ open: 'quiet' }`. */
export function stateOf(value: unknown): StateName {
  return (typeof value === 'string' ? value : Object.keys(value as object)[0]) as StateName;
}

/** `open.quiet` of `{ open: 'quiet' }`. */
export function pathOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return Object.entries(value as object)
    .map(([state, inner]) => `${state}.${pathOf(inner)}`)
    .join();
}

/** Why the connection is as it is, in a sentence. */
export function explain({ value, context }: Situation, nowMs: number): string {
  switch (pathOf(value)) {
    case 'backoff.waiting':
      return `${waiting(context, nowMs)}, because ${troubleOf(context)}${asked(context)}`;
    case 'backoff.offline':
      return `the network is offline; a try follows within ${seconds(offlineRetryDelay({ context }, nowMs, 1))} all the same${asked(context)}`;
    case 'backoff.suspended':
      return 'the page has been left; it goes on when the page comes back';
    case 'connecting.closing':
      return `${dialling(context)}; the old socket has to close first`;
    case 'connecting.proving':
      return `${dialling(context)}; the new socket has to answer a ping first`;
    case 'open.closing':
      return 'the socket is closing; sends are held until its end is known';
    case 'closed.closing':
      return 'disconnect() was called; the closing handshake runs';
  }
  switch (stateOf(value)) {
    case 'idle':
      return 'connect() has not been called yet';
    case 'connecting':
      return dialling(context);
    case 'open':
      if (context.drainUntil !== null)
        return `the server is about to close and said when to come back${asked(context)}`;
      return `the peer accepted the connection${isCounted(context) ? ` at ${attemptOf(context)}` : ''}`;
    case 'closed':
      return 'disconnect() was called';
    case 'failed':
      return `${givingUp(context)}; connect() starts anew`;
    case 'backoff':
      return troubleOf(context);
  }
}

const reasons: Readonly<Record<Exclude<Reason, 'retry'>, string>> = {
  first: 'connect() was called',
  unauthorized: 'the peer asked for fresh credentials',
  reconnect: 'reconnect() was called',
  resumed: 'what ran before was interrupted',
  drained: 'the server asked to come back',
};

function dialling(context: ConnectionContext): string {
  if (context.reason !== 'retry') return reasons[context.reason];
  return `${isCounted(context) ? attemptOf(context) : 'another attempt'}, because ${troubleOf(context)}`;
}

/** What keeps a service from dying of it. */
export const ENDLESS = 'retry.maxAttempts: Infinity never gives up';

/** Whether the present attempt is one of `maxAttempts`: not where a server asked for it, nor where none has failed. */
function isCounted(context: ConnectionContext): boolean {
  return context.hintMs === null && countedAttempts(context) > 0;
}

function attemptOf(context: ConnectionContext): string {
  return `attempt ${countedAttempts(context)} of ${context.settings.maxAttempts ?? 'any number'}`;
}

function waiting(context: ConnectionContext, nowMs: number): string {
  const when = seconds(context.retryAt - nowMs);
  return isCounted(context) ? `${attemptOf(context)}, next in ${when}` : `next attempt in ${when}`;
}

/** What the server asked for, where that is more than it is given. */
function asked({ hintMs, settings: { hintCapMs } }: ConnectionContext): string {
  if (hintMs === null || hintMs <= hintCapMs) return '';
  return `; the server asked for ${seconds(hintMs)}, more than retry.hintCapMs`;
}

function givingUp(context: ConnectionContext): string {
  const { failure, settings } = context;
  switch (failure) {
    case 'attempts-exhausted':
      return `gave up after ${retries(settings.maxAttempts ?? context.attempt)}, because ${troubleOf(context)} (${ENDLESS})`;
    case 'fatal-close':
      return `gave up: a retry would end the same way, because ${troubleOf(context)}`;
    case 'unauthorized':
      return `gave up: the credentials were refused (${troubleOf(context)})`;
    default:
      return `gave up, because ${troubleOf(context)}`;
  }
}

function retries(count: number): string {
  return count === 1 ? '1 retry' : `${count} retries`;
}

const troubles: Readonly<Record<Trouble, (context: ConnectionContext, settings: ChartSettings) => string>> = {
  closed: ({ lastClose }) => closedWords(lastClose),
  refused: ({ lastClose }) => refusedWords(lastClose),
  'connect-timeout': (_, { connectTimeoutMs }) => `the connection was not open within ${seconds(connectTimeoutMs)}`,
  'provider-failed': () => 'a provider of credential, url or protocols failed',
  'greet-failed': () => 'the greeting was refused',
  'no-websocket': () => 'this platform has no WebSocket',
  unproven: ({ silenceMs }) => `the new socket answered no ping within ${seconds(silenceMs)}`,
  silent: ({ silenceMs }) => `nothing answered a ping for ${seconds(silenceMs)}`,
  'half-closed': (_, { closeTimeoutMs }) =>
    `the peer began to close and did not finish within ${seconds(closeTimeoutMs)}`,
  'page-left': () => 'the page was left',
  drained: () => 'the server asked to come back',
  restored: () => 'it was restored from a snapshot',
};

/** What stood in the way, as a clause. */
export function troubleOf(context: ConnectionContext): string {
  return context.trouble === null ? 'there is no connection' : troubles[context.trouble](context, context.settings);
}

type LastClose = ConnectionContext['lastClose'];

/** Of a socket that had been open. Nobody sends 1005 or 1006: they stand for what was not said. RFC 6455 §7.4.1. */
function closedWords(close: LastClose): string {
  if (close?.code === 1005) return 'the peer closed without a code (1005)';
  if (close === null || close.code !== 1006) return `the peer closed with ${closeWords(close)}`;
  return `the line broke without a close frame (${close.reason === '' ? 1006 : close.reason})`;
}

/** Of one that never opened. */
function refusedWords(close: LastClose): string {
  if (close?.reason.startsWith('HTTP ') === true) return `the server refused the upgrade with ${close.reason}`;
  if (close?.code !== 1006) return `the socket closed before it opened (${closeWords(close)})`;
  return `the connection could not be made (${close.reason === '' ? 1006 : close.reason})`;
}

function closeWords(close: LastClose): string {
  if (close === null) return 'no code';
  return close.reason === '' ? String(close.code) : `${close.code} "${close.reason}"`;
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.max(0, Math.round(ms))} ms` : `${Number((ms / 1000).toFixed(1))} s`;
}
