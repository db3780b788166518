/** The rows of `npm run thin` in the heartbeat's table: an hour each, on simulated time. */
import { PAYLOAD_SHARE } from '../fixtures/simulatedLine.ts';
import { silentRows, slowRows, type DeliveryRow, type SilenceRow } from '../fixtures/thinRows.ts';
import { MINUTE_MS, overWs, SECOND_MS, type Stage } from './heartbeatTable.ts';

/** When something befalls a client that is to be calm before. */
const CALM_MS = 5 * MINUTE_MS;
/** A socket is warmed up by messages of that size, one in a second. */
const WARMING_BYTES = 500_000;
/** How often something is sent all the time. Unit ms. */
const TICK_MS = 100;
/** Links die again so much later, each time in another part of the heartbeat's period. */
const AGAIN_MS = 10.1 * MINUTE_MS;
export const DEATHS = 5;

/** Messages on a line that becomes narrow. */
const narrow =
  ({ line, begin, idleMs, warmBytes, messages, bytes }: DeliveryRow) =>
  (stage: Stage): void => {
    const { clock, network, connection, send } = stage;
    const sendAll = (): void => {
      for (let number = 0; number < messages; number++) send('x'.repeat(bytes));
    };
    const becomeNarrow = (): void => {
      const { bytesPerSecond, queueBytes } = line;
      network.inject({ type: 'bandwidth', bytesPerSecond: bytesPerSecond * PAYLOAD_SHARE, queueBytes });
    };
    const cut = (): void => {
      const stop = connection.on('lost', () => {
        stop();
        sendAll();
      });
      network.inject({ type: 'reset' });
    };
    if (begin === 'first') {
      becomeNarrow();
      return sendAll();
    }
    for (let warm = 0; warm < warmBytes; warm += WARMING_BYTES) {
      clock.setTimeout(() => send('w'.repeat(WARMING_BYTES)), CALM_MS + (warm / WARMING_BYTES) * SECOND_MS);
    }
    clock.setTimeout(() => {
      becomeNarrow();
      if (begin === 'loss') return cut();
      // Behind the next pong: one that is due soon after waits behind everything.
      const stop = connection.on('heartbeat', () => {
        stop();
        clock.setTimeout(sendAll, idleMs);
      });
    }, CALM_MS + MINUTE_MS);
  };

/** The link dies several times, and nobody is told; something is sent all the time until that is found. */
const fallSilent =
  ({ bytesPerSecond }: SilenceRow) =>
  ({ clock, network, site, connection, send }: Stage): void => {
    const sendOn = (): void => {
      if (!connection.isConnected) return;
      send('x'.repeat((bytesPerSecond * TICK_MS) / SECOND_MS));
      clock.setTimeout(sendOn, TICK_MS);
    };
    for (let nth = 0; nth < DEATHS; nth++) {
      const diesMs = CALM_MS + nth * AGAIN_MS;
      if (bytesPerSecond > 0) clock.setTimeout(sendOn, diesMs - 3 * SECOND_MS);
      clock.setTimeout(() => {
        network.inject({ type: 'halfOpen', on: 'existing' });
        site.deaths.push(clock.now());
      }, diesMs);
    }
  };

/** A healthy slow uplink. A socket that is new after a loss is not warm, whatever went before: real TCP remembers a little. */
export const slowCases = Object.entries(slowRows)
  .filter(([, { begin, warmBytes }]) => begin !== 'loss' || warmBytes === 0)
  .map(([name, row]) => ({
    name,
    sockets: row.sockets,
    one: overWs('answering', { options: row.options ?? {}, befall: narrow(row) }),
  }));

/** A line that dies. */
export const silentCases = Object.entries<SilenceRow>(silentRows).map(([name, row]) => ({
  name,
  foundWithinMs: row.foundWithinMs,
  one: overWs('answering', { befall: fallSilent(row) }),
}));
