import type { Socket } from 'node:net';
import { within, withResolvers } from '../fixtures/events.ts';
import { checkShape } from './fixtures/frameShape.ts';
import { tableOf } from './fixtures/protocolText.ts';

const namesOf = (title: string): ReadonlySet<string> => new Set(tableOf(title).rows.map(({ name }) => name));
const errorCodes = { topics: namesOf('What went wrong'), basic: namesOf('Errors in basic mode') } as const;
const closeCodes = namesOf('Close codes');
/** Node's own answers to what is no HTTP stand beside those of the hub. */
const statuses = new Set([...namesOf('Refusals'), '101', '200', '408', '431']);

const TEXT = 1;
const CLOSE = 8;
const PONG = 10;

/** What a hub answers on one raw connection. Every byte is held to PROTOCOL.md; what is not allowed there is told. */
export class Heard {
  status: number | undefined = undefined;
  /** 1005: a close frame without a code. */
  closeCode: number | undefined = undefined;
  isOver = false;
  /** Error frames, by code. */
  readonly errors = new Map<string, number>();
  /** The `t` of frames that came back: they are answered in their turn, which pings need not be. */
  readonly echoes = new Set<unknown>();
  /** The newest offset of each subscription. */
  readonly #offsets = new Map<string, number>();
  readonly #isBasic: boolean;
  readonly #breach: (what: string) => void;
  #bytes: Buffer = Buffer.alloc(0);
  #wakers: (() => void)[] = [];

  constructor(socket: Socket, isBasic: boolean, breach: (what: string) => void) {
    this.#isBasic = isBasic;
    this.#breach = breach;
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#read();
      this.#wake();
    });
    socket.on('close', () => {
      this.isOver = true;
      this.#wake();
    });
  }

  /** Resolves when that is so; rejects where that takes too long. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      const { promise, resolve } = withResolvers();
      this.#wakers.push(resolve);
      await within(what, promise);
    }
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }

  #read(): void {
    if (this.status === undefined) this.#readHead();
    if (this.status !== 101) return;
    for (;;) {
      const [first = 0, second = 0] = this.#bytes;
      if (this.#bytes.length < 2) return;
      const short = second & 0x7f;
      const header = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (this.#bytes.length < header) return;
      const length =
        short < 126 ? short : short === 126 ? this.#bytes.readUInt16BE(2) : Number(this.#bytes.readBigUInt64BE(2));
      if (this.#bytes.length < header + length) return;
      const payload = this.#bytes.subarray(header, header + length);
      this.#bytes = this.#bytes.subarray(header + length);
      this.#hear(first, second >= 0x80, payload);
    }
  }

  #readHead(): void {
    const end = this.#bytes.indexOf('\r\n\r\n');
    if (end === -1) return;
    const head = this.#bytes.subarray(0, end).toString('latin1');
    this.#bytes = this.#bytes.subarray(end + 4);
    this.status = Number(head.split(' ')[1]);
    if (!statuses.has(String(this.status))) this.#breach(`the hub answered with ${head.split('\r\n')[0] ?? ''}`);
    if (this.status !== 101) return;
    const protocol = /^sec-websocket-protocol: *(.*)$/imu.exec(head)?.[1];
    const expected = this.#isBasic ? undefined : 'topics.v1+json';
    if (protocol !== expected) this.#breach(`the hub chose the subprotocol ${protocol}`);
  }

  #hear(first: number, isMasked: boolean, payload: Buffer): void {
    const opcode = first & 0x0f;
    if (this.closeCode !== undefined) this.#breach('the hub spoke after its close frame');
    if (isMasked || (first & 0xf0) !== 0x80) this.#breach(`the hub sent a frame that begins with ${first}`);
    if (opcode === TEXT) this.#hearText(payload.toString());
    else if (opcode === CLOSE) this.closeCode = payload.length === 0 ? 1005 : payload.readUInt16BE(0);
    else if (opcode !== PONG) this.#breach(`the hub sent a frame of opcode ${opcode}`);
  }

  #hearText(text: string): void {
    try {
      const frame = JSON.parse(text) as unknown;
      if (this.#isBasic) this.#hearFrame(frame);
      else {
        checkShape(frame as object);
        this.#hearFrame(frame);
        this.#hearMessage(frame as object);
      }
    } catch (error) {
      this.#breach(`${String(error)} in ${text.slice(0, 200)}`);
    }
  }

  #hearFrame(frame: unknown): void {
    const { type, code, received } = (frame ?? {}) as {
      readonly type?: unknown;
      readonly code?: unknown;
      readonly received?: { readonly t?: unknown } | null;
    };
    this.echoes.add(received?.t);
    if (type !== 'error') return;
    this.errors.set(String(code), (this.errors.get(String(code)) ?? 0) + 1);
    if (!errorCodes[this.#isBasic ? 'basic' : 'topics'].has(String(code)))
      this.#breach(`an error of code ${String(code)}`);
  }

  /** Whoever they are, nothing is left out for them. */
  #hearMessage({ type, topic, sub, offset }: Partial<Record<'type' | 'topic' | 'sub' | 'offset', unknown>>): void {
    if (type !== 'message') return;
    const subscription = JSON.stringify([topic, sub]);
    const before = this.#offsets.get(subscription);
    if (before !== undefined && offset !== before + 1)
      this.#breach(`${String(offset)} came after ${before} in one subscription`);
    this.#offsets.set(subscription, offset as number);
  }
}

/** Whether PROTOCOL.md lets a hub close with it, of its own accord. */
export function isCloseCode(code: number): boolean {
  return closeCodes.has(String(code));
}
