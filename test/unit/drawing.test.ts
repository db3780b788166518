import { describe, expect, it } from 'vitest';
import { connectionMachine } from '../../machines/index.ts';
import { edges, routes } from '../../visualizer/drawing/connectionDrawing.ts';
import { LINE_HEIGHT, routed, type Route } from '../../visualizer/drawing/route.ts';

describe('the drawing', () => {
  it('has to have a way for each edge of the chart, and no other', () => {
    const drawn = edges.map(({ from, to, events }) => ({ from, to, events }));
    const { 'idle → closed': missing, ...others } = routes;
    expect(missing).toBeDefined();
    expect(() => routed(drawn, others)).toThrow('in the chart, and not drawn: idle → closed');
    expect(() => routed(drawn.slice(1), routes)).toThrow('drawn, and not in the chart: idle → connecting');
  });

  /** Where events are written along an edge: eleven pixels high, of a fixed width. */
  const placeOf = ({ label: [x, y], anchor }: Route, events: readonly string[]) => {
    const width = 6.7 * Math.max(...events.map(({ length }) => length));
    const left = x - { start: 0, middle: width / 2, end: width }[anchor];
    return { left, right: left + width, top: y, bottom: y + events.length * LINE_HEIGHT };
  };
  const overlap = (one: ReturnType<typeof placeOf>, other: ReturnType<typeof placeOf>): boolean =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

  it('writes the ways out of a state beside each other, and beside the event that has led to it', () => {
    const clashes = edges.flatMap((edge) => {
      const others = edges.filter(({ from, to }) => from === edge.from && to !== edge.to);
      const next = edges.filter(({ from }) => from === edge.to);
      return [
        ...others.filter((exit) => overlap(placeOf(edge, edge.events), placeOf(exit, exit.events))),
        ...edge.events.flatMap((event) =>
          next.filter((exit) => overlap(placeOf(edge, [event]), placeOf(exit, exit.events))),
        ),
      ].map((exit) => `${edge.from} → ${edge.to} on ${exit.from} → ${exit.to}`);
    });
    expect(clashes).toEqual([]);
  });

  type Node = (typeof connectionMachine)['root'];
  const nodesOf = (node: Node): Node[] => [node, ...Object.values(node.states).flatMap(nodesOf)];

  it('has one edge for every way from a state to another', () => {
    const ways = nodesOf(connectionMachine.root)
      .flatMap((node) => [...node.transitions.values()].flat())
      .flatMap(({ source, target = [] }) => target.map(({ path }) => [source.path[0], path[0]]))
      .filter(([from, to]) => from !== to);
    const drawn = edges.map(({ from, to }) => `${from} ${to}`);
    expect(drawn.sort()).toEqual([...new Set(ways.map((way) => way.join(' ')))].sort());
  });
});
