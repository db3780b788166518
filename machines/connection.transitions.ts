/** Transitions that stand in more than one state of the chart: names only, as in the chart itself. */
import type { Reason } from './connection.types.ts';

/** A retry where one is left, else the end. The same everywhere an attempt can fail. */
export const retryOrFail = <const A extends readonly (string | object)[]>(...notes: A) =>
  [
    { guard: 'canRetry', target: '#connection.backoff', actions: [...notes, 'planRetry'] },
    { target: '#connection.failed', actions: [...notes, 'giveUp'] },
  ] as const;

/** An attempt takes so long at most, whichever of its states it is in. */
export const attemptTimeout = {
  connectTimeout: retryOrFail({ type: 'noteTrouble', params: { trouble: 'connect-timeout' } }),
} as const;

/** A socket that had opened is gone: 4401 asks for fresh credentials once, a fatal code ends it, all else is worth a retry. */
export const onLoss = [
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

export const mustProve = {
  guard: 'mustProve',
  target: '#connection.connecting.proving',
  description: 'After a loss, if this peer answers pings: its pong first, then the outbox.',
} as const;
/** The outbox tells its level and when it wants to be looked at again. */
export const outboxFacts = {
  'outbox.changed': { actions: ['noteOutbox', 'planOutboxDue', 'planConfirmDue'] },
  'outbox.due': { actions: 'expireOutbox' },
} as const;

export const worldFacts = {
  'network.online': { actions: 'markOnline' },
  'network.offline': { actions: 'markOffline' },
  'page.hidden': { actions: 'markHidden' },
  'page.resumed': { actions: 'markVisible' },
} as const;

/** A sign that the world moved on while nobody watched: ask the peer at once, with the shorter deadline. */
export const wakeProbe = <const A extends string>(...marks: A[]) =>
  ({
    target: '#connection.open.probing',
    reenter: true,
    actions: [...marks, 'markWakeProbe'],
  }) as const;
export const wakeProbeIfOn = <const A extends string>(mark: A) =>
  [{ guard: 'isHeartbeatOn', ...wakeProbe(mark) }, { actions: mark }] as const;

export const hurry = <const A extends string>(mark: A) =>
  [
    { guard: 'canHurry', target: '#connection.backoff.waiting', reenter: true, actions: [mark, 'hurryRetry'] },
    { actions: mark },
  ] as const;

export const redial = <const R extends Reason>(reason: R) =>
  ({
    target: '#connection.connecting',
    reenter: true,
    actions: [{ type: 'nameReason', params: { reason } }],
  }) as const;

/** A socket that is open is closed before another is dialled: that shows that the peer has read what it was sent. */
export const closeAndDial = <const A extends readonly (string | object)[]>(...notes: A) =>
  ({ target: '#connection.connecting.closing', actions: [...notes, 'planDrain'] }) as const;
/** What ran was interrupted. */
export const resume = {
  target: '#connection.backoff.waiting',
  actions: ['planResume', 'watchEnvironment'],
  description: 'At once and uncounted, or when the server wants us back.',
} as const;

export const dialFresh = { target: '#connection.connecting', actions: 'startFresh' } as const;
