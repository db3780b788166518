/** `npx tsx examples/embed/main.ts`: signed in, a ticket that expires, a loss, a logout. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createActor, waitFor } from 'xstate';
import { WebSocket, WebSocketServer } from 'ws';
import { createLoginMachine } from './loginMachine.ts';

/** The one ticket that the server takes. */
let ticket = 1;
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
server.on('connection', (socket, { url }) => {
  console.log(`  the server: somebody comes by ${url}`);
  socket.on('close', (code, reason) => console.log(`  the server: they have gone, ${code} ${reason.toString()}`));
  if (url !== `/?ticket=${ticket}`) socket.close(4401, 'this ticket has expired');
});
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

/** Where tickets are had: a fresh one only when the old one was refused. */
let cached = ticket;
const login = createActor(
  createLoginMachine({
    WebSocket,
    authenticate: ({ reason }) => (reason === 'unauthorized' ? (cached = ticket) : cached),
    url: ({ credential }) => `ws://127.0.0.1:${port}/?ticket=${String(credential)}`,
    retry: { baseMs: 200 },
  }),
);

let shown = '';
login.subscribe(({ value, context }) => {
  const line = `${typeof value === 'string' ? value : `session.${value.session}`}: ${context.status}`;
  if (line !== shown) console.log((shown = line));
});
const until = (state: 'online' | 'interrupted') =>
  waitFor(login, (snapshot) => snapshot.matches({ session: state }), { timeout: 10_000 });

login.start();
login.send({ type: 'login' });
await until('online');

ticket++;
for (const socket of server.clients) socket.close(4401, 'this ticket has expired');
await until('interrupted');
await until('online');

for (const socket of server.clients) socket.terminate();
await until('interrupted');
await until('online');

const [socket] = server.clients;
login.send({ type: 'logout' });
await Promise.all([
  waitFor(login, (snapshot) => snapshot.matches('signedOut'), { timeout: 10_000 }),
  socket && once(socket, 'close'),
]);
login.stop();
server.close();
