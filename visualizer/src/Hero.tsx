import type { Tally } from '../frames.ts';
import { useTallies, type Counting } from './counting.ts';
import { useReading } from './reading.ts';

const figures = new Intl.NumberFormat('en');

/** What was sent, and what the server counted: over the connection that is shown, and over the one that everybody writes. */
export function Hero({ read }: { readonly read: () => Counting }) {
  const { ours, byHand } = useTallies();
  useReading(read);
  // Read now: what has arrived was sent before.
  const { sent, byHand: hook } = read();
  return (
    <section className="hero" aria-label="What arrives">
      <p className="ours">
        <Figures sent={sent} tally={ours} />
      </p>
      <p className="by-hand">
        <span className="name">the hand-written hook</span>
        <span className="hook-state">{hook.state}</span>
        <Figures sent={sent} tally={byHand} />
      </p>
    </section>
  );
}

function Figures({ sent, tally: { arrived, lost, twice } }: { readonly sent: number; readonly tally: Tally }) {
  return (
    <>
      <Figure name="sent" count={sent} />
      <Figure name="arrived" count={arrived} />
      <Figure name="lost" count={lost} />
      <Figure name="twice" count={twice} />
    </>
  );
}

function Figure({ name, count }: { readonly name: string; readonly count: number }) {
  return (
    <span className="figure" data-figure={name} data-count={count}>
      {name} <b>{figures.format(count)}</b>
    </span>
  );
}
