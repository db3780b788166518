import { useSyncExternalStore } from 'react';
import { facts } from './facts.ts';

/** Why the connection is as it is, counting down where it waits. */
export function Because() {
  const { because } = useSyncExternalStore(facts.subscribe, facts.get);
  return (
    <section className="because" aria-labelledby="because">
      <h2 id="because">Because</h2>
      <p>{because}</p>
    </section>
  );
}
