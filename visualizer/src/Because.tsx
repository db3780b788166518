import type { Connection } from '../../src/index.ts';
import { useReading } from './reading.ts';

const explanation = ({ explain }: Connection): string => explain();

/** Why the connection is as it is, counting down where it waits. */
export function Because() {
  return (
    <section className="because" aria-labelledby="because">
      <h2 id="because">Because</h2>
      <p>{useReading(explanation)}</p>
    </section>
  );
}
