import { useSyncExternalStore } from 'react';
import type { ConnectionSnapshot } from '../../src/index.ts';
import { facts } from './facts.ts';
import { duration, messages } from './format.ts';

const NONE = '–';

/** The figures behind the because-line. */
export function Facts({ snapshot }: { readonly snapshot: ConnectionSnapshot }) {
  const { stats, nowMs } = useSyncExternalStore(facts.subscribe, facts.get);
  const { attempt, retryAt, lastClose, settings } = snapshot.context;
  const isWaiting = snapshot.matches({ backoff: 'waiting' });
  const rows: readonly (readonly [name: string, value: string])[] = [
    ['attempt', `${attempt} of ${settings.maxAttempts ?? '∞'}`],
    ['next try', isWaiting ? `in ${duration(retryAt - nowMs)}` : NONE],
    ['round trip', stats.roundTripMs === undefined ? NONE : duration(stats.roundTripMs)],
    ['outbox', messages(stats.outbox)],
    ['sent', messages(stats.sent)],
    ['received', messages(stats.received)],
    ['last close', lastClose === null ? NONE : `${lastClose.code} ${lastClose.reason}`],
  ];
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
