import { connectionMachine } from '../../machines/index.ts';
import type { ConnectionSnapshot, StateName } from '../../src/index.ts';
import { drawnStates } from '../drawing/chartData.ts';
import { BOARD, boxes, edges, hairline } from '../drawing/connectionDrawing.ts';
import { LINE_HEIGHT, pathOf, type Route } from '../drawing/route.ts';
import { useConnectionState } from './connection.ts';
import type { LogEntry } from './log.ts';
import { StateBox } from './StateBox.tsx';

/** In the order of their places, which is that of reading. */
const places = Object.keys(boxes);
const states = [...drawnStates(connectionMachine)].sort((a, b) => places.indexOf(a.name) - places.indexOf(b.name));

/** Where the wire begins, below. Unit px. */
const GATE_Y = BOARD.height + 106;

const whole = (snapshot: ConnectionSnapshot): ConnectionSnapshot => snapshot;

/** The six states where they belong, the active one lit, with its ways out. */
export function Chart({ entries }: { readonly entries: readonly LogEntry[] }) {
  const snapshot = useConnectionState(whole);
  const step = entries.find(isCrossing);
  const active = states.find(({ name }) => snapshot.matches(name as StateName))?.name;
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
        <path className="hairline" data-lit={active === 'open'} d={hairline(GATE_Y)} />
        {edges.map((edge) => {
          const { from, to, events } = edge;
          const path = pathOf(edge);
          const isTraced = step !== undefined && topOf(step.from) === from && topOf(step.to) === to;
          return (
            <g key={`${from} ${to}`} className={from === active ? 'edge exit' : 'edge'}>
              <path d={path} markerEnd="url(#arrow)" />
              <Events of={edge} names={events} />
              {isTraced && (
                <g key={step.id} className="trace">
                  <path d={path} pathLength={1} />
                  <Events of={edge} names={[step.event]} />
                </g>
              )}
            </g>
          );
        })}
      </svg>
      <ul aria-label="The six states">
        {states.map((state) => (
          <StateBox key={state.name} state={state} snapshot={snapshot} />
        ))}
      </ul>
    </section>
  );
}

/** What leads along an edge, beside it. */
function Events({ of: { label, anchor }, names }: { readonly of: Route; readonly names: readonly string[] }) {
  const [x, y] = label;
  return (
    <text y={y} textAnchor={anchor}>
      {names.map((name, index) => (
        <tspan key={name} x={x} dy={index === 0 ? 11 : LINE_HEIGHT}>
          {name}
        </tspan>
      ))}
    </text>
  );
}

function topOf(path: string): string {
  return path.split('.')[0] ?? path;
}

function isCrossing({ from, to }: LogEntry): boolean {
  return topOf(from) !== topOf(to);
}
