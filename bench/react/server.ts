/**
 * The peer of react.ts, in a process of its own: hands out the pages, and on `POST /flood?frames=…&withinMs=…` sends so many
 * frames to the newest socket, evenly over that time. Argument: the folder of the pages.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { extname, join } from 'node:path';
import { WebSocketServer } from 'ws';
import { FRAMES, frameOf } from './frames.ts';

const [folder = ''] = process.argv.slice(2);
const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** A text frame of at most 125 bytes, as a server sends it. RFC 6455 §5.2. */
function wireFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, Buffer.byteLength(text)]), Buffer.from(text)]);
}
const wireFrames = Array.from({ length: FRAMES }, (_, seq) => wireFrame(JSON.stringify(frameOf(seq))));
const all = Buffer.concat(wireFrames);
/** Where each frame begins, and where the last one ends. */
const offsets = [0];
for (const { byteLength } of wireFrames) offsets.push((offsets.at(-1) ?? 0) + byteLength);

/** Many frames in one write, so that it is the page that is measured. */
function flood(socket: Socket, frames: number, withinMs: number): void {
  const startedAt = performance.now();
  let sent = 0;
  const sendDue = (): void => {
    const due = Math.floor(Math.min(1, (performance.now() - startedAt) / withinMs) * frames);
    if (due > sent) socket.write(all.subarray(offsets[sent], offsets[due]));
    sent = due;
    if (sent < frames) setTimeout(sendDue, 1);
  };
  sendDue();
}

let newest: Socket | undefined;
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (request.method === 'POST') {
    if (newest !== undefined) flood(newest, Number(searchParams.get('frames')), Number(searchParams.get('withinMs')));
    response.end();
    return;
  }
  readFile(join(folder, pathname)).then(
    (content) => response.setHeader('content-type', types[extname(pathname)] ?? 'text/plain').end(content),
    () => response.writeHead(404).end(),
  );
});
new WebSocketServer({ server }).on('connection', (_, request) => (newest = request.socket));
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
