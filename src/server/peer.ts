import type { Principal } from './options.ts';
import type { Outgoing } from './outgoing.ts';

/** What the hub knows of who is at the other end, before it says anything. */
export interface PeerInfo {
  /** Label from the path, or made up: unique per principal only. */
  readonly clientId: string;
  /** What `authenticate` gave; undefined where there is none. */
  readonly principal: Principal | undefined;
  /** `topics.v1+json`, or empty: basic mode. */
  readonly protocol: string;
  /** What it is subscribed to without asking in basic mode: the topics of its path. Default none. */
  readonly topics?: readonly string[] | undefined;
  /** Asks `authenticate` again, with the token of an `auth` frame. Undefined where there is none. */
  readonly reauthenticate?: ((token: string) => Promise<Principal | undefined>) | undefined;
  /** For logs. */
  readonly address?: string | undefined;
}

/** An accepted connection, whatever carries it: `ws`, or a link of the simulator. */
export interface Peer {
  /** Hands a batch over, in order. */
  send(batch: readonly Outgoing[]): void;
  /** What was handed over and is not yet taken by the network, with what each write costs besides. Unit bytes. */
  readonly bufferedAmount: number;
  /** A ping of the protocol: RFC 6455 §5.5.2. Browsers answer by themselves. */
  ping(): void;
  /** Begins the closing handshake. RFC 6455 §7.1.2. */
  close(code: number, reason: string): void;
  /** Cuts it. */
  terminate(): void;
  /** Tells what comes, from now on; once. */
  listen(events: PeerEvents): void;
}

export interface PeerEvents {
  /** A text frame, and its size in UTF-8. */
  text(text: string, byteLength: number): void;
  /** A binary frame: the hub speaks JSON and takes none. */
  binary(): void;
  /** Proof of life without a frame: a pong, or a ping of the peer's own. */
  alive(): void;
  /** There is room again after `bufferedAmount` had grown. */
  drained(): void;
  closed(code: number): void;
}
