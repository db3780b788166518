import { useEffect, useRef, type CSSProperties } from 'react';
import type { Connection } from '../../src/index.ts';
import { STOPS } from '../drawing/connectionDrawing.ts';
import { useConnection } from './connection.ts';
import type { Counting } from './counting.ts';
import { messages, perSecond } from './format.ts';
import { useReading, useReceivedRate } from './reading.ts';
import { WirePainter } from './wirePainter.ts';

/** More messages a second are not told apart: the dots are a sample of them, and their number stands beside. */
const COUNTABLE = 60;

const outboxOf = ({ stats }: Connection) => stats().outbox;

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
  const { sent, settled, byHand } = useReading(read);
  const outbox = useReading(outboxOf);
  const received = useReceivedRate();
  const held = isUp ? outbox.messages : outbox.messages + sent - settled;
  return (
    <section className="wire" aria-label="Wire" data-gate={isUp ? 'up' : 'down'}>
      <canvas ref={canvas} aria-hidden="true" />
      <ol>
        {Object.entries(STOPS).map(([name, at]) => (
          <li key={name} style={{ '--at': at } as CSSProperties}>
            {name}
            {name === 'gate' && <b>{isUp ? 'up' : 'down'}</b>}
            {name === 'outbox' && <b>{held === 0 ? 'empty' : `${held} held`}</b>}
          </li>
        ))}
      </ol>
      {received > COUNTABLE && <p className="inflow">◂ {perSecond(received)}</p>}
      <p className="hook-held">
        {byHand.state === 'open' ? '' : `${byHand.held} of at most 100 in its array`}
        {outbox.messages > 0 && <span> · outbox {messages(outbox)}</span>}
      </p>
    </section>
  );
}
