import { isBinary, type RawData } from '../protocol/codec.ts';
import { invalidOption } from './errors.ts';
import { jsonOf } from './hubFrames.ts';
import { Ledger, type Ping } from './ledger.ts';
import type { HeartbeatOptions } from './options.ts';
import { reportError, safely } from './platform.ts';
import { hasPongs, type SocketLike } from './socket.ts';

/** What to do about a peer that gives no pongs. */
export const PINGS =
  "Use sockets that can ping (ws) with heartbeat: 'auto', or set heartbeat.ping and heartbeat.isPong to what the peer speaks";

const DEFAULT_PING = '{"type":"ping"}';
const LONGEST_PONG = 128;

/** One ping in the stream for so much payload: on a slow line its pong shows that bytes flow. Unit bytes. */
const STREAM_BYTES = 64 * 1024;
/** So much of what lies in front of a pong excuses its absence for {@link EXCUSE_MS}: 8 kB/s, and no line in use is slower. Unit bytes. */
const EXCUSE_BYTES = 800;
const EXCUSE_MS = 100;
/** But not for longer than that, however much it is. Unit ms. */
const LONGEST_EXCUSE_MS = 120_000;
/** What is handed over so soon after a silence began is on the way with what went before. Unit ms. */
const BURST_MS = 250;

/** A hub gives the token back, in the order in which it was asked; a pong without one answers somebody else's ping. */
const hubPings: HeartbeatOptions = {
  ping: (token) => `{"type":"ping","t":"${token}"}`,
  pongToken: (data) => tokenOf(data) ?? '',
};

/** What a frame says about the pings that are out. */
export interface Sign {
  /** It answers one of ours. */
  readonly pong: boolean;
  /** The chart waits for it. */
  readonly isAwaited: boolean;
  /** The ping was that of a probe. */
  readonly isProbe?: boolean;
  /** Time since the ping. Unit ms. */
  readonly roundTripMs?: number;
  /** Every message up to this number has arrived. */
  readonly position?: number;
}

interface Traffic {
  readonly messages: number;
  /** Payload. Unit bytes. */
  readonly bytes: number;
}

export interface PingHooks {
  readonly now: () => number;
  readonly random: () => number;
  /** A ping has gone to the socket. */
  readonly pinged: () => void;
  /** What was handed to sockets so far, and what they brought. */
  readonly sent: Traffic;
  readonly received: Traffic;
}

const life: Sign = { pong: false, isAwaited: true };
const nothingNew: Sign = { pong: false, isAwaited: false };

/** The pings of one socket: how they are sent, and what answers them. It goes with its socket. */
export class Pings {
  readonly #socket: SocketLike;
  readonly #heartbeat: HeartbeatOptions | 'protocol';
  readonly #hooks: PingHooks;
  readonly #prefix: string;
  readonly #ledger = new Ledger();
  /** Number of the last message that a pong was asked for. */
  positionAsked: number;
  /** How long a pong may take, where a hub says so. Unit ms. */
  timeoutMs: number | undefined = undefined;
  /** A frame may say something about a ping. Else there is no need to show it to {@link sawFrame}. */
  isListening = false;
  #count = 0;
  /** The first that no pong has answered, also where so many followed that the ledger has forgotten it: with it the silence began. */
  #first: Ping | undefined = undefined;
  #lastPongAt = -Infinity;
  /** When `bufferedAmount` was last seen to have fallen, and what it was. It shows less than there is: a kernel holds a megabyte. */
  #fellAt = -Infinity;
  #buffered = 0;
  /** What had been handed over by the last ping, and by the last one that was answered. Unit bytes. */
  #asked: number;
  #covered: number;
  /** What had been handed over as the silence began: a packet of it that was lost is sent again behind all the rest. Unit bytes. */
  #onTheWay = 0;
  /** A pong came after the last ping: if that leaves something to ask for, an older ping was never answered. */
  #hasPongSince = false;
  /** A probe is out: any frame is the sign of life that it asked for, once. */
  #isArmed = false;

  /** The pings that suit a socket: those of the application where they were asked for, those of a hub, protocol pings where it has them and reports their pongs, else none. */
  static of(
    socket: SocketLike,
    heartbeat: 'auto' | false | HeartbeatOptions,
    hooks: PingHooks,
    isHub: boolean,
  ): Pings | undefined {
    if (heartbeat === false) return undefined;
    if (heartbeat !== 'auto') return new Pings(socket, heartbeat, hooks);
    if (isHub) return new Pings(socket, hubPings, hooks);
    return hasPongs(socket) ? new Pings(socket, 'protocol', hooks) : undefined;
  }

  private constructor(socket: SocketLike, heartbeat: HeartbeatOptions | 'protocol', hooks: PingHooks) {
    this.#socket = socket;
    this.#heartbeat = heartbeat;
    this.#hooks = hooks;
    this.positionAsked = hooks.sent.messages;
    this.#asked = this.#covered = hooks.sent.bytes;
    this.#prefix = `${Math.floor(hooks.random() * 36 ** 6).toString(36)}-`;
  }

  /** Asks for a sign of life: any frame from now on is one, once. */
  probe(): void {
    this.#isArmed = true;
    this.#listen();
    this.#send(true);
  }

  /** Much has been handed over, or with `isEnd` the last of it: of a peer that sends pongs one is asked for behind it. */
  streamed(isEnd = false): void {
    this.#lookAtBuffer();
    const unasked = this.#hooks.sent.bytes - this.#asked;
    if (this.hasPong && unasked >= (isEnd ? 1 : STREAM_BYTES)) this.askToConfirm();
  }

  /** Asks for a pong that covers what has been handed over; not while so many are out that one more says nothing. */
  askToConfirm(): void {
    if (!this.#ledger.isFull) this.#send(false);
  }

  /** No ping is out. */
  get isIdle(): boolean {
    return this.#ledger.isEmpty;
  }

  /** Pongs come, but they answer older pings: one of those was never answered, and the last waits for one pong more. */
  get isBehind(): boolean {
    return this.#hasPongSince && !this.#ledger.isEmpty;
  }

  /** A pong has come on this socket. */
  get hasPong(): boolean {
    return this.#lastPongAt > -Infinity;
  }

  /**
   * How much longer no pong means nothing. The silence began with the oldest ping that is out, or with the last sign that
   * bytes flow; what lies in front of that ping, and what came in front of its pong, takes its time. `isBehindAll`: not a
   * pong is waited for, but what answers a frame behind everything. Unit ms.
   */
  excusedMs(timeoutMs: number, nowMs = this.#hooks.now(), isBehindAll = false): number {
    this.#lookAtBuffer();
    const first = this.#first;
    if (first === undefined) return 0;
    const sent = isBehindAll ? this.#hooks.sent.bytes : Math.max(first.sentBytes, this.#onTheWay);
    const inFront = sent - this.#covered + this.#hooks.received.bytes - first.receivedBytes;
    const silentSince = Math.max(first.sentAt, this.#lastPongAt, this.#fellAt);
    const excuseMs = Math.min(Math.floor(inFront / EXCUSE_BYTES) * EXCUSE_MS, LONGEST_EXCUSE_MS);
    return Math.max(0, Math.floor(silentSince + timeoutMs + excuseMs - nowMs));
  }

  /** A ping is out, and nothing excuses any more that no pong has come. */
  isOverdue(timeoutMs: number): boolean {
    return !this.isIdle && this.excusedMs(timeoutMs) === 0;
  }

  /** Frames have come since the oldest ping that is out. */
  get hasHeardSince(): boolean {
    return this.#hooks.received.bytes > (this.#first?.receivedBytes ?? Infinity);
  }

  /** It only ever puts the end of a silence off: where it is absent, or wrong, that costs nothing. */
  #lookAtBuffer(): void {
    const { bufferedAmount = 0 } = this.#socket;
    if (bufferedAmount < this.#buffered) this.#fellAt = this.#hooks.now();
    this.#buffered = bufferedAmount;
  }

  /** A frame came. `undefined`: it says nothing that is not known. A pong is for us alone. */
  sawFrame(data: unknown): Sign | undefined {
    if (this.#heartbeat !== 'protocol' && !this.#ledger.isEmpty) {
      const {
        ping,
        isPong = isDefaultPong,
        pongToken = typeof ping === 'function' ? tokenOf : noToken,
      } = this.#heartbeat;
      try {
        if (isPong(data)) return this.#answered(pongToken(data));
      } catch (error) {
        reportError(error);
      }
    }
    return this.#disarm() ? life : undefined;
  }

  /** A pong of the protocol came. RFC 6455 §5.5.3: it may also be unsolicited. */
  sawPong(payload: string): Sign | undefined {
    const sign = this.#answered(payload);
    return sign.pong || sign.isAwaited ? sign : undefined;
  }

  #send(isProbe: boolean): void {
    const token = `${this.#prefix}${this.#count++}`;
    const frame = this.#heartbeat === 'protocol' ? token : frameOf(this.#heartbeat, token);
    if (frame === undefined) return;
    this.#lookAtBuffer();
    const position = this.#hooks.sent.messages;
    const sentBytes = this.#hooks.sent.bytes;
    const receivedBytes = this.#hooks.received.bytes;
    const ping = { token, sentAt: this.#hooks.now(), position, isProbe, sentBytes, receivedBytes };
    this.#ledger.add(ping);
    this.#first ??= ping;
    if (ping.sentAt - Math.max(this.#first.sentAt, this.#lastPongAt) < BURST_MS) this.#onTheWay = sentBytes;
    this.#listen();
    this.#hasPongSince = false;
    try {
      if (this.#heartbeat === 'protocol') this.#socket.ping?.(token);
      else this.#socket.send(frame);
      this.positionAsked = position;
      this.#asked = sentBytes;
      this.#hooks.pinged();
    } catch {
      // A socket that refuses a ping is closing, and its loss follows; or it will take the next one.
      this.#ledger.remove(ping);
      if (this.#first === ping) this.#first = undefined;
      this.#listen();
    }
  }

  #answered(token: string | undefined): Sign {
    const isAwaited = this.#disarm();
    const { isOurs, ping } = this.#ledger.answer(token);
    this.#listen();
    if (!isOurs) return isAwaited ? life : nothingNew;
    this.#first = this.#ledger.oldest;
    this.#lastPongAt = this.#hooks.now();
    this.#onTheWay = this.#hooks.sent.bytes;
    this.#hasPongSince = true;
    if (ping === undefined) return { pong: true, isAwaited };
    const { position, isProbe, sentAt, sentBytes } = ping;
    this.#covered = sentBytes;
    return { pong: true, isAwaited, position, isProbe, roundTripMs: this.#lastPongAt - sentAt };
  }

  #listen(): void {
    this.isListening = this.#isArmed || (this.#heartbeat !== 'protocol' && !this.#ledger.isEmpty);
  }

  #disarm(): boolean {
    const wasArmed = this.#isArmed;
    this.#isArmed = false;
    this.#listen();
    return wasArmed;
  }
}

/** Undefined where the application's own function has none to give; that is reported. */
function frameOf({ ping = DEFAULT_PING }: HeartbeatOptions, token: string): RawData | undefined {
  if (typeof ping !== 'function') return ping;
  return safely(() => {
    const frame: unknown = ping(token);
    if (typeof frame === 'string' || isBinary(frame)) return frame;
    throw invalidOption('heartbeat.ping', 'has to return a string or binary data', frame);
  });
}

function isDefaultPong(data: unknown): boolean {
  return pongOf(data)?.type === 'pong';
}

const noToken = (): undefined => undefined;

/** Where pings are made for a token, a pong may bear it in `t`, as the hub's does. */
function tokenOf(data: unknown): string | undefined {
  const t = pongOf(data)?.t;
  return typeof t === 'string' ? t : undefined;
}

const pongOf = (data: unknown) => jsonOf(data, LONGEST_PONG);
