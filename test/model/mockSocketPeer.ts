import { Server, WebSocket, type Client } from 'mock-socket';
import { vi } from 'vitest';
import type { Fate, Peer } from './pathRunner.ts';
import type { ModelPath } from './paths.ts';

/** Every move of mock-socket takes it so long. Unit ms. */
const MOVE_MS = 5;
const PONG = '{"type":"pong"}';

let peers = 0;

/** Plays the peer with mock-socket, whose timers have to be vitest's fake ones. */
export class MockSocketPeer implements Peer {
  readonly received: string[] = [];
  readonly #url = `ws://mock-${peers++}.test/`;
  readonly #sockets: WebSocket[] = [];
  #server: Server | undefined;
  #client: Client | undefined;
  #pings = 0;

  get live(): number {
    return this.#sockets.filter(({ readyState }) => readyState < WebSocket.CLOSING).length;
  }

  createSocket({ isRefused }: Fate): object {
    this.#server?.stop();
    this.#server = isRefused ? undefined : this.#listen();
    this.#pings = 0;
    const socket = new WebSocket(this.#url);
    this.#sockets.push(socket);
    return socket;
  }

  open(): void {
    vi.advanceTimersByTime(MOVE_MS);
  }

  frame(): void {
    this.#client?.send('"frame"');
  }

  pong(): boolean {
    if (this.#pings === 0) return false;
    this.#pings--;
    this.#client?.send(PONG);
    return true;
  }

  close(code: number): void {
    this.#client?.close({ code, reason: '', wasClean: false });
    this.#client = undefined;
    vi.advanceTimersByTime(MOVE_MS);
  }

  refuse(): void {
    throw new Error('mock-socket knows no HTTP status');
  }

  /** While a handshake runs, nothing may move: it would end by itself. */
  settle(leaf: string): void {
    if (leaf !== 'connecting.handshaking' && !/^c.*closing$/u.test(leaf)) vi.advanceTimersByTime(MOVE_MS);
  }

  stop(): void {
    this.#server?.stop();
  }

  #listen(): Server {
    const server = new Server(this.#url);
    server.on('connection', (client) => {
      this.#client = client;
      client.on('message', (data) => {
        if (data === '{"type":"ping"}') this.#pings++;
        if (typeof data === 'string') this.received.push(data);
      });
    });
    return server;
  }
}

/** Why a path cannot be played with mock-socket; undefined where it can. */
export function leftOut({ steps }: ModelPath): string | undefined {
  const isRefused = steps.some(({ event }) => 'httpStatus' in event);
  return isRefused ? 'it tells no HTTP status of a refused upgrade' : undefined;
}

/** The heartbeat that makes a mock socket behave as the path expects of its peer. */
export function heartbeatFor({ steps }: ModelPath): false | object {
  return steps.some(({ event }) => 'heartbeat' in event && event.heartbeat) ? {} : false;
}
