/** Where states stand and how edges run: what is set by hand in the drawing of a chart. Unit px. */
import { edgeName, type DrawnEdge } from './chartData.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Point = readonly [x: number, y: number];
type Anchor = 'start' | 'middle' | 'end';

/** How an edge runs, and where its events are written: the top of the first of them. */
export interface Route {
  readonly points: readonly Point[];
  readonly label: Point;
  readonly anchor: Anchor;
}

export interface Edge extends DrawnEdge, Route {}

/** Between the events of an edge. */
export const LINE_HEIGHT = 13;

export function way(...points: Point[]) {
  return {
    says: (x: number, y: number, anchor: Anchor = 'start'): Route => ({ points, label: [x, y], anchor }),
  };
}

/** Gives each edge of a chart its route. Throws where one has none, and where a route has no edge. */
export function routed(edges: readonly DrawnEdge[], routes: Readonly<Record<string, Route>>): readonly Edge[] {
  const names = edges.map(edgeName);
  const left = Object.keys(routes).filter((name) => !names.includes(name));
  if (left.length > 0) throw new Error(`drawn, and not in the chart: ${left.join(', ')}`);
  return edges.map((edge) => {
    const route = routes[edgeName(edge)];
    if (route === undefined) throw new Error(`in the chart, and not drawn: ${edgeName(edge)}`);
    return { ...edge, ...route };
  });
}

/** As the path of an SVG. */
export const pathOf = ({ points }: Route): string =>
  points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
