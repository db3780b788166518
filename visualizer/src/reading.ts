import { useEffect, useState } from 'react';
import type { Connection } from '../../src/index.ts';
import { useConnection } from './connection.ts';
import type { Counting } from './counting.ts';
import type { Held } from './format.ts';

/** Often enough for a countdown in tenths of a second to look alive. */
const PULSE_MS = 200;
/** Slow enough for a figure that does not tremble. */
const RATE_EVERY_MS = 1_000;

/** What a connection says of itself without taking a step: counts, the countdown. Read anew at each step of the chart and a few times a second. */
export function useReading<T>(read: (connection: Connection) => T): T {
  const connection = useConnection();
  const [reading, setReading] = useState(() => read(connection));
  useEffect(() => {
    const refresh = (): void => setReading(() => read(connection));
    const unsubscribe = connection.subscribe(refresh);
    const pulse = setInterval(refresh, PULSE_MS);
    return () => {
      unsubscribe();
      clearInterval(pulse);
    };
  }, [connection, read]);
  return reading;
}

/** What waits on this side of the gate: the outbox of the connection, and before it the numbers that the topic client holds. */
export function useHeld(read: () => Counting): Held {
  const { outbox, isConnected } = useReading(waitingOf);
  const { sent, settled } = useReading(read);
  return { messages: outbox.messages + (isConnected ? 0 : sent - settled), bytes: outbox.bytes };
}

const waitingOf = ({ stats, isConnected }: Connection) => ({ outbox: stats().outbox, isConnected });

/** Messages that come in. Unit 1/s. */
export function useReceivedRate(): number {
  const connection = useConnection();
  const [rate, setRate] = useState(0);
  useEffect(() => {
    const read = () => ({ messages: connection.stats().received.messages, at: performance.now() });
    let before = read();
    const pulse = setInterval(() => {
      const now = read();
      setRate((1_000 * (now.messages - before.messages)) / (now.at - before.at));
      before = now;
    }, RATE_EVERY_MS);
    return () => clearInterval(pulse);
  }, [connection]);
  return rate;
}
