import { retryAfterOf, verdictOf } from '../../machines/closeCodes.ts';
import type { Close, ConnectionContext, ConnectionEvent } from '../../machines/connection.types.ts';
import { ConnectionError } from './errors.ts';
import type { Attempt, ConnectionOptions, Provider, Verdict } from './options.ts';
import { Pings, type Sign } from './pings.ts';
import { noWebSocket, platformWebSocket, reportError } from './platform.ts';
import { abnormalClose, deafen, end, listenTo, mute, type FrameEvent, type Loss, type SocketLike } from './socket.ts';
import { normalizeProtocols, normalizeUrl } from './target.ts';

interface Target {
  readonly url: string;
  readonly protocols: string | string[] | undefined;
  readonly attempt: Attempt;
}

/** Whom the transport tells what happens. */
export interface TransportHooks {
  readonly report: (event: ConnectionEvent) => void;
  readonly frame: (event: FrameEvent) => void;
  /** The socket that has opened; null when it is lost or abandoned. */
  readonly connected: (socket: SocketLike | null) => void;
  readonly roundTrip: (roundTripMs: number) => void;
  readonly now: () => number;
  readonly random: () => number;
}

/**
 * Owns the socket: asks for its address, dials it, listens to it, closes or abandons it. The chart says when.
 * At most one socket is live at a time; the abandoned ones are muted for ever.
 */
export class Transport {
  /** Sockets made so far. */
  sockets = 0;
  /** What lay beneath the failure of the present or last attempt. It stays in here: it may hold an address. */
  lastError: unknown = undefined;
  /** When the present or last socket was first pinged. Unit ms; Infinity: it was not. */
  firstPingAt = Infinity;
  readonly #options: ConnectionOptions;
  readonly #hooks: TransportHooks;
  #attempt: AbortController | null = null;
  #target: Target | null = null;
  #socket: SocketLike | null = null;
  #pings: Pings | undefined = undefined;

  constructor(options: ConnectionOptions, hooks: TransportHooks) {
    this.#options = options;
    this.#hooks = hooks;
  }

  /** Asks the providers. Plain values are there at once, without a turn of the event loop. */
  resolve({ token, attempt, reason }: ConnectionContext): void {
    const { url, protocols, WebSocket, createSocket } = this.#options;
    this.lastError = undefined;
    if ((createSocket ?? WebSocket ?? platformWebSocket()) === undefined) {
      this.lastError = noWebSocket();
      this.#hooks.report({ type: 'transport.rejected', token, code: 'no-websocket' });
      return;
    }
    const controller = new AbortController();
    this.#attempt = controller;
    const asked: Attempt = { attempt, reason, signal: controller.signal };
    const settle = (givenUrl: unknown, givenProtocols: unknown): void => {
      if (this.#attempt !== controller) return;
      this.#target = { url: normalizeUrl(givenUrl), protocols: normalizeProtocols(givenProtocols), attempt: asked };
      this.#hooks.report({ type: 'transport.resolved', token });
    };
    const fail = (cause: unknown): void => {
      if (this.#attempt !== controller) return;
      this.lastError = new ConnectionError('provider-failed', 'a provider of url or protocols failed; see cause', {
        cause,
      });
      this.#hooks.report({ type: 'transport.rejected', token });
    };
    if (typeof url !== 'function' && typeof protocols !== 'function') settle(url, protocols);
    else
      Promise.all([answerOf(url, asked), answerOf(protocols, asked)])
        .then((given) => settle(...given))
        .catch(fail);
  }

  /** The attempt has led to a connection: nothing of it is left to abort. */
  settle(): void {
    this.#attempt = null;
  }

  dial(): void {
    const target = this.#target;
    if (target === null) return;
    this.sockets++;
    this.firstPingAt = Infinity;
    try {
      this.#listen(this.#make(target));
    } catch (error) {
      this.abandon();
      this.#lost({ close: abnormalClose, hasOpened: false, error });
    }
  }

  /** Begins the closing handshake. What still arrives is not heard. RFC 6455 §7.1.2. */
  close(code: number | undefined, reason: string | undefined): void {
    this.#hooks.connected(null);
    const socket = this.#socket;
    if (socket === null) return;
    deafen(socket);
    try {
      socket.close(code ?? 1000, reason);
    } catch (error) {
      // It refuses to close, or to close like this: the deadline of the closing handshake lets go of it.
      this.lastError = error;
    }
  }

  /** Lets go of attempt and socket at once, whatever state they are in. */
  abandon(): void {
    const socket = this.#release();
    if (socket === null) return;
    mute(socket);
    end(socket);
  }

  ping(): void {
    if (this.#pings !== undefined) this.firstPingAt = Math.min(this.firstPingAt, this.#hooks.now());
    this.#pings?.send();
  }

  #make({ url, protocols, attempt }: Target): SocketLike {
    const { createSocket } = this.#options;
    if (createSocket !== undefined) return checked(createSocket(url, protocols, attempt));
    const Socket = this.#options.WebSocket ?? platformWebSocket();
    if (Socket === undefined) throw noWebSocket();
    return (protocols === undefined ? new Socket(url) : new Socket(url, protocols)) as SocketLike;
  }

  #listen(socket: SocketLike): void {
    this.#socket = socket;
    socket.binaryType = this.#options.binaryType ?? 'arraybuffer';
    const { heartbeat = 'auto' } = this.#options;
    const { report, frame, connected, now, random } = this.#hooks;
    const pings = Pings.of(socket, heartbeat, random, now);
    this.#pings = pings;
    listenTo(socket, {
      opened: () => {
        connected(socket);
        // Not the protocol: there are servers that choose the one that held a credential.
        report({ type: 'socket.opened', greets: false, heartbeat: pings !== undefined });
      },
      frame:
        pings === undefined
          ? frame
          : (event) => {
              const sign = pings.sawFrame(event.data);
              if (sign !== undefined) this.#sawSign(sign);
              if (sign?.pong !== true) frame(event);
            },
      pong: (payload) => {
        const sign = pings?.sawPong(payload);
        if (sign !== undefined) this.#sawSign(sign);
      },
      lost: (loss) => this.#lost(loss),
    });
  }

  #sawSign({ pong, roundTripMs }: Sign): void {
    if (roundTripMs !== undefined) this.#hooks.roundTrip(roundTripMs);
    this.#hooks.report({ type: 'socket.alive', pong });
  }

  #lost({ close, hasOpened, httpStatus, retryAfterMs, error }: Loss): void {
    this.#release();
    this.lastError = error;
    const isJudged = hasOpened || httpStatus !== undefined;
    const verdict: Verdict = isJudged ? this.#judge(close) : 'retry';
    const hintMs = typeof verdict === 'object' ? verdict.retryAfterMs : (retryAfterMs ?? retryAfterOf(close.reason));
    const isHint = hintMs !== undefined && hintMs >= 0;
    this.#hooks.report({
      type: 'socket.closed',
      close,
      verdict: typeof verdict === 'object' ? 'retry' : verdict,
      ...(isHint ? { retryAfterMs: hintMs } : {}),
      ...(httpStatus === undefined ? {} : { httpStatus }),
    });
  }

  #judge(close: Close): Verdict {
    try {
      return this.#options.verdict?.(close) ?? verdictOf(close.code);
    } catch (error) {
      reportError(error);
      return verdictOf(close.code);
    }
  }

  #release(): SocketLike | null {
    const socket = this.#socket;
    const attempt = this.#attempt;
    this.#attempt = null;
    this.#target = null;
    this.#socket = null;
    this.#pings = undefined;
    this.#hooks.connected(null);
    attempt?.abort();
    return socket;
  }
}

/** An async function, so that one that throws is one that was rejected. */
async function answerOf<T>(provider: Provider<T>, asked: Attempt): Promise<T> {
  return typeof provider === 'function' ? (provider as (attempt: Attempt) => T | Promise<T>)(asked) : provider;
}

function checked(socket: unknown): SocketLike {
  const { send, close } = (socket ?? {}) as Partial<SocketLike>;
  if (typeof send === 'function' && typeof close === 'function') return socket as SocketLike;
  throw new ConnectionError('invalid-option', 'createSocket: has to return a WebSocket, and at once (no promise)');
}
