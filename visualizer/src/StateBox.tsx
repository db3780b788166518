import type { ConnectionSnapshot, StateName } from '../../src/index.ts';
import type { DrawnState } from '../drawing/chartData.ts';
import { boxes } from '../drawing/connectionDrawing.ts';

interface StateBoxProps {
  readonly state: DrawnState;
  readonly snapshot: ConnectionSnapshot;
}

/** One state: its tag as form, its inner states as pills. */
export function StateBox({ state, snapshot }: StateBoxProps) {
  const { tag, parts, description } = state;
  const name = state.name as StateName;
  const isActive = snapshot.matches(name);
  const inner = isActive && typeof snapshot.value === 'object' ? Object.values(snapshot.value)[0] : undefined;
  const { retryAt, retryDelayMs, failure } = snapshot.context;
  const { x: left, y: top, width, height } = boxes[name];
  return (
    <li
      className="box"
      data-state={name}
      data-tag={tag}
      aria-current={isActive ? 'true' : undefined}
      title={description}
      style={{ left, top, width, height }}
    >
      <div className="title">
        <strong>{name}</strong>
        <span className="tag">{tag}</span>
      </div>
      <div className="pills">
        {parts.map((part) => (
          <span key={part.name} className={part.name === inner ? 'pill lit' : 'pill'} title={part.description}>
            {part.name === inner && inner === 'waiting' && <Ring key={retryAt} delayMs={retryDelayMs} />}
            {part.name}
          </span>
        ))}
        {isActive && name === 'failed' && <span className="pill lit">{failure}</span>}
      </div>
    </li>
  );
}

/** Fills while a delay runs. */
function Ring({ delayMs }: { readonly delayMs: number }) {
  return (
    <svg className="ring" width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
      <circle cx="5" cy="5" r="4" />
      <circle className="filled" cx="5" cy="5" r="4" pathLength={1} style={{ animationDuration: `${delayMs}ms` }} />
    </svg>
  );
}
