import { bytes } from './format.ts';
import { useReading } from './reading.ts';
import { useSamples } from './traffic.ts';
import { TrafficCaption } from './TrafficCaption.tsx';
import { HEIGHT, trafficShape, WIDTH } from './trafficShape.ts';

const MIDDLE = HEIGHT / 2;

/** The clock that readings bear: that of the machine which is the server, too. */
const wallClock = (): number => Date.now();

/** Received and sent over the last minute; shaded where no readings came. */
export function TrafficPlot() {
  const samples = useSamples();
  const { received, sent, gaps, marks } = trafficShape(samples, useReading(wallClock));
  return (
    <section className="traffic" aria-labelledby="traffic">
      <TrafficCaption />
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
