import { useEffect, useMemo } from 'react';
import { ConnectionError } from '../index.ts';
import { useConnectionOf, type ConnectionContext } from './context.ts';
import { useNewest } from './newest.ts';
import { usePaced, type Pace } from './paced.ts';

/** How many messages a log keeps. */
const LAST = 100;

export const messageHook = (own: ConnectionContext) =>
  function useMessage(listener: (message: any, event: unknown) => void): void {
    const connection = useConnectionOf(own);
    const newest = useNewest(listener);
    useEffect(() => connection.onMessage((message, event) => newest.current(message, event)), [connection, newest]);
  };

export const latestMessageHook = (own: ConnectionContext) =>
  function useLatestMessage<T>(
    selector?: (message: any) => T | undefined,
    { everyMs = 'frame' }: { readonly everyMs?: Pace } = {},
  ): T | undefined {
    const newest = useNewest(selector ?? ((message: unknown) => message as T));
    return usePaced(useConnectionOf(own), everyMs, () => {
      let latest: T | undefined = undefined;
      return {
        take: (message) => {
          const selected = newest.current(message);
          if (selected === undefined) return false;
          latest = selected;
          return true;
        },
        read: () => latest,
      };
    });
  };

export const messagesHook = (own: ConnectionContext) =>
  function useMessages({ last = LAST }: { readonly last?: number } = {}): readonly any[] {
    if (!(last >= 0 && (Number.isInteger(last) || last === Infinity))) {
      throw new ConnectionError('invalid-option', `last: a whole number of messages from 0, or Infinity; got ${last}`);
    }
    const newest = useNewest(last);
    const collect = () => {
      let log: unknown[] = [];
      return {
        take: (message: unknown) => {
          // Trimmed now and then, not each time: that costs nothing per message.
          if (log.length >= 2 * newest.current) log = tail(log, newest.current);
          log.push(message);
          return true;
        },
        read: () => tail(log, newest.current),
      };
    };
    const log = usePaced<readonly unknown[]>(useConnectionOf(own), 'frame', collect);
    return useMemo(() => (log.length > last ? tail(log, last) : log), [log, last]);
  };

const tail = (log: readonly unknown[], last: number): unknown[] => log.slice(Math.max(0, log.length - last));
