/** `npx tsx examples/fastapi/main.ts`: the Python server, a client that follows a topic, and a restart in between. */
import { follow } from './follow.ts';
import { startPythonServer } from './server.ts';

const headlines = ['the server is Python', 'and the client has come back'];

process.once('SIGTERM', () => process.exit(143)); // and the server goes with us
let server = await startPythonServer();
const { port } = server;
const client = follow(`ws://127.0.0.1:${port}/ws/ann`, { retry: { baseMs: 200 } });
const { connection } = client;
connection.on('state', ({ state, because }) => console.log(`${state}: ${because}`));

let hear = (): void => undefined;
const heard = (headline: string): void => {
  console.log('news:', headline);
  hear();
};
client.subscribe('news', heard, { onGap: () => console.log('something may have been missed') });
connection.connect();

/** Until the server has read all that was said before: it answers no subscribe, but says back what it does not know. */
const settled = async (): Promise<void> => {
  const echo = new Promise<void>((resolve) => {
    const stop = connection.onMessage(() => {
      stop();
      resolve();
    });
  });
  connection.send({ type: 'are you there?' });
  await echo;
};

for (const headline of headlines) {
  await connection.opened();
  await settled();
  const isHeard = new Promise<void>((resolve) => (hear = resolve));
  await fetch(`http://127.0.0.1:${port}/publish/news`, { method: 'POST', body: JSON.stringify(headline) });
  await isHeard;
  await server.stop();
  if (headline === headlines[0]) server = await startPythonServer(port);
}
connection.dispose();
