import { byteLengthOf, type RawData } from '../protocol/codec.ts';
import type { Pacer } from './pacer.ts';
import { OPEN, type SocketLike } from './socket.ts';

/** While an open socket takes nothing: how long until it is tried again. Unit ms. */
const ROOM_CHECK_MS = 50;
/** Least time until the pacer is asked again: where room comes thick and fast, one look serves many. Unit ms. */
const PACE_GRAIN_MS = 20;

/**
 * The way out to the socket. Up while the chart is in `open`, and only then.
 * `readyState` is asked at every send: while a peer closes, `ws` and Chromium take messages without a word and drop them.
 */
export class Gate {
  /** The socket that has opened, until it is lost or abandoned. */
  socket: SocketLike | null = null;
  isUp = false;
  /** A command waits for the chart: what is sent behind it must not overtake it. */
  isHeldUp = false;
  messages = 0;
  /** How many of these were no messages of the application, but frames of a protocol beside them. */
  said = 0;
  /** Payload; text counts a byte for each UTF-16 unit, so that nothing has to be encoded twice. Unit bytes. */
  bytes = 0;
  readonly #maxBufferedBytes: number;
  readonly #pacer: Pacer;
  #isFull = false;
  /** An allotment has gone: `bufferedAmount` and the pacer are asked before the next. */
  #isShut = true;
  #messagesLeft = 0;
  #bytesLeft = 0;

  constructor(maxBufferedBytes: number, pacer: Pacer) {
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#pacer = pacer;
  }

  /** Whether a message may go straight to the socket. */
  get isClear(): boolean {
    const { socket } = this;
    if (!this.isUp || this.isHeldUp || socket === null || socket.readyState !== OPEN) return false;
    return !this.#isShut || this.#opens(socket);
  }

  /** Up over an open socket: what is held all the same, for want of room or since the socket threw, is worth another try in a while. */
  get isWaiting(): boolean {
    return this.isUp && this.socket !== null && this.socket.readyState === OPEN;
  }

  /** How long until that other try, if no pong comes before. Unit ms. */
  get retryInMs(): number {
    const { waitMs } = this.#pacer;
    return waitMs > 0 ? Math.max(PACE_GRAIN_MS, Math.ceil(waitMs)) : ROOM_CHECK_MS;
  }

  /** Whether the outbox may be emptied into the socket: the gate is about to go up, or has been waiting for room. */
  get canFlush(): boolean {
    if (this.socket === null || this.socket.readyState !== OPEN) return false;
    return !this.#isShut || this.#opens(this.socket);
  }

  /** Hands a message to the socket. False: the socket refused it. */
  pass(data: RawData): boolean {
    const socket = this.socket;
    if (socket === null) return false;
    try {
      socket.send(data);
    } catch {
      return false;
    }
    const size = typeof data === 'string' ? data.length : byteLengthOf(data);
    this.messages++;
    this.bytes += size;
    this.#bytesLeft -= size;
    if (--this.#messagesLeft <= 0 || this.#bytesLeft <= 0) this.#look(socket);
    return true;
  }

  /** Hands a frame of a protocol to the socket, which is nobody's message. */
  say(data: string): boolean {
    const hasGone = this.socket?.readyState === OPEN && this.pass(data);
    if (hasGone) this.said++;
    return hasGone;
  }

  /** A socket has opened, or is gone. */
  connect(socket: SocketLike | null): void {
    this.socket = socket;
    this.#isFull = false;
    if (socket !== null) this.begin();
  }

  /** Nothing was sent on this socket yet, or nothing since the peer had to prove itself. */
  begin(): void {
    this.#isShut = true;
    this.#pacer.begin(this.messages, this.bytes);
  }

  #opens(socket: SocketLike): boolean {
    this.#isFull &&= (socket.bufferedAmount ?? 0) > this.#maxBufferedBytes / 2;
    if (this.#isFull || this.#pacer.waitMs > 0) return false;
    this.#messagesLeft = this.#pacer.allotment;
    this.#bytesLeft = this.#messagesLeft * 1024;
    // Where every message counts each one asks, so that a ping in between is counted before it.
    this.#isShut = this.#messagesLeft === 1;
    return true;
  }

  #look(socket: SocketLike): void {
    this.#isShut = true;
    this.#isFull = (socket.bufferedAmount ?? 0) > this.#maxBufferedBytes;
    this.#pacer.went(this.messages, this.bytes);
  }
}
