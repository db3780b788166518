import { FakeNodeSocket, FakeSocket, type FarEnd } from '../../src/testing/index.ts';
import type { Fate, Peer } from './pathRunner.ts';

const nothing = (): void => undefined;

/** Plays the peer with fake sockets, each as its fate wants it: at once, and nothing happens by itself. */
export class FakePeer implements Peer {
  readonly received: string[] = [];
  readonly #sockets: FakeSocket[] = [];
  #pings: string[] = [];

  createSocket({ canPing, isRefused }: Fate): object {
    this.#pings = [];
    const far: FarEnd = {
      sent: (data) => this.received.push(data as string),
      pinged: (payload) => this.#pings.push(payload),
      closing: nothing,
      terminated: nothing,
    };
    const Socket = canPing || isRefused ? FakeNodeSocket : FakeSocket;
    const socket = new Socket('ws://peer.test/', undefined, () => far);
    this.#sockets.push(socket);
    return socket;
  }

  get live(): number {
    return this.#sockets.filter(({ readyState }) => readyState <= FakeSocket.OPEN).length;
  }

  open(): void {
    this.#latest().opens();
  }

  frame(): void {
    this.#latest().receives('"frame"');
  }

  pong(): boolean {
    const socket = this.#latest();
    const payload = this.#pings.shift();
    if (payload === undefined || !(socket instanceof FakeNodeSocket)) return false;
    socket.pongs(payload);
    return true;
  }

  close(code: number): void {
    this.#latest().ends({ code, reason: '', wasClean: false });
  }

  refuse(httpStatus: number): void {
    const socket = this.#latest();
    if (socket instanceof FakeNodeSocket) socket.refuses(httpStatus);
  }

  #latest(): FakeSocket {
    const socket = this.#sockets.at(-1);
    if (socket === undefined) throw new Error('no socket was dialled');
    return socket;
  }
}
