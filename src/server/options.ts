import type { IncomingHttpHeaders } from 'node:http';
import type { Broker } from './broker.ts';

/** A request to be let in, or (with `token`) to stay. */
export interface Handshake {
  /** What was asked for, with path and query. */
  readonly url: URL;
  /** Those of the upgrade, in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** The `{client_id}` of the path, or one made up. A label, not a proof. */
  readonly clientId: string;
  /** Subprotocols that were offered, without our own: where browsers can put a token. It is never echoed. */
  readonly protocols: readonly string[];
  /** The IP address at the other end: of the nearest proxy, where there is one. */
  readonly address: string | undefined;
  /** That of an `auth` frame: the connection is there already. */
  readonly token?: string | undefined;
  /** Aborted when the answer is of no use any more: `limits.handshakeTimeoutMs` is over, or, before the upgrade, the other end has gone. */
  readonly signal: AbortSignal;
}

/** Who somebody is, as `authenticate` says. Whatever else it holds is handed to `authorize`. */
export interface Principal {
  /** The scope of publish ids, and of `onDuplicate`. */
  readonly id: string;
  /** When the credential ends: then 4401, unless an `auth` frame brought a fresh one. Unit ms since the epoch · default never. */
  readonly expiresAt?: number | undefined;
}

/** What somebody wants to do with a topic. */
export type Action = 'subscribe' | 'publish';

/** Who a frame came from, for `onFrame` and `authorize`. */
export interface Client<P extends Principal = Principal> {
  readonly clientId: string;
  readonly principal: P | undefined;
}

/** A logger as most are: the first argument is what it is about, the second says it. */
export interface Logger {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Bounds, in both modes. */
export interface HubLimits {
  /** The largest frame a client may send; 1009 for a larger one. Unit bytes · default 65,536. */
  readonly payloadBytes: number;
  /** Topics one connection may be subscribed to; as many may be asked for per second, by a token bucket that holds twice as many. Default 128. */
  readonly topics: number;
  /** Length of a topic's name in UTF-8. Unit bytes · default 256. */
  readonly topicBytes: number;
  /** Publishes of one connection, as a token bucket that holds twice as many. Default 100. */
  readonly publishPerSecond: number;
  /** Frames of any kind, likewise, pings and pongs of WebSocket counted in; 4429 for a peer that goes on and on. Default 200. */
  readonly framesPerSecond: number;
  /** Replayed messages of one connection, likewise; what is over it waits. Default 10,000. */
  readonly replayPerSecond: number;
  /** Connections in all; 503 beyond. Default Infinity. */
  readonly connections: number;
  /** How long the head of an upgrade may take on a server of {@link Hub.listen}, and then, counted anew, `authenticate`: 503. Unit ms · default 10,000. */
  readonly handshakeTimeoutMs: number;
  /** To the first frame, for a client that has not logged in. Unit ms · default Infinity: people who only listen are welcome. */
  readonly firstFrameTimeoutMs: number;
  /** What may wait for one peer, replays counted in; each write that waits counts 256 more. Unit bytes · default 1,048,576. */
  readonly peerBytes: number;
}

/** Everything a hub can be told. Nothing is required. */
export interface HubOptions<P extends Principal = Principal> {
  /** Default {@link memoryBroker} with `history`. */
  readonly broker?: Broker | undefined;
  /** Before the upgrade is answered: who is it? Null, undefined or a rejection: 401. Default: everyone may come in, anonymously. */
  readonly authenticate?: ((handshake: Handshake) => P | null | undefined | Promise<P | null | undefined>) | undefined;
  /** Asked for each topic, and again at each resume. No answer within 5,000 ms counts as `unavailable`. Default: all is allowed where there is no `authenticate`, else nothing is. */
  readonly authorize?: ((client: Client<P>, action: Action, topic: string) => boolean | Promise<boolean>) | undefined;
  /** Origins of pages that may connect, or a function that says. Default: the same host, and loopback to loopback. Required behind a proxy. RFC 6455 §10.2. */
  readonly allowedOrigins?: readonly string[] | ((origin: string) => boolean) | undefined;
  /** Same client id and principal again: both stay, the older gets 4409, or the newer; without `authenticate` by any stranger's doing. Default `'both'`. */
  readonly onDuplicate?: 'both' | 'replace' | 'refuse' | undefined;
  /** Bounds, in both modes: see `limits.payloadBytes` and the others. */
  readonly limits?: Partial<HubLimits> | undefined;
  /** What a peer whose budget is used up meets: 4413, only the newest message of each topic, or a `reset` of each topic. Default `'disconnect'`. */
  readonly slowConsumer?: 'disconnect' | 'latest' | 'resync' | undefined;
  /** What the default broker keeps of each topic. Give it to a `broker` of your own instead. Default 1,000 messages, 300,000 ms, 1,048,576 bytes; each from 0, or Infinity. */
  readonly history?:
    { readonly maxMessages?: number; readonly maxAgeMs?: number; readonly maxBytes?: number } | undefined;
  /** Protocol pings to every peer, and how long silence is borne: 4408. False: none. Unit ms · default 25,000 and 10,000. */
  readonly heartbeat?: false | { readonly intervalMs?: number; readonly timeoutMs?: number } | undefined;
  /** Answers frames of an unknown type in place of the echo. What it returns is sent, or what the promise of it settles as within 5,000 ms; undefined: nothing is. */
  readonly onFrame?: ((frame: unknown, client: Client<P>) => unknown) | undefined;
  /** Whether `message` frames name the client id that published. Default false. */
  readonly showFrom?: boolean | undefined;
  /** Is told of refusals, slow peers and failures; `console` will do. Holds no secret. Default none. */
  readonly logger?: Logger | undefined;
  /** A clock that does not go back. Unit ms. Default the platform's. */
  readonly now?: (() => number) | undefined;
  /** Chance, for jitter and ids: at least 0, below 1. Default the platform's, of cryptographic quality. */
  readonly random?: (() => number) | undefined;
}
