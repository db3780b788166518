import { useEffect, useRef, useState } from 'react';
import { useConnection } from './connection.ts';
import type { LogEntry } from './log.ts';
import { TapePainter } from './tapePainter.ts';
import { TapeRecord } from './tapeRecord.ts';

/** Those who cannot see it read it when they like: it does not have to be told at every change. */
const WORDS_EVERY_MS = 5_000;

/** The last five minutes: which state when, what was done to the connection, and how long its round trips took. */
export function Tape({ entries }: { readonly entries: readonly LogEntry[] }) {
  const connection = useConnection();
  const canvas = useRef<HTMLCanvasElement>(null);
  const newest = useRef(entries);
  const [words, setWords] = useState('');
  useEffect(() => void (newest.current = entries), [entries]);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const record = new TapeRecord(Date.now());
    const painter = new TapePainter(element, connection, record, () => newest.current);
    const timer = setInterval(() => setWords(record.words(Date.now())), WORDS_EVERY_MS);
    return () => {
      clearInterval(timer);
      painter.stop();
    };
  }, [connection]);
  return (
    <section className="tape" aria-label="The last five minutes">
      <canvas ref={canvas} aria-hidden="true" />
      <p className="unseen">{words}</p>
    </section>
  );
}
