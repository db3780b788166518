import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { Inbox, within } from '../fixtures/events.ts';

/** A frame as a server sends it: unmasked. */
export interface WireFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The answer to a request. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

/** One end of a TCP connection that says byte by byte what a test wants, well-formed or not. It is gone when the test is over. */
export class RawClient {
  readonly socket: Socket;
  /** Everything the server said has come, and its end. */
  readonly ended: Promise<void>;
  #received = Buffer.alloc(0);
  readonly #more = new Inbox<undefined>('bytes of the server');

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#more.put(undefined);
    });
    this.ended = within('the end of a raw connection', new Promise((resolve) => socket.once('close', () => resolve())));
    this.ended.catch(() => undefined);
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    onTestFinished(() => void socket.destroy());
    return new RawClient(socket);
  }

  /** Asks for an upgrade to WebSocket. A header that is undefined is left out. */
  ask(target: string, headers: Readonly<Record<string, string | undefined>> = {}): void {
    const all: Readonly<Record<string, string | undefined>> = {
      Host: '127.0.0.1',
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      ...headers,
    };
    const lines = Object.entries(all).filter(([, value]) => value !== undefined);
    this.write(`GET ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value ?? ''}\r\n`).join('')}\r\n`);
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  async readAnswer(): Promise<Answer> {
    const end = await this.#until(() => {
      const at = this.#received.indexOf('\r\n\r\n');
      return at === -1 ? undefined : at + 4;
    });
    const [first = '', ...lines] = this.#take(end).toString('latin1').trimEnd().split('\r\n');
    const headers = lines.map(
      (line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.replace(/^[^:]*: */u, '')] as const,
    );
    return { status: Number(first.split(' ')[1]), headers: new Map(headers) };
  }

  /** What the server says until it ends the connection. */
  async readRest(): Promise<string> {
    await this.ended;
    return this.#received.toString();
  }

  async readFrame(): Promise<WireFrame> {
    const { header, length } = await this.#until(() => frameSize(this.#received));
    const wire = this.#take(header + length);
    return { opcode: (wire[0] as number) & 0x0f, payload: wire.subarray(header) };
  }

  async readText(): Promise<string> {
    return (await this.readFrame()).payload.toString();
  }

  async #until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await this.#more.next();
    }
  }

  #take(length: number): Buffer {
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }
}

/** Undefined while the frame has not come as a whole. */
function frameSize(bytes: Buffer): { header: number; length: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] as number) & 0x7f;
  const header = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < header) return undefined;
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return bytes.length < header + length ? undefined : { header, length };
}

/** A frame as a client sends it. RFC 6455 §5.2. */
export function clientFrame(
  opcode: number,
  payload: string | Buffer,
  { isFinal = true, isMasked = true }: { readonly isFinal?: boolean; readonly isMasked?: boolean } = {},
): Buffer {
  const data = Buffer.from(payload);
  const mask = isMasked ? randomBytes(4) : Buffer.alloc(0);
  const size = Buffer.alloc(data.length < 126 ? 1 : data.length < 65_536 ? 3 : 9);
  if (size.length === 1) size[0] = data.length;
  else if (size.length === 3) size.writeUInt16BE(data.length, 1);
  else size.writeBigUInt64BE(BigInt(data.length), 1);
  if (size.length > 1) size[0] = size.length === 3 ? 126 : 127;
  if (isMasked) size[0] = (size[0] as number) | 0x80;
  const body = Buffer.from(data);
  if (isMasked) for (let i = 0; i < body.length; i++) body[i] = (body[i] as number) ^ (mask[i % 4] as number);
  return Buffer.concat([Buffer.from([(isFinal ? 0x80 : 0) | opcode]), size, mask, body]);
}
