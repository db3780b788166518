import type { Fate, Peer } from './pathRunner.ts';

/** A socket whose every move the test makes. */
class FakeSocket {
  readyState = 0;
  bufferedAmount = 0;
  protocol = '';
  binaryType = 'arraybuffer';
  onopen: ((event: unknown) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  onclose: ((event: unknown) => void) | null = null;
  readonly pings: string[] = [];
  readonly #listeners = new Map<string, (...args: unknown[]) => void>();
  readonly #received: string[];
  ping: ((token: string) => void) | undefined;

  constructor(received: string[], canPing: boolean) {
    this.#received = received;
    if (canPing) this.ping = (token) => void this.pings.push(token);
  }

  on(name: string, listener: (...args: unknown[]) => void): void {
    this.#listeners.set(name, listener);
  }

  emit(name: string, ...args: unknown[]): void {
    this.#listeners.get(name)?.(...args);
  }

  send(data: string): void {
    if (this.readyState !== 1) throw new Error('not open');
    this.#received.push(data);
  }

  close(): void {
    if (this.readyState < 2) this.readyState = 2;
  }

  terminate(): void {
    this.readyState = 3;
  }
}

/** Plays the peer with fake sockets: at once, and nothing happens by itself. */
export class FakePeer implements Peer {
  readonly received: string[] = [];
  readonly #sockets: FakeSocket[] = [];

  createSocket({ canPing }: Fate): object {
    const socket = new FakeSocket(this.received, canPing);
    this.#sockets.push(socket);
    return socket;
  }

  get live(): number {
    return this.#sockets.filter(({ readyState }) => readyState < 2).length;
  }

  open(): void {
    const socket = this.#latest();
    socket.readyState = 1;
    socket.onopen?.({});
  }

  frame(): void {
    this.#latest().onmessage?.({ data: '"frame"' });
  }

  pong(): boolean {
    const socket = this.#latest();
    const token = socket.pings.shift();
    if (token === undefined) return false;
    socket.emit('pong', token);
    return true;
  }

  close(code: number): void {
    const socket = this.#latest();
    socket.readyState = 3;
    socket.onclose?.({ code, reason: '', wasClean: false });
  }

  refuse(httpStatus: number): void {
    this.#latest().emit('unexpected-response', { destroy: () => undefined }, { statusCode: httpStatus, headers: {} });
  }

  #latest(): FakeSocket {
    const socket = this.#sockets.at(-1);
    if (socket === undefined) throw new Error('no socket was dialled');
    return socket;
  }
}
