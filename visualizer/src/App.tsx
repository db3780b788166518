import { Because } from './Because.tsx';
import { Chart } from './Chart.tsx';
import { ConnectionProvider, options } from './connection.ts';
import { Controls } from './Controls.tsx';
import { Facts } from './Facts.tsx';
import { Log } from './Log.tsx';
import { useLog } from './log.ts';
import { TopBar } from './TopBar.tsx';
import { Topics } from './Topics.tsx';
import { TrafficPlot } from './TrafficPlot.tsx';

/** The provider dials when the page is there, and hangs up when it goes. */
export function App() {
  return (
    <ConnectionProvider options={options}>
      <TopBar />
      <Main />
    </ConnectionProvider>
  );
}

function Main() {
  const { entries, note } = useLog();
  return (
    <main>
      <div className="left">
        <Chart entries={entries} />
        <Controls note={note} />
        <TrafficPlot />
      </div>
      <div className="right">
        <Because />
        <Facts />
        <Topics note={note} />
        <Log entries={entries} />
      </div>
    </main>
  );
}
