import type { ReactNode } from 'react';
import { ConnectionProvider, ConnectionStatus, useTopic, useTopicClient, useTopicState } from './connection.ts';
import { Plot } from './Plot.tsx';

export function App(): ReactNode {
  return (
    <ConnectionProvider options={{ url: '/live', protocols: 'topics.v1+json' }}>
      <header>
        <h1>What the server does</h1>
        <ConnectionStatus />
      </header>
      <Plot />
      <Numbers />
      <Greetings />
      <State />
    </ConnectionProvider>
  );
}

/** A hundred readings a second come in; this is drawn once per frame at most. */
function Numbers(): ReactNode {
  const reading = useTopic('process');
  return (
    <dl>
      <dt>sent</dt>
      <dd>{reading ? `${(reading.sentBytes / 1_000).toFixed(1)} kB/s` : '–'}</dd>
      <dt>received</dt>
      <dd>{reading ? `${(reading.receivedBytes / 1_000).toFixed(1)} kB/s` : '–'}</dd>
      <dt>processor</dt>
      <dd>{reading ? `${(reading.cpuShare * 100).toFixed(1)} %` : '–'}</dd>
      <dt>memory</dt>
      <dd>{reading ? `${(reading.memoryBytes / 1e6).toFixed(1)} MB` : '–'}</dd>
    </dl>
  );
}

/** What is said while there is no connection is kept, and arrives once. */
function Greetings(): ReactNode {
  const { publish } = useTopicClient();
  const newest = useTopic('greetings', undefined, { last: 1 });
  const greet = (): void =>
    void publish('greetings', `Hello, at ${new Date().toLocaleTimeString()}.`).catch(console.error);
  return (
    <p>
      <button onClick={greet}>Say hello</button>
      <output>{newest ?? 'Nobody has said anything yet.'}</output>
    </p>
  );
}

function State(): ReactNode {
  const { state, gap } = useTopicState('process');
  return (
    <footer>
      The readings are {state}
      {gap === undefined ? '.' : `; some are missing: ${gap.reason}.`}
    </footer>
  );
}
