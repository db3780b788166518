import { useSyncExternalStore } from 'react';
import { facts } from './facts.ts';
import { bytes } from './format.ts';
import { traffic } from './traffic.ts';
import { HEIGHT, trafficShape, WIDTH } from './trafficShape.ts';

const MIDDLE = HEIGHT / 2;

/** Received and sent over the last minute; shaded where no readings came. */
export function TrafficPlot() {
  const { samples, interfaces } = useSyncExternalStore(traffic.subscribe, traffic.get);
  const { nowMs } = useSyncExternalStore(facts.subscribe, facts.get);
  const { received, sent, gaps, marks } = trafficShape(samples, nowMs);
  const last = samples.at(-1);
  return (
    <section className="traffic" aria-labelledby="traffic">
      <div className="caption">
        <h2 id="traffic">Traffic of this machine</h2>
        <span className="interfaces">{interfaces.join(' + ')}</span>
        <Rate name="↑ received" bytesPerS={last?.rxBytesPerS} />
        <Rate name="↓ sent" bytesPerS={last?.txBytesPerS} />
      </div>
      <div className="plot" data-samples={samples.length}>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {gaps.map(({ x, width }) => (
            <rect key={x} className="gap" x={x} y="0" width={width} height={HEIGHT} />
          ))}
          {marks.map(({ offset }) => (
            <path key={offset} className="grid" d={`M0 ${MIDDLE - offset}H${WIDTH}M0 ${MIDDLE + offset}H${WIDTH}`} />
          ))}
          <path className="area" d={received.area + sent.area} />
          <path className="line" d={received.line + sent.line} />
          <path className="grid zero" d={`M0 ${MIDDLE}H${WIDTH}`} />
        </svg>
        <div className="scale" aria-hidden="true">
          {marks.map(({ bytesPerS, offset }) => (
            <span key={offset} style={{ top: `${100 * (1 - (MIDDLE + offset) / HEIGHT)}%` }}>
              {bytes(bytesPerS)}/s
            </span>
          ))}
        </div>
        <span className="from">60 s ago</span>
        <span className="now">now</span>
      </div>
    </section>
  );
}

function Rate({ name, bytesPerS }: { readonly name: string; readonly bytesPerS: number | undefined }) {
  return (
    <span className="rate">
      {name} <b>{bytesPerS === undefined ? '–' : `${bytes(bytesPerS)}/s`}</b>
    </span>
  );
}
