import { WebSocket } from 'ws';
import { createFaultProxy, type FaultProxy } from '../../src/testing/index.ts';
import { passed, until } from '../waiting.ts';
import { Arrivals } from './arrivals.ts';
import type { Client, Contender, Pace, Server } from './contender.ts';

/** How long a message takes, each way. */
const LATENCY_MS = 5;
/** Nothing of a client that is at work takes longer than that. */
const QUIET_MS = 1_000;
/** Of `ws`. */
const CLOSE_TIMEOUT_MS = 30_000;
/** Of socket.io, the longest. At the pace of the faults any other would be shorter than a handshake on a busy machine. */
const CONNECT_TIMEOUT_MS = 20_000;

/** What a stage is set up with. */
export interface StageOptions {
  readonly pace: Pace;
  readonly seed: number;
}

/** A contender's server, the line to it, and its clients. */
export class Stage {
  readonly arrivals: Arrivals;
  readonly proxy: FaultProxy;
  /** Numbers whose sender has been told that they may be lost. */
  readonly told = new Set<number>();
  readonly #contender: Contender;
  readonly #pace: Pace;
  readonly #clients: Client[] = [];

  private constructor(contender: Contender, server: Server, arrivals: Arrivals, { pace, seed }: StageOptions) {
    this.#contender = contender;
    this.#pace = pace;
    this.arrivals = arrivals;
    this.proxy = createFaultProxy({ target: { port: server.port }, seed });
  }

  /** Sets it up, has the question asked, and clears it away. */
  static async play<T>(contender: Contender, options: StageOptions, ask: (stage: Stage) => Promise<T>): Promise<T> {
    const arrivals = new Arrivals();
    const server = await contender.serve({ pace: options.pace, arrivals });
    const stage = new Stage(contender, server, arrivals, options);
    await stage.proxy.listen();
    stage.proxy.inject({ type: 'latency', delayMs: LATENCY_MS });
    try {
      return await ask(stage);
    } finally {
      for (const client of stage.#clients) await client.close();
      await stage.proxy.close();
      await server.close();
    }
  }

  async dial(): Promise<Client> {
    const closeTimeout = this.#pace(CLOSE_TIMEOUT_MS);
    class PacedWebSocket extends WebSocket {
      constructor(url: string, protocols?: string | string[]) {
        super(url, protocols, { perMessageDeflate: false, closeTimeout } as WebSocket.ClientOptions);
      }
    }
    const client = await this.#contender.dial({
      url: this.proxy.url(),
      pace: this.#pace,
      WebSocket: PacedWebSocket as typeof WebSocket,
      connectTimeoutMs: this.#pace(CONNECT_TIMEOUT_MS),
      told: (n) => void this.told.add(n),
    });
    this.#clients.push(client);
    return client;
  }

  /** A client that has been connected for a while, so that its heartbeat has been answered. */
  async dialAndSettle(): Promise<Client> {
    const client = await this.dial();
    await until('the first connection', () => this.arrivals.openings.length > 0);
    await passed(this.#pace(60_000));
    return client;
  }

  /** Until nothing arrives any more. */
  async quiet(): Promise<void> {
    for (let before = -1; before !== this.arrivals.count;) {
      before = this.arrivals.count;
      await passed(QUIET_MS);
    }
  }
}
