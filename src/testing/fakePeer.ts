import { ConnectionError } from '../client/errors.ts';
import type { RawData } from '../protocol/codec.ts';
import { FakeNodeSocket, FakeSocket, type FarEnd } from './fakeSocket.ts';

/** A class to dial with: `new Socket(url, protocols)`. */
export type FakeSocketClass<S extends FakeSocket = FakeSocket> = new (
  url: string | URL,
  protocols?: string | readonly string[],
) => S;

/** The peer of fake sockets, played by a test. Nothing happens by itself, and all happens at once: there is no time in it. */
export interface FakePeer<S extends FakeSocket = FakeSocket> {
  /** For the option `WebSocket`. */
  readonly WebSocket: FakeSocketClass<S>;
  /** Every socket that was dialled, oldest first. */
  readonly sockets: readonly S[];
  /** The newest; what the peer does, it does to this one. Throws a ConnectionError `'unavailable'` where none was dialled. */
  readonly socket: S;
  /** How many sockets are connecting or open. */
  readonly live: number;
  /** What the sockets have sent, in that order. */
  readonly received: readonly RawData[];
  /** Payloads of pings that were not answered, oldest first. Only of sockets that can ping. */
  readonly pings: readonly string[];
  /** How `close()` was called on a socket, each time. */
  readonly closings: readonly { readonly code: number | undefined; readonly reason: string }[];
  /** Completes the handshake. `protocol` default: the first that was offered. One that was not breaks the handshake, as in life. */
  accept(protocol?: string): void;
  send(data: RawData): void;
  /** The event `close`: the peer hangs up, or completes the closing handshake. Default 1000, clean. Code 1006 is not clean. */
  close(code?: number, reason?: string): void;
  /** The event `error`, then `close` with 1006, as a broken link gives. */
  fail(error?: unknown): void;
  /** Answers the upgrade with a status of HTTP. Sockets of the browser's kind only see that it failed. */
  refuse(status: number, headers?: Readonly<Record<string, string>>): void;
  /** Answers the oldest ping. False: there is none. */
  pong(): boolean;
}

/** What sockets of a fake peer can do. */
export interface FakePeerOptions {
  /** True: sockets as of `ws`, with `ping()`, `terminate()` and the status of a refused upgrade. Default false: as in browsers. */
  hasPing?: boolean;
}

/** Makes a peer for sockets that the test decides about. */
export function createFakePeer(options: { hasPing: true }): FakePeer<FakeNodeSocket>;
export function createFakePeer(options?: FakePeerOptions): FakePeer;
export function createFakePeer({ hasPing = false }: FakePeerOptions = {}): FakePeer {
  return new ScriptedPeer(hasPing);
}

class ScriptedPeer implements FakePeer {
  readonly sockets: FakeSocket[] = [];
  readonly received: RawData[] = [];
  readonly closings: { readonly code: number | undefined; readonly reason: string }[] = [];
  readonly WebSocket: FakeSocketClass;
  #pings: { readonly socket: FakeSocket; readonly payload: string }[] = [];

  constructor(hasPing: boolean) {
    this.WebSocket = socketClass(hasPing, (socket) => {
      this.sockets.push(socket);
      return {
        sent: (data) => this.received.push(data),
        closing: (code, reason) => this.closings.push({ code, reason }),
        pinged: (payload) => this.#pings.push({ socket, payload }),
        terminated: () => undefined,
      };
    });
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined)
      throw new ConnectionError('unavailable', 'no socket was dialled yet; call connect() first');
    return socket;
  }

  get live(): number {
    return this.sockets.filter(({ readyState }) => readyState <= FakeSocket.OPEN).length;
  }

  get pings(): readonly string[] {
    return this.#pings.filter(({ socket }) => socket === this.sockets.at(-1)).map(({ payload }) => payload);
  }

  accept(protocol?: string): void {
    this.socket.opens(protocol);
  }

  send(data: RawData): void {
    this.socket.receives(data);
  }

  close(code = 1000, reason = ''): void {
    this.socket.ends({ code, reason, wasClean: code !== 1006 });
  }

  fail(error?: unknown): void {
    this.socket.breaks(error);
  }

  refuse(status: number, headers?: Readonly<Record<string, string>>): void {
    refuseUpgrade(this.socket, status, headers);
  }

  pong(): boolean {
    const { socket } = this;
    const ping = this.#pings.find((one) => one.socket === socket);
    if (ping === undefined || !(socket instanceof FakeNodeSocket)) return false;
    this.#pings = this.#pings.filter((one) => one !== ping);
    socket.pongs(ping.payload);
    return true;
  }
}

/** A class that dials to `meet`: it gets every new socket and says who is at the other end. */
export function socketClass(hasPing: boolean, meet: (socket: FakeSocket) => FarEnd): FakeSocketClass {
  const Base = hasPing ? FakeNodeSocket : FakeSocket;
  return class extends Base {
    constructor(url: string | URL, protocols?: string | readonly string[]) {
      super(url, protocols, meet);
    }
  };
}

/** The status where the socket can tell it, else a broken handshake. */
export function refuseUpgrade(socket: FakeSocket, status: number, headers?: Readonly<Record<string, string>>): void {
  if (socket instanceof FakeNodeSocket && socket.refuses(status, headers))
    socket.ends({ code: 1006, reason: '', wasClean: false });
  else socket.breaks(new Error(`Unexpected server response: ${status}`));
}
