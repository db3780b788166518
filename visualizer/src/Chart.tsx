import { connectionMachine } from '../../machines/index.ts';
import type { ConnectionSnapshot, StateName } from '../../src/index.ts';
import { BOARD, edges, HAIRLINE, places } from './chartLayout.ts';
import { useConnectionState } from './connection.ts';
import type { LogEntry } from './log.ts';
import { StateBox, type StateNode } from './StateBox.tsx';

const nodes: Readonly<Partial<Record<StateName, StateNode>>> = connectionMachine.states;
const names = Object.keys(places) as StateName[];

const whole = (snapshot: ConnectionSnapshot): ConnectionSnapshot => snapshot;

/** The six states where they belong, the active one lit, with its ways out. */
export function Chart({ entries }: { readonly entries: readonly LogEntry[] }) {
  const snapshot = useConnectionState(whole);
  const step = entries.find(isCrossing);
  const active = names.find((name) => snapshot.matches(name));
  return (
    <section className="chart" aria-label="States">
      <svg width={BOARD.width} height={BOARD.height} aria-hidden="true">
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            orient="auto-start-reverse"
            markerUnits="userSpaceOnUse"
          >
            <path d="M0 0.5 8 4 0 7.5Z" fill="context-stroke" />
          </marker>
        </defs>
        <path className="hairline" data-lit={active === 'open'} d={HAIRLINE} />
        {edges.map(({ from, to, label, path, at: [x, y, anchor] }) => (
          <g key={`${from} ${to}`} className={from === active ? 'edge exit' : 'edge'}>
            <path d={path} markerEnd="url(#arrow)" />
            <text x={x} y={y} textAnchor={anchor ?? 'middle'}>
              {label}
            </text>
            {step !== undefined && topOf(step.from) === from && topOf(step.to) === to && (
              <path key={step.id} className="trace" d={path} pathLength={1} />
            )}
          </g>
        ))}
      </svg>
      <ul aria-label="The six states">
        {names.map((name) => (
          <StateBox key={name} name={name} node={nodes[name]} snapshot={snapshot} />
        ))}
      </ul>
    </section>
  );
}

function topOf(path: string): string {
  return path.split('.')[0] ?? path;
}

function isCrossing({ from, to }: LogEntry): boolean {
  return topOf(from) !== topOf(to);
}
