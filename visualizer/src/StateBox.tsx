import type { ConnectionSnapshot, StateName } from '../../src/index.ts';
import { boxes } from '../drawing/connectionDrawing.ts';

/** A state as the chart describes it. */
export interface StateNode {
  readonly description?: string | undefined;
  readonly tags: readonly string[];
  readonly states: Readonly<Record<string, { readonly key: string; readonly description?: string | undefined }>>;
}

interface StateBoxProps {
  readonly name: StateName;
  readonly node: StateNode | undefined;
  readonly snapshot: ConnectionSnapshot;
}

/** One state: its tag as form, its inner states as pills. */
export function StateBox({ name, node, snapshot }: StateBoxProps) {
  const isActive = snapshot.matches(name);
  const inner = isActive && typeof snapshot.value === 'object' ? Object.values(snapshot.value)[0] : undefined;
  const tag = node?.tags[0];
  const { retryAt, retryDelayMs, failure } = snapshot.context;
  const { x: left, y: top, width, height } = boxes[name];
  return (
    <li
      className="box"
      data-state={name}
      data-tag={tag}
      aria-current={isActive ? 'step' : undefined}
      title={node?.description}
      style={{ left, top, width, height }}
    >
      <div className="title">
        <strong>{name}</strong>
        <span className="tag">{tag}</span>
      </div>
      <div className="pills">
        {Object.values(node?.states ?? {}).map(({ key, description }) => (
          <span key={key} className={key === inner ? 'pill lit' : 'pill'} title={description}>
            {key === inner && key === 'waiting' && <Ring key={retryAt} delayMs={retryDelayMs} />}
            {key}
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
