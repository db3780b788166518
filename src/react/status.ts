import type { ConnectionSnapshot, StateName } from '../index.ts';
import { stateOf, useSnapshot } from './connectionState.ts';
import { useConnectionOf, type ConnectionContext } from './context.ts';
import { leaseOf } from './lease.ts';

/** How a state is meant, for its colour: at rest, on the way, ready, or given up. */
export type StatusTone = 'rest' | 'pending' | 'ready' | 'failed';

/** What is said; replace any of them, for another language or another voice. */
export interface StatusLabels {
  readonly idle: string;
  readonly connecting: string;
  readonly open: string;
  readonly backoff: string;
  /** Backoff while the platform says that there is no network. */
  readonly offline: string;
  readonly closed: string;
  readonly failed: string;
  /** The button in backoff and failed. */
  readonly retry: string;
  /** Beside the text of backoff: whole seconds until the next attempt, 0 when it is due. */
  readonly countdown: (seconds: number) => string;
}

const english: StatusLabels = {
  idle: 'Not connected',
  connecting: 'Connecting',
  open: 'Live',
  backoff: 'Reconnecting',
  offline: 'Offline',
  closed: 'Disconnected',
  failed: 'Connection failed',
  retry: 'Retry now',
  countdown: (seconds) => {
    if (seconds === 0) return 'now';
    return seconds < 100 ? `in ${seconds} s` : `in ${Math.ceil(seconds / 60)} min`;
  },
};

/** The word to use: one's own, or else the English one. */
export function labelOf<K extends keyof StatusLabels>(
  labels: Partial<StatusLabels> | undefined,
  key: K,
): StatusLabels[K] {
  return labels?.[key] ?? english[key];
}

/** A connection's state, ready to be shown. */
export interface Status {
  /** One of the six states of the chart. */
  readonly state: StateName;
  /** In words, for people. */
  readonly text: string;
  /** How it is meant: `'rest'`, `'pending'`, `'ready'` or `'failed'`. */
  readonly tone: StatusTone;
  /** When the next attempt is made, while one is planned. Unit ms of `connection.now()`. */
  readonly retryAt: number | undefined;
  /** Dials at once; does nothing while connecting or open. */
  readonly retry: () => void;
}

const tones: Readonly<Record<StateName, StatusTone>> = {
  idle: 'rest',
  connecting: 'pending',
  open: 'ready',
  backoff: 'pending',
  closed: 'rest',
  failed: 'failed',
};

const select = (snapshot: ConnectionSnapshot) => ({
  state: stateOf(snapshot),
  isOffline: snapshot.matches({ backoff: 'offline' }),
  retryAt: snapshot.matches({ backoff: 'waiting' }) ? snapshot.context.retryAt : undefined,
});

/** A status without a connection behind it has no `retry`. */
export type ShownStatus = Pick<Status, 'state' | 'text' | 'tone'> & Partial<Status>;

/** What the name of a state says. */
export function namedStatus(
  state: StateName,
  retry: (() => void) | undefined,
  labels?: Partial<StatusLabels>,
): ShownStatus {
  return { state, text: labelOf(labels, state), tone: tones[state], ...(retry && { retry }) };
}

/** What a flag and an error say. */
export function toldStatus(isConnected: boolean, error: unknown, labels?: Partial<StatusLabels>): ShownStatus {
  const state = isConnected ? 'open' : 'closed';
  const trouble = isConnected ? '' : messageOf(error);
  const text = trouble === '' ? labelOf(labels, state) : trouble;
  return { state, text, tone: trouble === '' ? tones[state] : 'failed' };
}

/** Empty for what has no words to show, as the event `error` of a browser's socket. */
export function messageOf(error: unknown): string {
  const message: unknown =
    typeof error === 'string' ? error : (error as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? message.trim() : '';
}

export const statusHook = (own: ConnectionContext) =>
  function useConnectionStatus(labels?: Partial<StatusLabels>): Status {
    const connection = useConnectionOf(own);
    const { state, isOffline, retryAt } = useSnapshot(connection, select);
    const text = labelOf(labels, isOffline ? 'offline' : state);
    return { state, text, tone: tones[state], retryAt, retry: leaseOf(connection).retry };
  };
