import { Because } from './Because.tsx';
import { Chart } from './Chart.tsx';
import { ConnectionProvider, options } from './connection.ts';
import { Controls } from './Controls.tsx';
import { useCounting } from './counting.ts';
import { Facts } from './Facts.tsx';
import { Hero } from './Hero.tsx';
import { HurtIt } from './HurtIt.tsx';
import { Log } from './Log.tsx';
import { useLog } from './log.ts';
import { Tape } from './Tape.tsx';
import { TopBar } from './TopBar.tsx';
import { Topics } from './Topics.tsx';
import { TrafficPlot } from './TrafficPlot.tsx';
import { Wire } from './Wire.tsx';

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
  const read = useCounting();
  return (
    <>
      <main>
        <div className="left">
          <div className="board">
            <Chart entries={entries} />
            <Hero read={read} />
            <Wire read={read} />
          </div>
          <HurtIt note={note} />
          <TrafficPlot />
        </div>
        <div className="right">
          <Because />
          <Facts read={read} />
          <Controls note={note} />
          <Topics note={note} />
          <Log entries={entries} />
        </div>
      </main>
      <Tape entries={entries} />
    </>
  );
}
