/** Reconnecting as everybody writes it once: here to be compared, not to be copied. */
import type { WebSocket } from 'ws';
import type { ClientTerms } from '../contender.ts';

export class HandWritten {
  #socket: WebSocket | undefined = undefined;
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;
  readonly #buffer: string[] = [];
  readonly #terms: Omit<ClientTerms, 'told'>;

  constructor(terms: Omit<ClientTerms, 'told'>) {
    this.#terms = terms;
    this.#connect();
  }

  send(text: string): void {
    if (this.#socket?.readyState === 1) this.#socket.send(text);
    else this.#buffer.push(text);
  }

  close(): void {
    clearTimeout(this.#timer);
    if (this.#socket === undefined) return;
    this.#socket.onclose = null;
    this.#socket.close();
  }

  #connect(): void {
    const { url, pace, WebSocket } = this.#terms;
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempts = 0;
      for (const text of this.#buffer.splice(0)) socket.send(text);
    };
    socket.onerror = () => undefined;
    socket.onclose = () => {
      const delayMs = pace(Math.min(1_000 * 2 ** this.#attempts++, 10_000));
      this.#timer = setTimeout(() => this.#connect(), delayMs);
    };
  }
}
