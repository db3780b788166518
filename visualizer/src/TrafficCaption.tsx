import { topics } from '../frames.ts';
import { useTopic } from './connection.ts';
import { bytes } from './format.ts';
import { sampleOf } from './traffic.ts';

/** What is plotted, and its newest figures. */
export function TrafficCaption() {
  const frame = useTopic(topics.traffic);
  const sample = frame === undefined ? undefined : sampleOf(frame);
  return (
    <div className="caption">
      <h2 id="traffic">Traffic of this machine</h2>
      <span className="interfaces">{frame?.interfaces.map(({ name }) => name).join(' + ')}</span>
      <Rate name="received (above)" bytesPerS={sample?.rxBytesPerS} />
      <Rate name="sent (below)" bytesPerS={sample?.txBytesPerS} />
    </div>
  );
}

function Rate({ name, bytesPerS }: { readonly name: string; readonly bytesPerS: number | undefined }) {
  return (
    <span className="rate">
      {name} <b>{bytesPerS === undefined ? '–' : `${bytes(bytesPerS)}/s`}</b>
    </span>
  );
}
