import type { Connection } from '../../src/index.ts';
import { ConnectionStatus, wireUrl } from './connection.ts';
import { duration } from './format.ts';
import { useReading } from './reading.ts';

const age = ({ stats, now }: Connection): string => {
  const { since } = stats();
  return since === 0 ? '' : `for ${duration(now() - since)}`;
};

/** Name, address, state and how long it has been so. */
export function TopBar() {
  return (
    <header>
      <h1>socketchart</h1>
      <span className="address">{wireUrl.slice(0, 32)}…</span>
      <ConnectionStatus />
      <span className="since">{useReading(age)}</span>
    </header>
  );
}
