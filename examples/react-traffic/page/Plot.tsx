import { useEffect, useRef, type ReactNode } from 'react';
import { useTopic } from './connection.ts';

const WIDTH = 1_000;
const HEIGHT = 120;

/** What the processor did, each reading of the last ten seconds. They go past React, and are painted once per frame. */
export function Plot(): ReactNode {
  const line = useRef<SVGPolylineElement>(null);
  const readings = useRef<number[]>([]);
  const frame = useRef(0);
  useTopic('process', ({ cpuShare }) => {
    readings.current.push(cpuShare);
    if (readings.current.length > WIDTH) readings.current.shift();
    frame.current ||= requestAnimationFrame(() => {
      frame.current = 0;
      const highest = Math.max(0.1, ...readings.current) * 1.2;
      const points = readings.current.map((share, x) => `${x},${(HEIGHT * (1 - share / highest)).toFixed(1)}`);
      line.current?.setAttribute('points', points.join(' '));
    });
  });
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label="processor, the last ten seconds"
    >
      <polyline ref={line} />
    </svg>
  );
}
