import { retryAfterOf, verdictOf } from '../../machines/closeCodes.ts';
import type { Close, ConnectionContext, ConnectionEvent, HeartbeatPace } from '../../machines/connection.types.ts';
import type { RawData } from '../protocol/codec.ts';
import { SUBPROTOCOL } from '../protocol/topicFrames.ts';
import { ConnectionError } from './errors.ts';
import { Greeting } from './greeting.ts';
import { drainOf, paceOf } from './hubFrames.ts';
import type { ConnectionOptions, Verdict } from './options.ts';
import { Pings, type PingHooks, type Sign } from './pings.ts';
import { noWebSocket, platformWebSocket, safely } from './platform.ts';
import { findTarget, type Target } from './providers.ts';
import {
  closeByError,
  deafen,
  divert,
  end,
  isHeard,
  listenTo,
  mute,
  type FrameEvent,
  type Loss,
  type MessageListener,
  type SocketLike,
} from './socket.ts';
import type { Floor } from './speaker.ts';

/** Whom the transport tells what happens. */
export interface TransportHooks extends PingHooks {
  readonly report: (event: ConnectionEvent) => void;
  readonly frame: (event: FrameEvent) => void;
  /** Hands the message in a frame on; that there is none is told. */
  readonly decode: (event: FrameEvent, listener: MessageListener) => void;
  readonly encode: (message: unknown) => RawData;
  /** A message that was decoded and wanted by nobody but the listeners. */
  readonly message: MessageListener;
  /** The socket that has opened; null when it is lost or abandoned. */
  readonly connected: (socket: SocketLike | null) => void;
  /** Whoever speaks on the same socket, but for what `greet` says first. */
  readonly floor: Floor;
  /** The peer has answered our close frame: it has read everything before that. */
  readonly readAll: () => void;
  readonly sign: (sign: Sign) => void;
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
  #abort: AbortController | null = null;
  #target: Target | null = null;
  #socket: SocketLike | null = null;
  /** The present socket leads to a hub: `topics.v1+json` was agreed. */
  #isHub = false;
  /** What we closed the present socket with. */
  #closeCode: number | undefined = undefined;
  /** Of the present socket, once it has opened and where it can be pinged. */
  pings: Pings | undefined = undefined;
  /** That of the present socket; it may be over. */
  #greeting: Greeting | null = null;

  constructor(options: ConnectionOptions, hooks: TransportHooks) {
    this.#options = options;
    this.#hooks = hooks;
  }

  /** Asks for the address of this attempt. */
  resolve({ token, attempt, reason }: ConnectionContext): void {
    const { WebSocket, createSocket } = this.#options;
    this.lastError = undefined;
    if ((createSocket ?? WebSocket ?? platformWebSocket()) === undefined) {
      this.lastError = noWebSocket();
      this.#hooks.report({ type: 'transport.rejected', token, code: 'no-websocket' });
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    findTarget(
      this.#options,
      { attempt, reason, signal: abort.signal },
      {
        found: (target) => {
          if (this.#abort !== abort) return;
          this.#target = target;
          this.#hooks.report({ type: 'transport.resolved', token });
        },
        failed: (cause) => {
          if (this.#abort !== abort) return;
          const what = 'a provider of credential, url or protocols failed; see cause';
          this.lastError = new ConnectionError('provider-failed', what, { cause });
          this.#hooks.report({ type: 'transport.rejected', token });
        },
      },
    );
  }

  /** The attempt has led to a connection, which stays: nothing of it is left to abort. */
  keep(): void {
    this.#abort = null;
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
      this.#lost({ close: closeByError(error), hasOpened: false, error });
    }
  }

  /** Begins the closing handshake. What still arrives is not heard. RFC 6455 §7.1.2. */
  close(code: number | undefined, reason: string | undefined): void {
    this.#hooks.connected(null);
    const socket = this.#socket;
    if (socket === null) return;
    this.#greeting?.cancel();
    deafen(socket);
    this.#closeCode = code ?? 1000;
    try {
      socket.close(this.#closeCode, reason);
    } catch (error) {
      // It refuses to close, or to close like this: there is no end to wait for.
      this.abandon();
      this.#lost({ close: closeByError(error), hasOpened: true, error });
    }
  }

  /** Lets go of attempt and socket at once, whatever state they are in. */
  abandon(): void {
    const socket = this.#release();
    if (socket === null) return;
    mute(socket);
    end(socket);
  }

  /** Lets `greet` talk to the peer: what it sends goes first on this socket, and what comes is for it alone. */
  greet(): void {
    const { greet } = this.#options;
    const socket = this.#socket;
    const attempt = this.#target?.attempt;
    if (greet === undefined || socket === null || attempt === undefined) return;
    const { encode, decode, report, message } = this.#hooks;
    const greeting = new Greeting(socket, {
      encode,
      decode,
      ended: (error) => {
        undivert();
        if (error !== undefined) {
          this.lastError = error;
          return report({ type: 'socket.refused' });
        }
        this.#hooks.floor.greeted();
        report({ type: 'socket.greeted' });
        greeting.handOver(message);
      },
    });
    this.#greeting = greeting;
    const undivert = divert(socket, (event) => {
      if (!this.#tookDrain(event)) greeting.frame(event);
    });
    greeting.begin(greet, attempt);
  }

  /** Asks the peer for a sign of life. */
  probe(): void {
    if (this.pings === undefined) return;
    this.firstPingAt = Math.min(this.firstPingAt, this.#hooks.now());
    this.pings.probe();
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
    this.#closeCode = undefined;
    socket.binaryType = this.#options.binaryType ?? 'arraybuffer';
    const { frame, sign: tell } = this.#hooks;
    listenTo(socket, {
      opened: () => {
        this.#isHub = socket.protocol === SUBPROTOCOL;
        if (this.#isHub) this.#awaitHello(socket);
        else this.#opened(socket, undefined, undefined);
      },
      frame: (event) => {
        if (this.#tookDrain(event)) return;
        const { pings } = this;
        const sign = pings?.isListening === true ? pings.sawFrame(event.data) : undefined;
        if (sign === undefined) return frame(event);
        tell(sign);
        if (!sign.pong && isHeard(socket)) frame(event);
      },
      pong: (payload) => {
        const sign = this.pings?.sawPong(payload);
        if (sign !== undefined) tell(sign);
      },
      lost: (loss) => this.#lost(loss),
    });
  }

  /** A hub speaks first, and says how often it wants to be pinged. One that says nothing has not opened. */
  #awaitHello(socket: SocketLike): void {
    const undivert = divert(socket, (event) => {
      undivert();
      this.#opened(socket, paceOf(event.data), String(event.data));
      if (!isHeard(socket)) return;
      // No sign of life: it was said before anybody had asked.
      if (this.#greeting?.isOver === false) this.#greeting.frame(event);
      else this.#hooks.frame(event);
    });
  }

  #opened(socket: SocketLike, hubPace: HeartbeatPace | undefined, hello: string | undefined): void {
    const { heartbeat = 'auto', greet } = this.#options;
    const pace = heartbeat === 'auto' ? hubPace : undefined;
    const pings = Pings.of(socket, heartbeat, this.#hooks, this.#isHub);
    if (pings !== undefined) pings.timeoutMs = pace?.timeoutMs;
    this.pings = pings;
    this.#hooks.connected(socket);
    this.#hooks.floor.opened(hello, greet !== undefined);
    this.#hooks.report({
      // Not the protocol: there are servers that choose the one that held a credential.
      type: 'socket.opened',
      greets: greet !== undefined,
      heartbeat: pings !== undefined && (pace ?? true),
    });
  }

  /** A frame of the hub for the chart alone. */
  #tookDrain({ data }: FrameEvent): boolean {
    const retryAfterMs = this.#isHub ? drainOf(data) : undefined;
    if (retryAfterMs === undefined) return false;
    this.#hooks.report({ type: 'hub.draining', retryAfterMs });
    return true;
  }

  #lost({ close, hasOpened, httpStatus, retryAfterMs, error }: Loss): void {
    this.#release();
    this.lastError = error;
    // Another code, and it may have closed by itself, without having read what went before our close frame.
    if (close.wasClean && close.code === this.#closeCode) this.#hooks.readAll();
    const isJudged = hasOpened || httpStatus !== undefined;
    const verdict: Verdict = isJudged ? this.#judge(close) : 'retry';
    const hintMs = typeof verdict === 'object' ? verdict.retryAfterMs : (retryAfterMs ?? retryAfterOf(close.reason));
    const isHint = hintMs !== undefined && hintMs >= 0 && hintMs < Infinity;
    this.#hooks.report({
      type: 'socket.closed',
      close,
      verdict: typeof verdict === 'object' ? 'retry' : verdict,
      retryAfterMs: isHint ? hintMs : undefined,
      httpStatus,
      hasOpened,
    });
  }

  #judge(close: Close): Verdict {
    return safely(() => this.#options.verdict?.(close)) ?? verdictOf(close.code);
  }

  #release(): SocketLike | null {
    const socket = this.#socket;
    const abort = this.#abort;
    this.#abort = null;
    this.#target = null;
    this.#socket = null;
    this.pings = undefined;
    this.#hooks.connected(null);
    this.#greeting?.cancel();
    this.#greeting = null;
    abort?.abort();
    return socket;
  }
}

function checked(socket: unknown): SocketLike {
  const { send, close } = (socket ?? {}) as Partial<SocketLike>;
  if (typeof send === 'function' && typeof close === 'function') return socket as SocketLike;
  throw new ConnectionError('invalid-option', 'createSocket: has to return a WebSocket, and at once (no promise)');
}
