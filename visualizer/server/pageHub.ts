import type { Server } from 'node:http';
import { createHub, type Hub } from '../../src/server/index.ts';
import { topics } from '../frames.ts';
import { publishReadings, type Sources } from './readings.ts';

/** A minute of readings: what is older is not plotted. */
const HISTORY = { maxMessages: 240, maxAgeMs: 60_000 };
/** For how long everybody may stay when the server restarts, and over what time they are to come back. */
const DRAIN = { graceMs: 300, windowMs: 700 };
/** Cut off, without a close frame. */
const CUT = 1006;

/** The hub of the page. It publishes the readings, for who knows topics and for who only listens, and it can be hurt. */
export class PageHub {
  readonly #server: Server;
  readonly #origins: readonly string[];
  readonly #stopReading: () => void;
  /** Undefined while the server is restarting. */
  #hub: Hub | undefined;
  #leaving: Promise<void> | undefined = undefined;
  #comeBack: NodeJS.Timeout | undefined = undefined;
  #isClosed = false;

  /** `origins`: those of our own page. Any other page in the browser can dial a loopback port, too. */
  constructor(server: Server, origins: readonly string[], sources: Sources) {
    this.#server = server;
    this.#origins = origins;
    this.#hub = this.#open();
    this.#stopReading = publishReadings(sources, () => this.#hub);
  }

  /** Cuts the connection of one client without a word, as a broken cable would. */
  drop(clientId: string): void {
    this.#hub?.disconnect(clientId, CUT);
  }

  /** Tells everybody when to come back, takes nobody for a while, and comes back as another hub. */
  restart(downMs: number): void {
    const hub = this.#hub;
    if (hub === undefined) return;
    this.#hub = undefined;
    this.#leaving = hub
      .drain(DRAIN)
      .then(() => hub.close())
      .then(() => {
        if (!this.#isClosed) this.#comeBack = setTimeout(() => (this.#hub = this.#open()), downMs);
      });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#comeBack);
    this.#stopReading();
    await Promise.all([this.#hub?.close(), this.#leaving]);
  }

  #open(): Hub {
    // An old reading is worth nothing: who is slow gets the newest.
    const hub = createHub({ history: HISTORY, slowConsumer: 'latest', allowedOrigins: this.#origins });
    hub.attach(this.#server);
    hub.attach(this.#server, { path: '/api/ws/traffic', topics: [topics.traffic] });
    return hub;
  }
}
