import { roughLengthOf, type RawData } from '../protocol/codec.ts';
import { ConnectionError } from './errors.ts';
import type { Greeting as Greets } from './options.ts';
import type { FrameEvent, MessageListener, SocketLike } from './socket.ts';

/** Frames that may wait to be received, and their bytes; text counts a byte for each UTF-16 unit. */
const MAX_UNREAD = 1_024;
const MAX_UNREAD_BYTES = 1024 * 1024;

interface Unread {
  readonly message: unknown;
  readonly event: FrameEvent;
}

export interface GreetingHooks {
  readonly encode: (message: unknown) => RawData;
  /** Hands the message in a frame on; that there is none is told. */
  readonly decode: (event: FrameEvent, listener: MessageListener) => void;
  /** How it ended, once, unless it was cancelled. */
  readonly ended: (error?: ConnectionError) => void;
}

/** The talk that `greet` has with the peer on a new socket, before anything else goes out on it. */
export class Greeting {
  readonly #socket: SocketLike;
  readonly #hooks: GreetingHooks;
  readonly #unread: Unread[] = [];
  #unreadBytes = 0;
  #waiting: { resolve: (message: unknown) => void; reject: (error: Error) => void }[] = [];
  /** Frames are for others again. */
  isOver = false;

  constructor(socket: SocketLike, hooks: GreetingHooks) {
    this.#socket = socket;
    this.#hooks = hooks;
  }

  /** Ends at once where `greet` has nothing to wait for. */
  begin(greet: (greeting: Greets) => unknown, { credential, signal }: Pick<Greets, 'credential' | 'signal'>): void {
    let answer: unknown;
    try {
      answer = greet({ send: (message) => this.#send(message), receive: () => this.#receive(), credential, signal });
    } catch (cause) {
      return this.#fail(cause);
    }
    if (typeof (answer as PromiseLike<unknown> | undefined)?.then !== 'function') return this.#end();
    Promise.resolve(answer).then(
      () => this.#end(),
      (cause: unknown) => this.#fail(cause),
    );
  }

  frame(event: FrameEvent): void {
    this.#hooks.decode(event, (message) => {
      if (this.isOver) return;
      const waiting = this.#waiting.shift();
      if (waiting !== undefined) waiting.resolve(message);
      else this.#keep({ message, event });
    });
  }

  /** What was not received, in order. It stops where a listener ends the connection: then nobody wants the rest. */
  handOver(listener: MessageListener): void {
    for (let next = this.#unread.shift(); next !== undefined; next = this.#unread.shift()) {
      listener(next.message, next.event);
    }
  }

  #keep(unread: Unread): void {
    this.#unread.push(unread);
    this.#unreadBytes += roughLengthOf(unread.event.data);
    if (this.#unread.length <= MAX_UNREAD && this.#unreadBytes <= MAX_UNREAD_BYTES) return;
    const what = `greet left more than ${MAX_UNREAD} messages or ${MAX_UNREAD_BYTES} bytes unread; receive() them`;
    this.#fail(new ConnectionError('slow-consumer', what));
  }

  /** The socket is gone, or nobody wants it any more: what still waits is told so. */
  cancel(): void {
    this.isOver = true;
    this.#unread.length = 0;
    this.#refuseWaiting();
  }

  #send(message: unknown): void {
    if (this.isOver) throw over();
    this.#socket.send(this.#hooks.encode(message));
  }

  #receive(): Promise<unknown> {
    if (this.isOver) return quiet(Promise.reject(over()));
    const unread = this.#unread.shift();
    if (unread !== undefined) {
      this.#unreadBytes -= roughLengthOf(unread.event.data);
      return Promise.resolve(unread.message);
    }
    return quiet(new Promise((resolve, reject) => this.#waiting.push({ resolve, reject })));
  }

  #fail(cause: unknown): void {
    this.#end(new ConnectionError('greet-failed', 'greet failed; see cause', { cause }));
  }

  #end(error?: ConnectionError): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#refuseWaiting();
    this.#hooks.ended(error);
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
