/** `npx tsx examples/react-traffic/main.ts`: a hub that tells what its process does, and a page that shows it. Ctrl-C ends it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import react from '@vitejs/plugin-react';
import { build, type Rolldown } from 'vite';
import { createHub } from '../../src/server/index.ts';
import { readingsOf } from './readings.ts';

const READINGS_PER_SECOND = 100;
const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

const { output } = (await build({
  root: join(import.meta.dirname, 'page'),
  plugins: [react()],
  logLevel: 'warn',
  build: { write: false },
})) as Rolldown.RolldownOutput;
const files = new Map<string, string | Uint8Array>(
  output.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]),
);

const server = createServer(({ url = '/' }, response) => {
  const { pathname } = new URL(url, 'http://localhost');
  const path = pathname === '/' ? '/index.html' : pathname;
  const file = files.get(path);
  if (file === undefined) response.writeHead(404).end();
  else response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream').end(file);
});
const hub = createHub({
  authorize: (_, action, topic) => action === 'subscribe' || topic === 'greetings',
  logger: console,
});
hub.attach(server, { path: '/live' });

const read = readingsOf(server, READINGS_PER_SECOND);
setInterval(() => void hub.publish('process', read()), 1_000 / READINGS_PER_SECOND);

server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
await once(server, 'listening');
console.log(`what this process does, live: http://127.0.0.1:${(server.address() as AddressInfo).port}`);
