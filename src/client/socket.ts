import { closeCodeOfStatus } from '../../machines/closeCodes.ts';
import type { Close } from '../../machines/connection.types.ts';
import { isBinary, type RawData } from '../protocol/codec.ts';
import { wallClock } from './time.ts';

/** What every WebSocket class has in common, and what some have beyond. */
export interface SocketLike {
  readonly readyState: number;
  readonly bufferedAmount?: number;
  readonly protocol?: string;
  binaryType: string;
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: FrameEvent) => void) | null;
  onerror: ((event: unknown) => void) | null;
  onclose: ((event: unknown) => void) | null;
  send(data: RawData): void;
  close(code?: number, reason?: string): void;
  /** `ws` */
  terminate?(): void;
  /** `ws`, Bun, React Native */
  ping?(payload?: string): void;
  /** `ws` */
  on?(name: string, listener: (...args: any[]) => void): unknown;
  /** Bun reports pongs with this. */
  addEventListener?(name: string, listener: (event: { readonly data?: unknown }) => void): unknown;
}

/** A frame as the socket hands it over. */
export interface FrameEvent {
  readonly data: unknown;
}

/** Takes the message that was in a frame. */
export type MessageListener = (message: unknown, event: FrameEvent) => void;

export const OPEN = 1;
const CLOSING = 2;

/** Close of a socket that ended without one: RFC 6455 §7.1.5. */
export const abnormalClose: Close = { code: 1006, reason: '', wasClean: false };

/** How a socket ended. */
export interface Loss {
  readonly close: Close;
  /** It had been open: only then does its close code say what the peer thinks of us. */
  readonly hasOpened: boolean;
  /** The status of a refused upgrade, where the platform tells. */
  readonly httpStatus?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly error?: unknown;
}

export interface SocketHandlers {
  opened(): void;
  frame(event: FrameEvent): void;
  pong(payload: string): void;
  lost(loss: Loss): void;
}

/**
 * Listens to a socket, whatever class it is of, until it is muted. However it ends, it is lost once:
 * some emit `error` and never `close` (Node 20's own), some `error` before `close`, some a close without a code (React Native).
 */
export function listenTo(socket: SocketLike, handlers: SocketHandlers): void {
  let hasOpened = false;
  const lose = (loss: Loss): void => {
    mute(socket);
    handlers.lost(loss);
  };
  const open = (): void => {
    hasOpened = true;
    socket.onopen = ignore;
    handlers.opened();
  };
  socket.onopen = open;
  socket.onmessage = (event) => handlers.frame(event);
  socket.onclose = (event) => lose({ close: closeOf(event), hasOpened });
  socket.onerror = (event) => {
    const isOver = !hasOpened || socket.readyState >= CLOSING;
    if (!isOver) return;
    const { error } = (event ?? {}) as { readonly error?: unknown };
    lose({ close: closeByError(error), hasOpened, error });
    end(socket);
  };
  const heardPong = (payload: unknown): void => {
    readPong(payload, (text) => {
      if (isHeard(socket)) handlers.pong(text);
    });
  };
  if (socket.on !== undefined) socket.on('pong', heardPong);
  else if (hasPongs(socket)) socket.addEventListener?.('pong', ({ data }) => heardPong(data));
  if (typeof socket.terminate === 'function') {
    socket.on?.('unexpected-response', (request: { destroy(): void }, response: UpgradeResponse) => {
      request.destroy();
      if (socket.onclose === ignore) return;
      lose(refusalOf(response));
      end(socket);
    });
  }
  if (socket.readyState === OPEN) open();
}

/**
 * Whether it can send pings and reports the pongs. React Native's socket has `ping()` and never reports one, and on
 * Android that ping is a binary message (react-native#57839); it has no `terminate()`, which `ws` and Bun have.
 */
export function hasPongs(socket: SocketLike): boolean {
  const canTell = typeof socket.on === 'function' || typeof socket.terminate === 'function';
  return typeof socket.ping === 'function' && canTell;
}

/** Reads the payload of a pong: a Buffer of `ws`, an ArrayBuffer or a Blob of Bun, by `binaryType`. An unreadable one is still a pong. */
function readPong(payload: unknown, read: (text: string) => void): void {
  if (!isBinary(payload)) return read(String(payload));
  if ('text' in payload) return void payload.text().then(read, () => read(''));
  const bytes = ArrayBuffer.isView(payload)
    ? new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength)
    : new Uint8Array(payload);
  read(String.fromCharCode(...bytes));
}

const ignore = (): void => undefined;

/** Nothing the socket does is heard any more. `ws` throws at an error that nobody listens to, hence functions and not null. */
export function mute(socket: SocketLike): void {
  socket.onopen = socket.onmessage = socket.onerror = socket.onclose = ignore;
}

/** Frames go to another listener until the function that is returned is called. */
export function divert(socket: SocketLike, listener: (event: FrameEvent) => void): () => void {
  const usual = socket.onmessage;
  socket.onmessage = listener;
  return () => {
    if (socket.onmessage === listener) socket.onmessage = usual;
  };
}

/** Whether its frames go to anybody. */
export function isHeard(socket: SocketLike): boolean {
  return socket.onmessage !== ignore;
}

/** Frames are not heard any more; the end is. */
export function deafen(socket: SocketLike): void {
  socket.onmessage = ignore;
}

/** Ends a muted socket at once; where the class allows it, without waiting for the closing handshake. */
export function end(socket: SocketLike): void {
  try {
    if (socket.readyState === OPEN) socket.close(1000);
    else if (socket.readyState < CLOSING && socket.terminate === undefined) socket.close();
  } catch {
    // It refuses to close; it may be ended all the same.
  }
  try {
    socket.terminate?.();
  } catch {
    // It refuses to close: it was never open. Muted it is all the same.
  }
}

/** A system's name for an error: it holds no address and no credential, as a message may. */
const ERROR_NAME = /^[A-Z][A-Z\d_]+$/u;

/** That of an error, with its name as the reason where it has one: `ECONNREFUSED`. */
export function closeByError(error: unknown): Close {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && ERROR_NAME.test(code) ? { ...abnormalClose, reason: code } : abnormalClose;
}

function closeOf(event: unknown): Close {
  const { code, reason, wasClean } = (event ?? {}) as Partial<Close>;
  return { code: code ?? abnormalClose.code, reason: reason ?? '', wasClean: wasClean ?? false };
}

interface UpgradeResponse {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
}

function refusalOf({ statusCode = 0, headers = {} }: UpgradeResponse): Loss {
  const close = {
    code: closeCodeOfStatus(statusCode) ?? abnormalClose.code,
    reason: `HTTP ${statusCode}`,
    wasClean: false,
  };
  const retryAfterMs = retryAfterHeader(headers['retry-after']);
  return { close, hasOpened: false, httpStatus: statusCode, retryAfterMs };
}

/** The three forms of a date in HTTP: RFC 9110 §5.6.7. `Date.parse` takes much more, a number for a year among it. */
const HTTP_DATE = /^[SMTWF][a-z]+,? .+ ..:..:..(?: GMT| \d{4})$/u;

/** `Retry-After`: whole seconds or a date; anything else is no hint. RFC 9110 §10.2.3. Unit of the result ms. */
function retryAfterHeader(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d+$/u.test(value)) return Number(value) * 1000;
  if (!HTTP_DATE.test(value)) return undefined;
  const delayMs = Date.parse(value.endsWith('T') ? value : `${value} GMT`) - wallClock();
  return Number.isNaN(delayMs) ? undefined : Math.max(0, delayMs);
}
