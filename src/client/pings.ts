import { isBinary, type RawData } from '../protocol/codec.ts';
import { invalidOption } from './errors.ts';
import type { HeartbeatOptions } from './options.ts';
import { reportError } from './platform.ts';
import type { SocketLike } from './socket.ts';

const DEFAULT_PING = '{"type":"ping"}';
const LONGEST_PONG = 128;
/** Pings kept track of: of a peer that answers none, only the last few. */
const MAX_OUT = 8;

/** What a frame says about a ping that is out. */
export interface Sign {
  /** It answers one of ours. */
  readonly pong: boolean;
  /** Time since that ping. Unit ms. */
  readonly roundTripMs?: number;
}

/** The pings of one socket: how they are sent, which are out, and what answers them. It goes with its socket. */
export class Pings {
  readonly #socket: SocketLike;
  readonly #heartbeat: HeartbeatOptions | 'protocol';
  readonly #prefix: string;
  readonly #now: () => number;
  #count = 0;
  #isArmed = false;
  #out: { readonly token: string; readonly sentAt: number }[] = [];

  /** The pings that suit a socket: protocol pings where it has them, those of the application where they were asked for, else none. */
  static of(
    socket: SocketLike,
    heartbeat: 'auto' | false | HeartbeatOptions,
    random: () => number,
    now: () => number,
  ): Pings | undefined {
    if (heartbeat === false) return undefined;
    if (heartbeat !== 'auto') return new Pings(socket, heartbeat, random, now);
    return typeof socket.ping === 'function' ? new Pings(socket, 'protocol', random, now) : undefined;
  }

  private constructor(
    socket: SocketLike,
    heartbeat: HeartbeatOptions | 'protocol',
    random: () => number,
    now: () => number,
  ) {
    this.#socket = socket;
    this.#heartbeat = heartbeat;
    this.#prefix = `${Math.floor(random() * 36 ** 6).toString(36)}-`;
    this.#now = now;
  }

  /** Any frame from now on is a sign of life, once. */
  send(): void {
    const token = `${this.#prefix}${this.#count++}`;
    this.#isArmed = true;
    const frame = this.#heartbeat === 'protocol' ? token : frameOf(this.#heartbeat, token);
    if (frame === undefined) return;
    this.#out.push({ token, sentAt: this.#now() });
    if (this.#out.length > MAX_OUT) this.#out.shift();
    try {
      if (this.#heartbeat === 'protocol') this.#socket.ping?.(token);
      else this.#socket.send(frame);
    } catch {
      // A socket that refuses a ping is closing: its loss follows.
    }
  }

  /** A frame came. `undefined`: it says nothing that is not known. A pong is for us alone. */
  sawFrame(data: unknown): Sign | undefined {
    if (this.#heartbeat !== 'protocol' && this.#out.length > 0) {
      const { isPong = isDefaultPong, pongToken } = this.#heartbeat;
      try {
        if (isPong(data)) return this.#answered(pongToken?.(data));
      } catch (error) {
        reportError(error);
      }
    }
    if (!this.#isArmed) return undefined;
    this.#isArmed = false;
    return { pong: false };
  }

  /** A pong of the protocol came. RFC 6455 §5.5.3: it may also be unsolicited. */
  sawPong(payload: string): Sign | undefined {
    if (this.#out.some(({ token }) => token === payload)) return this.#answered(payload);
    if (!this.#isArmed) return undefined;
    this.#isArmed = false;
    return { pong: false };
  }

  /** The answer to the ping of that token and to all before it; without a token, to the oldest. */
  #answered(token: string | undefined): Sign {
    const index = token === undefined ? 0 : this.#out.findIndex((ping) => ping.token === token);
    const ping = this.#out[index];
    this.#isArmed = false;
    if (ping === undefined) return { pong: false };
    this.#out = this.#out.slice(index + 1);
    return { pong: true, roundTripMs: this.#now() - ping.sentAt };
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
  if (typeof data !== 'string' || data.length > LONGEST_PONG) return false;
  try {
    return (JSON.parse(data) as { type?: unknown } | null)?.type === 'pong';
  } catch {
    return false;
  }
}
