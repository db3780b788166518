/** `npx tsx examples/server-rendered/main.ts`: a page that is drawn on the server, and goes live in the browser. Ctrl-C ends it. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import express from 'express';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { createServer as createViteServer } from 'vite';
import { createHub } from '../../src/server/index.ts';
import { App, type Known } from './App.tsx';

const root = import.meta.dirname;
const app = express();
const server = createServer(app);
const hub = createHub({ authorize: (_, action) => action === 'subscribe', logger: console });
hub.attach(server, { path: '/live' });
const vite = await createViteServer({
  root,
  plugins: [react()],
  appType: 'custom',
  logLevel: 'warn',
  server: { middlewareMode: true, hmr: { server } },
});

let views = 0;
app.get('/', async (_, response) => {
  const { epoch, offset } = await hub.publish('views', ++views);
  const known: Known = { views, since: { epoch, offset } };
  const page = await vite.transformIndexHtml('/', readFileSync(join(root, 'index.html'), 'utf8'));
  response.type('html').send(
    page
      .replace('<!--app-->', () => renderToString(createElement(App, { known })))
      // In a script a "<" might end it.
      .replace('<!--known-->', () => JSON.stringify(known).replaceAll('<', '\\u003c')),
  );
});
app.use((request, response, next) => {
  if (!hub.answer(request, response)) next();
});
app.use(vite.middlewares);

server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
await once(server, 'listening');
console.log(`a page drawn on the server: http://127.0.0.1:${(server.address() as AddressInfo).port}`);
