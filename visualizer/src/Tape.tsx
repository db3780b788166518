import { useEffect, useRef } from 'react';
import { useConnection } from './connection.ts';
import type { LogEntry } from './log.ts';
import { TapePainter } from './tapePainter.ts';

/** The last five minutes: which state when, what was done to the connection, and how long its round trips took. */
export function Tape({ entries }: { readonly entries: readonly LogEntry[] }) {
  const connection = useConnection();
  const canvas = useRef<HTMLCanvasElement>(null);
  const newest = useRef(entries);
  useEffect(() => void (newest.current = entries), [entries]);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const painter = new TapePainter(element, connection, () => newest.current);
    return () => painter.stop();
  }, [connection]);
  return (
    <section className="tape" aria-label="The last five minutes">
      <canvas ref={canvas} aria-hidden="true" />
    </section>
  );
}
