import { useSyncExternalStore } from 'react';
import { facts } from './facts.ts';
import { duration } from './format.ts';

/** Name, address, state and how long it has been so. */
export function TopBar() {
  const { stats, nowMs } = useSyncExternalStore(facts.subscribe, facts.get);
  return (
    <header>
      <h1>socketchart</h1>
      <span className="address">ws://{location.host}/traffic</span>
      <p className="state" data-state={stats.state}>
        <span className="lamp" aria-hidden="true" />
        <strong role="status">{stats.state}</strong>
        <span className="since">{stats.since === 0 ? '' : `for ${duration(nowMs - stats.since)}`}</span>
      </p>
    </header>
  );
}
