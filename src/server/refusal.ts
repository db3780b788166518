import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** An upgrade that is not granted: an answer of HTTP, and a line in the log. */
export interface Refusal {
  /** Status of HTTP. */
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** One sentence for who asked and for the log: it names the option that would allow it, and holds no secret. */
  readonly body: string;
  /** What the log line is about, besides. */
  readonly facts?: object | undefined;
}

/** Says so and ends the connection. What the other end still sends is not read. */
export function answerRefusal(socket: Duplex, { status, headers, body }: Refusal): void {
  const text = `${body}\n`;
  const lines = Object.entries({
    Connection: 'close',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(text)),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${text}`, () =>
    socket.destroy(),
  );
}
