import { useEffect, useState } from 'react';
import { topics, type Tallies } from '../frames.ts';
import { clientId, useConnection, useTopic, useTopicClient, wireUrl } from './connection.ts';
import { HandWritten, type HandWrittenState } from './handWritten.ts';

/** Ten numbers a second go out: enough to flow, few enough to be seen. */
const EVERY_MS = 100;

/** The numbers of this window, and what has become of them so far. It changes with every number; who shows it reads it. */
export interface Counting {
  readonly sent: number;
  /** Those of which the outcome is known: the hub has them, or they were given up. */
  readonly settled: number;
  readonly byHand: { readonly state: HandWrittenState; readonly held: number };
}

const nothing: Counting = { sent: 0, settled: 0, byHand: { state: 'connecting', held: 0 } };
const none: Tallies = { ours: { arrived: 0, lost: 0, twice: 0 }, byHand: { arrived: 0, lost: 0, twice: 0 } };

/**
 * Sends 1, 2, 3 … over the connection that is shown and over a hand-written one, as long as the page is there. Over neither
 * while the first takes nothing: what it refuses is not lost.
 */
export function useCounting(): () => Counting {
  const connection = useConnection();
  const { publish } = useTopicClient();
  const [reader, setReader] = useState(() => () => nothing);
  useEffect(() => {
    const byHand = new HandWritten(wireUrl);
    let [sent, settled] = [0, 0];
    const settle = (): void => {
      settled += 1;
    };
    const timer = setInterval(() => {
      if (connection.getSnapshot().hasTag('rejecting')) return;
      const number = ++sent;
      byHand.send({ type: 'count', number });
      // What becomes of it is counted at the server.
      publish(topics.count(clientId), number, { id: String(number) }).then(settle, settle);
    }, EVERY_MS);
    setReader(() => () => ({ sent, settled, byHand }));
    return () => {
      clearInterval(timer);
      byHand.close();
    };
  }, [connection, publish]);
  return reader;
}

/** What has arrived, as the server counted it. */
export const useTallies = (): Tallies => useTopic(topics.tally(clientId), undefined, { last: 1 }) ?? none;
