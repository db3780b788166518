import type { RawData } from '../protocol/codec.ts';
import { ConnectionError } from './errors.ts';
import type { Greeting as Greets } from './options.ts';
import type { FrameEvent, SocketLike } from './socket.ts';

/** Frames that may wait to be received. */
const MAX_UNREAD = 1_024;

interface Unread {
  readonly message: unknown;
  readonly event: FrameEvent;
}

export interface GreetingHooks {
  readonly encode: (message: unknown) => RawData;
  /** Undefined for a frame that is no message; that has been told. */
  readonly decode: (event: FrameEvent) => { readonly message: unknown } | undefined;
  /** How it ended, once. What was not received is left for the listeners. */
  readonly ended: (error: unknown, unread: readonly Unread[]) => void;
}

/** The talk that `greet` has with the peer on a new socket, before anything else goes out on it. */
export class Greeting {
  readonly #socket: SocketLike;
  readonly #hooks: GreetingHooks;
  readonly #unread: Unread[] = [];
  #waiting: { resolve: (message: unknown) => void; reject: (error: Error) => void }[] = [];
  #isOver = false;

  constructor(socket: SocketLike, hooks: GreetingHooks) {
    this.#socket = socket;
    this.#hooks = hooks;
  }

  /** Ends at once where `greet` has nothing to wait for. */
  begin(greet: (greeting: Greets) => unknown, { credential, signal }: Pick<Greets, 'credential' | 'signal'>): void {
    let answer: unknown;
    try {
      answer = greet({ send: (message) => this.#send(message), receive: () => this.#receive(), credential, signal });
    } catch (error) {
      return this.#end(error);
    }
    if (typeof (answer as PromiseLike<unknown> | undefined)?.then !== 'function') return this.#end(undefined);
    Promise.resolve(answer).then(
      () => this.#end(undefined),
      (error: unknown) => this.#end(error ?? new Error('greet was rejected without a reason')),
    );
  }

  frame(event: FrameEvent): void {
    const decoded = this.#hooks.decode(event);
    if (decoded === undefined || this.#isOver) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting.resolve(decoded.message);
    else if (this.#unread.push({ message: decoded.message, event }) > MAX_UNREAD) {
      this.#end(new ConnectionError('slow-consumer', `greet left ${MAX_UNREAD} messages unread; receive() them`));
    }
  }

  /** The socket is gone, or nobody wants it any more: what still waits is told so. */
  cancel(): void {
    this.#isOver = true;
    this.#refuseWaiting();
  }

  #send(message: unknown): void {
    if (this.#isOver) throw over();
    this.#socket.send(this.#hooks.encode(message));
  }

  #receive(): Promise<unknown> {
    if (this.#isOver) return quiet(Promise.reject(over()));
    const unread = this.#unread.shift();
    if (unread !== undefined) return Promise.resolve(unread.message);
    return quiet(new Promise((resolve, reject) => this.#waiting.push({ resolve, reject })));
  }

  #end(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#refuseWaiting();
    this.#hooks.ended(error, this.#unread);
  }

  #refuseWaiting(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(over());
  }
}

const over = (): ConnectionError =>
  new ConnectionError('closed', 'this greeting is over: the socket is gone, or greet has returned');

/** Nobody has to wait for it. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
