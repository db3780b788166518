import { normalizeProtocols, normalizeUrl } from '../client/target.ts';
import { byteLengthOf, copied, type RawData } from '../protocol/codec.ts';

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

type Handler = (event: any) => void;
type Listener = Handler | { handleEvent(event: any): void };
type EventName = 'open' | 'message' | 'error' | 'close';

/** The other end of a fake socket: whoever plays the network is told what the socket is made to do. */
export interface FarEnd {
  /** What was sent and is not yet in the kernel. Unit bytes · default 0. */
  readonly waitingBytes?: number;
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
  /** Whether its handshake was completed, however it goes on. */
  hasOpened = false;
  protocol = '';
  extensions = '';
  binaryType: 'arraybuffer' | 'blob' = 'blob';
  onopen: Handler | null = null;
  onmessage: Handler | null = null;
  onerror: Handler | null = null;
  onclose: Handler | null = null;
  protected readonly far: FarEnd;
  readonly #listeners = new Map<string, Map<Listener, { readonly isOnce: boolean }>>();
  /** What a test has added to the amount that waits for the line. Unit bytes. */
  #addedBytes = 0;

  /** `meet` is handed the socket and says who is at its other end. Throws `SyntaxError` for an address or subprotocols that are none. */
  constructor(
    url: string | URL,
    protocols: string | readonly string[] | undefined,
    meet: (socket: FakeSocket) => FarEnd,
  ) {
    try {
      this.url = normalizeUrl(url);
      this.protocols = [normalizeProtocols(protocols) ?? []].flat();
    } catch (error) {
      throw failure('SyntaxError', (error as Error).message);
    }
    this.far = meet(this);
  }

  /** What was sent and is not yet in the kernel, frame headers included. A test may set it; the difference is kept on top of what waits for the line. Unit bytes. */
  get bufferedAmount(): number {
    return Math.max(0, this.#addedBytes + (this.far.waitingBytes ?? 0));
  }

  set bufferedAmount(bytes: number) {
    this.#addedBytes = bytes - (this.far.waitingBytes ?? 0);
  }

  addEventListener(name: EventName, listener: Listener, { once = false }: { once?: boolean } = {}): void {
    const listeners = this.#listeners.get(name) ?? new Map<Listener, { readonly isOnce: boolean }>();
    this.#listeners.set(name, listeners);
    if (!listeners.has(listener)) listeners.set(listener, { isOnce: once });
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

  /**
   * The handshake is complete. Does nothing unless it is connecting. `protocol` default: the first that was offered; as in
   * browsers and `ws`, a peer that chooses another, or none of those offered, breaks the handshake.
   */
  opens(protocol = this.protocols[0] ?? ''): void {
    if (this.readyState !== CONNECTING) return;
    if (protocol === '' ? this.protocols.length > 0 : !this.protocols.includes(protocol)) {
      return this.breaks(new Error(`the peer chose the subprotocol '${protocol}', which was not offered`));
    }
    this.readyState = OPEN;
    this.hasOpened = true;
    this.protocol = protocol;
    this.#tell('open', {});
  }

  /** A frame has come. Binary data arrives as `binaryType` says. Not heard unless it is open. */
  receives(data: RawData): void {
    if (!this.hears) return;
    this.#tell('message', { data: typeof data === 'string' ? data : binary(data, this.binaryType) });
  }

  protected get hears(): boolean {
    return this.readyState === OPEN;
  }

  /** The peer has begun the closing handshake: nothing that is sent from now on leaves. The event `close` is still to come. */
  closes(): void {
    if (this.readyState === OPEN) this.readyState = CLOSING;
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

  /** `error`, then `close` with 1006, as a broken link gives. */
  breaks(error?: unknown): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSING;
    this.errs(error);
    this.ends({ code: 1006, reason: '', wasClean: false });
  }

  #tell(name: EventName, details: object): void {
    const event = { type: name, target: this, ...details };
    this[`on${name}`]?.(event);
    const listeners = this.#listeners.get(name);
    for (const [listener, { isOnce }] of [...(listeners ?? [])]) {
      if (isOnce) listeners?.delete(listener);
      if (typeof listener === 'function') listener.call(this, event);
      else listener.handleEvent(event);
    }
  }
}

function binary(data: Exclude<RawData, string>, type: 'arraybuffer' | 'blob'): ArrayBuffer | Blob {
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

  /** `ws` hears what comes while it is closing, browsers don't. */
  protected override get hears(): boolean {
    return this.readyState === FakeSocket.OPEN || this.readyState === FakeSocket.CLOSING;
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
