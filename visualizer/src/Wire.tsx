import { useEffect, useRef, type CSSProperties } from 'react';
import { STOPS } from '../drawing/connectionDrawing.ts';
import { useConnection } from './connection.ts';
import type { Counting } from './counting.ts';
import { heldWords, perSecond } from './format.ts';
import { useHeld, useReading, useReceivedRate } from './reading.ts';
import { WirePainter } from './wirePainter.ts';

/** More messages a second are not told apart: the dots are a sample of them, and their number stands beside. */
const COUNTABLE = 60;

/** The way of a message, below the states: app, outbox, gate, socket, peer. What `open` holds up is the gate. */
export function Wire({ read }: { readonly read: () => Counting }) {
  const connection = useConnection();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const painter = new WirePainter(element, connection, read);
    return () => painter.stop();
  }, [connection, read]);
  const isUp = useReading(({ isConnected }) => isConnected);
  const { byHand } = useReading(read);
  const held = useHeld(read);
  const received = useReceivedRate();
  return (
    <section className="wire" aria-label="Wire" data-gate={isUp ? 'up' : 'down'}>
      <canvas ref={canvas} aria-hidden="true" />
      <ol>
        {Object.entries(STOPS).map(([name, at]) => (
          <li key={name} style={{ '--at': at } as CSSProperties}>
            {name} {name === 'gate' && <b>{isUp ? 'up' : 'down'}</b>}
            {name === 'outbox' && <b>{heldWords(held)}</b>}
          </li>
        ))}
      </ol>
      {received > COUNTABLE && <p className="inflow">◂ {perSecond(received)}</p>}
      <p className="hook-held">{byHand.state === 'open' ? '' : `${byHand.held} of at most 100 in its array`}</p>
    </section>
  );
}
