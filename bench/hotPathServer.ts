/** The peer of hotPath.ts, in a process of its own: counts what it gets, and sends bursts. Arguments: the message, and how many. */
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

const [text = '', count = '0'] = process.argv.slice(2);
const messages = Number(count);

/** A text frame of at most 125 bytes, as a server sends it. RFC 6455 §5.2. */
const frame = Buffer.concat([Buffer.from([0x81, Buffer.byteLength(text)]), Buffer.from(text)]);
const burst = Buffer.concat(new Array<Buffer>(messages).fill(frame));

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
server.on('connection', (socket, request) => {
  let received = 0;
  socket.on('message', (data: Buffer) => {
    if (data.byteLength < 10) request.socket.write(burst);
    else if (++received % messages === 0) socket.send('"done"');
  });
});
server.on('listening', () => process.send?.((server.address() as AddressInfo).port));
