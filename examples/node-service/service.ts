/** Does what the feed at FEED_URL asks for, says so, and leaves in good order at SIGTERM. */
import { WebSocket } from 'ws';
import { createConnection } from '../../src/index.ts';
import type { Order, Report } from './feed.ts';

const { FEED_URL = '', FEED_TOKEN = '' } = process.env;

const connection = createConnection<Order, Report>(FEED_URL, {
  createSocket: (url, protocols) =>
    new WebSocket(url, protocols, { headers: { Authorization: `Bearer ${FEED_TOKEN}` } }),
  retry: { maxAttempts: Infinity, capMs: 10_000 },
  confirm: 'ping', // what was sent into a link that was dying goes out again
});
connection.on('state', ({ state, because }) => console.log(`${state}: ${because}`));
connection.on('dropped', ({ message, reason }) => console.error('not delivered', reason, message));

const leaving = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => leaving.abort());

let newest = 0;
connection.connect();
// Throws where no retry helps, a refused token say: the process ends with 1, and its supervisor may start it again.
for await (const { order } of connection.messages({ signal: leaving.signal })) {
  if (order <= newest) continue; // sent again, since our report was late
  newest = order;
  console.log(`order ${order} is done`);
  connection.send({ done: order });
}

// What was sent first leaves first: where this one has arrived, so have all before it.
const { outcome } = await connection.deliver({ leaving: true }, { ttlMs: 8_000 });
console.log(`the last word is ${outcome}`);
process.exitCode = outcome === 'confirmed' ? 0 : 1;
connection.disconnect(1000, 'shutdown');
