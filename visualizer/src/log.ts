import { useCallback, useEffect, useReducer } from 'react';
import type { ControlRecord } from '../../src/index.ts';
import { useConnection, useMessage } from './connection.ts';

const CAPACITY = 200;

/** One line: an event of the chart with the states before and after it, or something that was said. */
export interface LogEntry {
  readonly id: number;
  /** Unit ms since the epoch. */
  readonly at: number;
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly detail: string;
}

/** Notes something that is no event of the chart. */
export type Note = (event: string, detail: string) => void;

/** What has happened, newest first: what the connection records, what the server says, and what is noted. */
export function useLog(): { readonly entries: readonly LogEntry[]; readonly note: Note } {
  const connection = useConnection();
  const [{ entries }, write] = useReducer(written, empty);
  const note = useCallback<Note>((event, detail) => write({ at: Date.now(), event, detail }), []);
  useEffect(() => connection.subscribe(() => write(connection.history())), [connection]);
  useMessage((message) => {
    if ('received' in message) note('message', `the server received hello ${message.received.number}`);
  });
  return { entries, note };
}

interface Written {
  readonly entries: readonly LogEntry[];
  readonly nextId: number;
  /** The newest record that has been written down. */
  readonly last: ControlRecord | undefined;
}

const empty: Written = { entries: [], nextId: 0, last: undefined };

function written(before: Written, news: readonly ControlRecord[] | Pick<LogEntry, 'at' | 'event' | 'detail'>): Written {
  if ('detail' in news) return add(before, { ...news, from: '', to: '' });
  const unseen = before.last === undefined ? news : news.slice(news.indexOf(before.last) + 1);
  return unseen.reduce((log, record) => {
    const { at, event, state, because } = record;
    const entry = { at, event, from: log.last?.state ?? 'idle', to: state, detail: because };
    return { ...add(log, entry), last: record };
  }, before);
}

function add({ entries, nextId, last }: Written, entry: Omit<LogEntry, 'id'>): Written {
  return { entries: [{ ...entry, id: nextId }, ...entries].slice(0, CAPACITY), nextId: nextId + 1, last };
}
