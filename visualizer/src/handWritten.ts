/** Reconnecting as everybody writes it once: here to be compared, not to be copied. It runs for real, over the same line. */
const MAX_ATTEMPTS = 5;
const FIRST_DELAY_MS = 3_000;
const MAX_BUFFERED = 100;

export type HandWrittenState = 'connecting' | 'open' | 'waiting' | 'given up';

export class HandWritten {
  state: HandWrittenState = 'connecting';
  #socket: WebSocket | undefined = undefined;
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;
  readonly #buffer: string[] = [];
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
    this.#connect();
  }

  get held(): number {
    return this.#buffer.length;
  }

  send(message: object): void {
    const text = JSON.stringify(message);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
    else if (this.#buffer.length < MAX_BUFFERED) this.#buffer.push(text);
  }

  close(): void {
    clearTimeout(this.#timer);
    if (this.#socket === undefined) return;
    this.#socket.onclose = null;
    this.#socket.close();
  }

  #connect(): void {
    this.state = 'connecting';
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => {
      this.state = 'open';
      this.#attempts = 0;
      for (const text of this.#buffer.splice(0)) socket.send(text);
    };
    socket.onclose = () => {
      if (this.#attempts === MAX_ATTEMPTS) this.state = 'given up';
      else {
        this.state = 'waiting';
        this.#timer = setTimeout(() => this.#connect(), FIRST_DELAY_MS * 2 ** this.#attempts++);
      }
    };
  }
}
