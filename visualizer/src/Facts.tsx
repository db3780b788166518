import type { Connection, ConnectionSnapshot } from '../../src/index.ts';
import { topics } from '../frames.ts';
import { useConnectionState, useConnectionStatus, useTopic } from './connection.ts';
import type { Counting } from './counting.ts';
import { duration, heldWords, messages } from './format.ts';
import { loadWords } from './load.ts';
import { useHeld, useReading } from './reading.ts';

const NONE = '–';

const counted = ({ stats, now }: Connection) => ({ ...stats(), nowMs: now() });
const remembered = ({ context: { lastClose, settings, hinted } }: ConnectionSnapshot) => ({
  lastClose,
  settings,
  hinted,
});

/** The figures behind the because-line. */
export function Facts({ read }: { readonly read: () => Counting }) {
  const { retryAt } = useConnectionStatus();
  const { lastClose, settings, hinted } = useConnectionState(remembered);
  const { attempt, roundTripMs, sent, received, nowMs } = useReading(counted);
  const held = useHeld(read);
  const load = useTopic(topics.load);
  const rows: readonly (readonly [name: string, value: string])[] = [
    ['attempt', `${attempt - hinted} of ${settings.maxAttempts ?? '∞'}`],
    ['next try', retryAt === undefined ? NONE : `in ${duration(retryAt - nowMs)}`],
    ['round trip', roundTripMs === undefined ? NONE : duration(roundTripMs)],
    ['outbox', heldWords(held)],
    ['sent', messages(sent)],
    ['received', messages(received)],
    ['machine', load === undefined ? NONE : loadWords(load)],
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
