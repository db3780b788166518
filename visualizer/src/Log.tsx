import { clock } from './format.ts';
import type { LogEntry } from './log.ts';

/** What has happened, newest first. */
export function Log({ entries }: { readonly entries: readonly LogEntry[] }) {
  return (
    <section className="log">
      <h2 id="log">Log</h2>
      <ol tabIndex={0} aria-labelledby="log">
        {entries.map((entry) => (
          <Line key={entry.id} entry={entry} />
        ))}
      </ol>
    </section>
  );
}

function Line({ entry: { at, event, from, to, detail } }: { readonly entry: LogEntry }) {
  const isNote = to === '';
  return (
    <li title={detail}>
      <time>{clock(at)}</time>
      <b>{event}</b>
      <span>{isNote ? detail : from === to ? to : `${from} → ${to}`}</span>
    </li>
  );
}
