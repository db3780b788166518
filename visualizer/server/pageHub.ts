import type { Server } from 'node:http';
import { createHub, memoryBroker, type Broker, type Hub } from '../../src/server/index.ts';
import { topics, type CountFrame } from '../frames.ts';
import { publishReadings, type Sources } from './readings.ts';
import { Streaming } from './streaming.ts';
import { counted, TallyBook } from './tallies.ts';

/** A minute of readings: what is older is not plotted. Of a stream at its fastest, two seconds. */
const HISTORY = { maxMessages: 20_000, maxAgeMs: 60_000 };
/** As much of that may wait for a window on a busy machine, and it may be made up for at once. */
const LIMITS = { peerBytes: 2 ** 23, replayPerSecond: 100_000 };
/** Soon enough that a dead connection is found while somebody watches. */
const HEARTBEAT = { intervalMs: 2_500, timeoutMs: 2_000 };
/** For how long everybody may stay when the server restarts, and over what time they are to come back. */
const DRAIN = { graceMs: 300, windowMs: 700 };
const TELL_EVERY_MS = 250;

/** The hub of the page. It publishes the readings, for who knows topics and for who only listens; counts what the windows send; and can be restarted. */
export class PageHub {
  readonly #server: Server;
  readonly #origins: readonly string[];
  readonly #book = new TallyBook();
  /** It outlives the hub, as one beside it would. */
  readonly #broker: Broker = counted(memoryBroker({ history: HISTORY }), this.#book);
  readonly #stopReading: () => void;
  readonly #streaming = new Streaming(() => this.#hub);
  readonly #telling: NodeJS.Timeout;
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
    this.#telling = setInterval(() => this.#tell(), TELL_EVERY_MS);
  }

  /** Unit messages per second. */
  stream(perSecond: number): void {
    this.#streaming.perSecond = perSecond;
  }

  /** Tells everybody when to come back, takes nobody for a while, and comes back as another hub over the same log. */
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
    clearInterval(this.#telling);
    this.#stopReading();
    this.#streaming.stop();
    await Promise.all([this.#hub?.close(), this.#leaving]);
  }

  #open(): Hub {
    const hub = createHub({
      broker: this.#broker,
      heartbeat: HEARTBEAT,
      limits: LIMITS,
      // An old reading is worth nothing: who is slow gets the newest.
      slowConsumer: 'latest',
      allowedOrigins: this.#origins,
      onFrame: (frame, { clientId }) => {
        if (!isCount(frame)) return { received: frame };
        this.#book.note('byHand', clientId, frame.number);
        return undefined;
      },
    });
    hub.attach(this.#server);
    hub.attach(this.#server, { path: '/api/ws/traffic', topics: [topics.traffic] });
    return hub;
  }

  #tell(): void {
    const hub = this.#hub;
    if (hub === undefined) return;
    // A tally that is lost with its hub is told again with the next number.
    for (const [client, tallies] of this.#book.takeNews())
      void hub.publish(topics.tally(client), tallies).catch(() => undefined);
  }
}

function isCount(frame: unknown): frame is CountFrame {
  return typeof frame === 'object' && frame !== null && (frame as { type?: unknown }).type === 'count';
}
