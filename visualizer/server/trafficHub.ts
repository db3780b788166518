import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { InterfaceRate, TrafficFrame } from '../frames.ts';

const READ_EVERY_MS = 250;
const MAX_PAYLOAD_BYTES = 64 * 1024;
/** A client that reads slower than this gets the next reading instead: an old one is worth nothing. */
const MAX_BUFFERED_BYTES = 64 * 1024;

/** The WebSocket side: pushes the readings, answers pings, echoes the rest, and can be hurt. */
export class TrafficHub {
  readonly #read: () => Promise<InterfaceRate[]>;
  readonly #clients = new Map<WebSocket, string>();
  readonly #reading = setInterval(() => void this.#publish(), READ_EVERY_MS);
  #isReading = false;
  /** Null while the server is restarting. */
  #server: WebSocketServer | null = open();
  #comeBack: NodeJS.Timeout | undefined = undefined;

  constructor(read: () => Promise<InterfaceRate[]>) {
    this.#read = read;
  }

  accept(client: string, request: IncomingMessage, stream: Duplex, head: Buffer): void {
    if (this.#server === null) {
      stream.destroy();
      return;
    }
    this.#server.handleUpgrade(request, stream, head, (socket) => {
      this.#clients.set(socket, client);
      socket.on('close', () => this.#clients.delete(socket));
      // A frame that breaks the protocol ends its socket; without a listener it would end the process.
      socket.on('error', () => socket.terminate());
      socket.on('message', (data, isBinary) => {
        if (!isBinary) socket.send(answerTo(data));
      });
    });
  }

  /** Cuts the connection of one client without a word, as a broken cable would. */
  drop(client: string): void {
    for (const [socket, name] of this.#clients) if (name === client) socket.terminate();
  }

  /** Says goodbye to everybody, takes nobody for a while, and comes back. */
  restart(downMs: number): void {
    if (this.#server === null) return;
    this.#server.close();
    this.#server = null;
    const leaving = [...this.#clients.keys()];
    for (const socket of leaving) socket.close(1012, 'service restart');
    this.#comeBack = setTimeout(() => {
      for (const socket of leaving) socket.terminate();
      this.#server = open();
    }, downMs);
  }

  close(): void {
    clearInterval(this.#reading);
    clearTimeout(this.#comeBack);
    for (const socket of this.#clients.keys()) socket.terminate();
    this.#server?.close();
  }

  /** A reading that takes longer than its turn is not overtaken; one that nobody would see is not made. */
  async #publish(): Promise<void> {
    if (this.#isReading || this.#clients.size === 0) return;
    this.#isReading = true;
    try {
      const interfaces = await this.#read();
      if (interfaces.length === 0) return;
      const frame: TrafficFrame = { type: 'traffic', at: Date.now(), interfaces };
      const text = JSON.stringify(frame);
      for (const socket of this.#clients.keys()) {
        if (socket.bufferedAmount < MAX_BUFFERED_BYTES) socket.send(text);
      }
    } finally {
      this.#isReading = false;
    }
  }
}

function open(): WebSocketServer {
  return new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD_BYTES });
}

function answerTo(data: RawData): string {
  const text = (data as Buffer).toString();
  let received: unknown = text;
  try {
    received = JSON.parse(text);
  } catch {
    // No JSON: it is echoed as the text that it is.
  }
  const isPing = (received as { type?: unknown } | null)?.type === 'ping';
  return JSON.stringify(isPing ? { type: 'pong' } : { received });
}
