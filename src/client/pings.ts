import { isBinary, type RawData } from '../protocol/codec.ts';
import { invalidOption } from './errors.ts';
import { Ledger } from './ledger.ts';
import type { HeartbeatOptions } from './options.ts';
import { reportError } from './platform.ts';
import { hasPongs, type SocketLike } from './socket.ts';

const DEFAULT_PING = '{"type":"ping"}';
const LONGEST_PONG = 128;

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
  /** Time since the ping of a probe. Unit ms. */
  readonly roundTripMs?: number;
  /** Every message up to this number has arrived. */
  readonly position?: number;
}

export interface PingHooks {
  readonly now: () => number;
  readonly random: () => number;
  /** Number of the last message handed to the socket. */
  readonly position: () => number;
  /** A ping has gone to the socket. */
  readonly pinged: () => void;
  /** Messages received so far. */
  readonly received: () => number;
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
  #lastPongAt = -Infinity;
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
    this.positionAsked = hooks.position();
    this.#prefix = `${Math.floor(hooks.random() * 36 ** 6).toString(36)}-`;
  }

  /** Asks for a sign of life: any frame from now on is one, once. */
  probe(): void {
    this.#isArmed = true;
    this.#listen();
    this.#send(true);
  }

  /** Asks for a pong that covers what has been handed over; not while so many are out that one more says nothing. */
  askToConfirm(): void {
    if (!this.#ledger.isFull) this.#send(false);
  }

  /** Data went on to the socket. */
  streamed(): void {
    return undefined;
  }

  /** This socket has brought a pong. */
  get hasPong(): boolean {
    return this.#lastPongAt > -Infinity;
  }

  /** No ping is out. */
  get isIdle(): boolean {
    return this.#ledger.isEmpty;
  }

  /** Pongs come, but they answer older pings: one of those was never answered, and the last waits for one pong more. */
  get isBehind(): boolean {
    return this.#hasPongSince && !this.#ledger.isEmpty;
  }

  /** How long a pong has been waited for, since the oldest ping or the last pong. Unit ms. */
  get waitingMs(): number {
    const { oldest } = this.#ledger;
    return oldest === undefined ? 0 : this.#hooks.now() - Math.max(oldest.sentAt, this.#lastPongAt);
  }

  /** Frames have come since the oldest ping that is out. */
  get hasHeardSince(): boolean {
    return this.#hooks.received() > (this.#ledger.oldest?.receivedBefore ?? Infinity);
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
    const position = this.#hooks.position();
    const ping = { token, sentAt: this.#hooks.now(), position, isProbe, receivedBefore: this.#hooks.received() };
    this.#ledger.add(ping);
    this.#listen();
    this.#hasPongSince = false;
    try {
      if (this.#heartbeat === 'protocol') this.#socket.ping?.(token);
      else this.#socket.send(frame);
      this.positionAsked = position;
      this.#hooks.pinged();
    } catch {
      // A socket that refuses a ping is closing, and its loss follows; or it will take the next one.
      this.#ledger.remove(ping);
      this.#listen();
    }
  }

  #answered(token: string | undefined): Sign {
    const isAwaited = this.#disarm();
    const { isOurs, ping } = this.#ledger.answer(token);
    this.#listen();
    if (!isOurs) return isAwaited ? life : nothingNew;
    this.#lastPongAt = this.#hooks.now();
    this.#hasPongSince = true;
    if (ping === undefined) return { pong: true, isAwaited };
    const { position, isProbe, sentAt } = ping;
    return { pong: true, isAwaited, position, ...(isProbe ? { roundTripMs: this.#hooks.now() - sentAt } : {}) };
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
  try {
    const frame: unknown = ping(token);
    if (typeof frame === 'string' || isBinary(frame)) return frame;
    throw invalidOption('heartbeat.ping', 'has to give a string or binary data', frame);
  } catch (error) {
    reportError(error);
    return undefined;
  }
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

function pongOf(data: unknown): { readonly type?: unknown; readonly t?: unknown } | null {
  if (typeof data !== 'string' || data.length > LONGEST_PONG) return null;
  try {
    return JSON.parse(data) as { type?: unknown; t?: unknown } | null;
  } catch {
    return null;
  }
}
