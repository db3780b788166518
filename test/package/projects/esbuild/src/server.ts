/** A hub, and what was bundled for the page as its client; says as JSON what went over the wire. */
import { createHub } from '../../../../../src/server/index.ts';
import { WebSocket } from 'ws';
import { sayHello } from './page.js';

const hub = createHub({ onFrame: (frame, { clientId }) => ({ to: clientId, frame }) });
const { port } = await hub.listen({ host: '127.0.0.1' });
console.log(JSON.stringify(await sayHello(`ws://127.0.0.1:${port}/ws/ann`, { WebSocket })));
await hub.close();
