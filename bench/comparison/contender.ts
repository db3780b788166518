/** What is compared: a client as its documentation says it should be written, and an honest server for it. */
import type { WebSocket } from 'ws';
import type { ReconnectReport } from '../topics/reconnects.ts';
import type { Arrivals } from './arrivals.ts';

export interface Contender {
  serve(terms: ServerTerms): Promise<Server>;
  dial(terms: ClientTerms): Client | Promise<Client>;
  /** The least that makes a connection which reconnects, as a module that exports it, to be bundled. */
  readonly entry: string;
  /** What such an application has anyhow, and is left out of the second of two sizes. */
  readonly beside?: readonly string[];
  /** Where it promises something of what the server tells: what became of that in so many cuts. */
  readonly downstream?: (cuts: number) => Promise<ReconnectReport>;
}

/** Every delay of a contender is its usual one, made shorter in the same proportion for all. Unit ms. */
export type Pace = (usualMs: number) => number;

export interface ServerTerms {
  readonly pace: Pace;
  readonly arrivals: Arrivals;
}

export interface Server {
  readonly port: number;
  close(): Promise<void> | void;
}

export interface ClientTerms {
  /** With `ws:`. */
  readonly url: string;
  readonly pace: Pace;
  /** For all that take one: its wait for the end of a closing handshake is at that pace, too. */
  readonly WebSocket: typeof WebSocket;
  /** For all that take one. */
  readonly connectTimeoutMs: number;
  /** To be called when the sender is told that this message may not have arrived, and will not be sent again. */
  readonly told: (n: number) => void;
}

export interface Client {
  send(n: number): void;
  close(): Promise<void> | void;
}
