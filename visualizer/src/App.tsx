import { useEffect, useSyncExternalStore } from 'react';
import { Because } from './Because.tsx';
import { Chart } from './Chart.tsx';
import { connection } from './connection.ts';
import { Controls } from './Controls.tsx';
import { Facts } from './Facts.tsx';
import { Log } from './Log.tsx';
import { startSession } from './session.ts';
import { TopBar } from './TopBar.tsx';
import { TrafficPlot } from './TrafficPlot.tsx';

export function App() {
  const snapshot = useSyncExternalStore(connection.subscribe, connection.getSnapshot);
  useEffect(() => startSession(), []);
  return (
    <>
      <TopBar />
      <main>
        <div className="left">
          <Chart snapshot={snapshot} />
          <Controls />
          <TrafficPlot />
        </div>
        <div className="right">
          <Because />
          <Facts snapshot={snapshot} />
          <Log />
        </div>
      </main>
    </>
  );
}
