import type { Connection, ConnectionSnapshot } from '../../src/index.ts';
import { topics } from '../frames.ts';
import { useConnectionState, useConnectionStatus, useTopic } from './connection.ts';
import { duration, messages } from './format.ts';
import { loadWords } from './load.ts';
import { useReading } from './reading.ts';

const NONE = '–';

const counted = ({ stats, now }: Connection) => ({ ...stats(), nowMs: now() });
const remembered = ({ context: { lastClose, settings } }: ConnectionSnapshot) => ({ lastClose, settings });

/** The figures behind the because-line. */
export function Facts() {
  const { retryAt } = useConnectionStatus();
  const { lastClose, settings } = useConnectionState(remembered);
  const { attempt, roundTripMs, outbox, sent, received, nowMs } = useReading(counted);
  const load = useTopic(topics.load);
  const rows: readonly (readonly [name: string, value: string])[] = [
    ['attempt', `${attempt} of ${settings.maxAttempts ?? '∞'}`],
    ['next try', retryAt === undefined ? NONE : `in ${duration(retryAt - nowMs)}`],
    ['round trip', roundTripMs === undefined ? NONE : duration(roundTripMs)],
    ['outbox', messages(outbox)],
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
