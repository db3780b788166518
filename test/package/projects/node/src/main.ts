/** A hub and two clients of it in one process; says as JSON what went over the wire. */
import { createRequire } from 'node:module';
import { WebSocket } from 'ws';
import { createConnection } from '../../../../../src/index.ts';
import type { Connection, Disposition } from '../../../../../src/index.ts';
import { createHub } from '../../../../../src/server/index.ts';
import { createTopicClient } from '../../../../../src/topics/index.ts';

interface Greeting {
  readonly hello: string;
}

const hub = createHub({ onFrame: (frame, { clientId }) => ({ to: clientId, frame }) });
const { port } = await hub.listen({ host: '127.0.0.1' });

const connection: Connection<unknown, Greeting> = createConnection(`ws://127.0.0.1:${port}/ws/ann`, { WebSocket });
const answer = new Promise((resolve) => connection.onMessage(resolve));
const disposition: Disposition = connection.send({ hello: 'world' });
connection.connect();
const answered = await answer;

const client = createTopicClient<{ tea: number }>(`ws://127.0.0.1:${port}/ws/bob`, { WebSocket });
const price = new Promise<number>((resolve) => client.subscribe('tea', (data) => resolve(data), { last: 1 }));
await client.publish('tea', 3);
const heard = await price;

/** By CommonJS; and whether it gave what `import` gives, and not a copy of it: else there would be two of each class. */
const required = createRequire(import.meta.url)('./required.cjs') as Readonly<Record<string, object>>;
const same: Record<string, boolean> = {};
for (const [entry, exported] of Object.entries(required)) {
  const imported = (await import(entry)) as Readonly<Record<string, unknown>>;
  const values = Object.entries(exported).filter(([name]) => name !== '__esModule');
  same[entry] = values.length > 0 && values.every(([name, value]) => imported[name] === value);
}
console.log(JSON.stringify({ disposition, answered, heard, same }));

connection.dispose();
client.dispose();
await hub.close();
