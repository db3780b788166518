import type { ControlRecord } from '../../src/index.ts';
import { connection } from './connection.ts';
import { createStore } from './store.ts';

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

/** Newest first. */
export const log = createStore<readonly LogEntry[]>([]);

let nextId = 0;
let last: ControlRecord | undefined = undefined;
let from: string = connection.state;

function add(entry: Omit<LogEntry, 'id'>): void {
  log.set([{ ...entry, id: nextId++ }, ...log.get()].slice(0, CAPACITY));
}

/** Notes something that is no event of the chart. */
export function note(event: string, detail: string): void {
  add({ at: Date.now(), event, from: '', to: '', detail });
}

/** Writes down what the connection records; returns what ends it. */
export function keepLog(): () => void {
  const catchUp = (): void => {
    const history = connection.history();
    const unseen = last === undefined ? history : history.slice(history.indexOf(last) + 1);
    for (const { at, event, state, because } of unseen) {
      add({ at, event, from, to: state, detail: because });
      from = state;
    }
    last = unseen.at(-1) ?? last;
  };
  return connection.subscribe(catchUp);
}
