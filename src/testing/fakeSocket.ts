import { byteLengthOf, copied, type RawData } from '../protocol/codec.ts';

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

type Listener = (event: any) => void;
type EventName = 'open' | 'message' | 'error' | 'close';

/** The other end of a fake socket: whoever plays the network is told what the socket is made to do. */
export interface FarEnd {
  sent(data: RawData): void;
  /** `close()` was called: the closing handshake begins. */
  closing(code: number | undefined, reason: string): void;
  pinged(payload: string): void;
  terminated(): void;
}

/** The same in the words of errors: DOMException may be absent. */
function failure(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

/**
 * A WebSocket as browsers have it, without a network: it looks and behaves as WHATWG WebSockets say, and what happens
 * to it is decided by whoever made it. `createFakePeer()` and `createSimulatedNetwork()` give classes to dial with.
 */
export class FakeSocket {
  static readonly CONNECTING = CONNECTING;
  static readonly OPEN = OPEN;
  static readonly CLOSING = CLOSING;
  static readonly CLOSED = CLOSED;
  readonly CONNECTING = CONNECTING;
  readonly OPEN = OPEN;
  readonly CLOSING = CLOSING;
  readonly CLOSED = CLOSED;
  readonly url: string;
  /** What was offered. */
  readonly protocols: readonly string[];
  readyState: number = CONNECTING;
  /** Never more than the test makes it. Unit bytes. */
  bufferedAmount = 0;
  protocol = '';
  extensions = '';
  binaryType: BinaryType = 'blob';
  onopen: Listener | null = null;
  onmessage: Listener | null = null;
  onerror: Listener | null = null;
  onclose: Listener | null = null;
  protected readonly far: FarEnd;
  readonly #listeners = new Map<string, Set<Listener>>();

  /** `meet` is handed the socket and says who is at its other end. */
  constructor(
    url: string | URL,
    protocols: string | readonly string[] | undefined,
    meet: (socket: FakeSocket) => FarEnd,
  ) {
    this.url = String(url);
    this.protocols = typeof protocols === 'string' ? [protocols] : [...(protocols ?? [])];
    this.far = meet(this);
  }

  addEventListener(name: EventName, listener: Listener): void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
  }

  removeEventListener(name: EventName, listener: Listener): void {
    this.#listeners.get(name)?.delete(listener);
  }

  /** Throws `InvalidStateError` before it is open; drops what is sent once it closes, without a word. */
  send(data: RawData): void {
    if (this.readyState === CONNECTING) throw failure('InvalidStateError', 'this socket is still connecting');
    if (this.readyState === OPEN) this.far.sent(copied(data));
  }

  /** Throws `InvalidAccessError` for a code other than 1000 and 3000–4999, `SyntaxError` for a reason of more than 123 bytes. */
  close(code?: number, reason = ''): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw failure('InvalidAccessError', `${code} is no close code for an application`);
    }
    if (byteLengthOf(reason) > 123) throw failure('SyntaxError', 'the reason is longer than 123 bytes');
    if (this.readyState >= CLOSING) return;
    this.readyState = CLOSING;
    this.far.closing(code, reason);
  }

  // ── What the network does to it

  /** The handshake is complete. Does nothing unless it is connecting. */
  opens(protocol = ''): void {
    if (this.readyState !== CONNECTING) return;
    this.readyState = OPEN;
    this.protocol = protocol;
    this.#tell('open', {});
  }

  /** A frame has come. Binary data arrives as `binaryType` says. Not heard unless it is open or closing. */
  receives(data: RawData): void {
    if (this.readyState !== OPEN && this.readyState !== CLOSING) return;
    this.#tell('message', { data: typeof data === 'string' ? data : binary(data, this.binaryType) });
  }

  /** It is over, once. Without a code, the event names none, as in React Native. */
  ends(close: { code?: number; reason?: string; wasClean?: boolean } = {}): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.#tell('close', close);
  }

  /** The event `error`; what follows is up to the caller. */
  errs(error: unknown = new Error('the connection broke')): void {
    this.#tell('error', { error });
  }

  #tell(name: EventName, details: object): void {
    const event = { type: name, target: this, ...details };
    this[`on${name}`]?.(event);
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(event);
  }
}

function binary(data: Exclude<RawData, string>, type: BinaryType): ArrayBuffer | Blob {
  if (data instanceof Blob) return data;
  const bytes =
    data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const copy = Uint8Array.from(bytes);
  return type === 'blob' ? new Blob([copy]) : copy.buffer;
}

/** The same with what the class of `ws` has beyond: pings of the protocol, `terminate()`, the status of a refused upgrade. */
export class FakeNodeSocket extends FakeSocket {
  readonly #listeners = new Map<string, ((...args: any[]) => void)[]>();

  /** `'pong'` and `'unexpected-response'`; other events come to the `on…` handlers. */
  on(name: string, listener: (...args: any[]) => void): this {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    return this;
  }

  ping(payload = ''): void {
    if (this.readyState === CONNECTING) throw failure('Error', 'this socket is still connecting');
    if (this.readyState === OPEN) this.far.pinged(payload);
  }

  terminate(): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSING;
    this.far.terminated();
  }

  /** A pong of the protocol has come; its payload is text to whoever makes a string of it, as that of `ws`. */
  pongs(payload: string): void {
    if (this.readyState === OPEN)
      this.#emit('pong', Object.assign(new TextEncoder().encode(payload), { toString: () => payload }));
  }

  /** The upgrade was answered with a status of HTTP. The result says whether somebody listened. */
  refuses(statusCode: number, headers: Readonly<Record<string, string>> = {}): boolean {
    return this.#emit('unexpected-response', { destroy: () => undefined }, { statusCode, headers });
  }

  #emit(name: string, ...args: unknown[]): boolean {
    const listeners = this.#listeners.get(name) ?? [];
    for (const listener of listeners) listener(...args);
    return listeners.length > 0;
  }
}
