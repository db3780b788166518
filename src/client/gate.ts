import { byteLengthOf, type RawData } from '../protocol/codec.ts';
import { OPEN, type SocketLike } from './socket.ts';

/** How often `bufferedAmount` is looked at: asking for every message would cost more than it saves. */
const CHECK_MESSAGES = 64;
const CHECK_BYTES = 64 * 1024;

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
  /** Much has been handed over since the last time. */
  readonly #looked: () => void;
  #isFull = false;
  #uncheckedMessages = 0;
  #uncheckedBytes = 0;

  constructor(maxBufferedBytes: number, looked: () => void) {
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#looked = looked;
  }

  /** Whether a message may go straight to the socket. */
  get isClear(): boolean {
    const { socket } = this;
    if (!this.isUp || this.isHeldUp || socket === null || socket.readyState !== OPEN) return false;
    return !this.#isFull || this.#hasDrained(socket);
  }

  /** Up over an open socket: what is held all the same, for want of room or since the socket threw, is worth another try in a while. */
  get isWaiting(): boolean {
    return this.isUp && this.socket !== null && this.socket.readyState === OPEN;
  }

  /** Whether the outbox may be emptied into the socket: the gate is about to go up, or has been waiting for room. */
  get canFlush(): boolean {
    if (this.socket === null || this.socket.readyState !== OPEN) return false;
    return !this.#isFull || this.#hasDrained(this.socket);
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
    this.#uncheckedBytes += size;
    if (++this.#uncheckedMessages >= CHECK_MESSAGES || this.#uncheckedBytes >= CHECK_BYTES) this.#check(socket);
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
    this.#uncheckedMessages = this.#uncheckedBytes = 0;
  }

  #hasDrained(socket: SocketLike): boolean {
    this.#isFull = (socket.bufferedAmount ?? 0) > this.#maxBufferedBytes / 2;
    return !this.#isFull;
  }

  #check(socket: SocketLike): void {
    this.#uncheckedMessages = this.#uncheckedBytes = 0;
    this.#isFull = (socket.bufferedAmount ?? 0) > this.#maxBufferedBytes;
    this.#looked();
  }
}
