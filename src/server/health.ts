import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Broker } from './broker.ts';
import { within } from './deadline.ts';
import { METRICS_CONTENT_TYPE, prometheusText } from './metrics.ts';
import type { Logger } from './options.ts';
import type { Scheduler } from './scheduler.ts';
import type { HubStats } from './stats.ts';
import { traceOf } from './traceOf.ts';

/** Probes often wait for a second, and no longer. Unit ms. */
const CANARY_TIMEOUT_MS = 800;
/** No client can name it: it holds a control character. */
const CANARY_TOPIC = '\u0001canary';
const CANARY_BITS = 128;
const JSON_TYPE = 'application/json; charset=utf-8';

/** What the health of a hub is told by. */
export interface HealthSource {
  readonly broker: Pick<Broker, 'check' | 'publish' | 'subscribe'>;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly newId: (bits: number) => string;
  stats(): HubStats;
}

/** Whether a hub answers, whether it is of use, and what it does: for balancers and monitors. */
export class Health {
  readonly #source: HealthSource;
  #asking: Promise<string | undefined> | undefined = undefined;
  #wasReady = true;

  constructor(source: HealthSource) {
    this.#source = source;
  }

  /**
   * Answers GET and HEAD of /healthz (200: the process answers), /readyz (200, or 503 while it drains or no canary comes
   * back from the broker within 800 ms) and /metrics (Prometheus), and anything else with 404.
   */
  readonly onRequest: RequestListener = (request, response) => {
    if (!this.answer(request, response)) reply(response, 404, JSON_TYPE, JSON.stringify({ status: 'not found' }));
  };

  /** As {@link onRequest}, for a server that has more to say: false where the path is none of these three. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const path = (request.url ?? '').replace(/\?.*/su, '');
    if (path !== '/healthz' && path !== '/readyz' && path !== '/metrics') return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      reply(response, 405, JSON_TYPE, JSON.stringify({ status: 'method not allowed' }));
    } else if (path === '/healthz') reply(response, 200, JSON_TYPE, JSON.stringify({ status: 'ok' }));
    else if (path === '/metrics') reply(response, 200, METRICS_CONTENT_TYPE, prometheusText(this.#source.stats()));
    else {
      void this.unreadiness().then((reason) =>
        reply(
          response,
          reason === undefined ? 200 : 503,
          JSON_TYPE,
          JSON.stringify(reason === undefined ? { status: 'ready' } : { status: 'not ready', reason }),
        ),
      );
    }
    return true;
  }

  /** Why it is not ready; undefined: it is. However many ask at once, one canary flies. */
  async unreadiness(): Promise<string | undefined> {
    if (this.#source.stats().isDraining) return 'the hub is draining';
    this.#asking ??= this.#fly().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #fly(): Promise<string | undefined> {
    const { broker, scheduler, logger, newId } = this.#source;
    let release: (() => void) | undefined;
    const roundTrip = (): Promise<void> => {
      const canary = canaryOver(broker, JSON.stringify(newId(CANARY_BITS)));
      release = canary.release;
      return canary.hasReturned;
    };
    try {
      await within(scheduler, broker.check?.() ?? roundTrip(), 'the broker', CANARY_TIMEOUT_MS);
      this.#wasReady = true;
      return undefined;
    } catch (error) {
      // Once, not at each probe: they come every few seconds.
      if (this.#wasReady) logger.warn(traceOf(error), 'not ready: the broker does not answer');
      this.#wasReady = false;
      return 'the broker does not answer';
    } finally {
      release?.();
    }
  }
}

/** A message that only this call knows, published and heard. `release` leaves nothing behind, however far it has come. */
function canaryOver(broker: HealthSource['broker'], mark: string): { hasReturned: Promise<void>; release: () => void } {
  let onHeard!: () => void;
  const heard = new Promise<void>((resolve) => (onHeard = resolve));
  const subscribing = broker.subscribe(CANARY_TOPIC, ({ data }) => {
    if (data === mark) onHeard();
  });
  return {
    hasReturned: subscribing.then(() => broker.publish(CANARY_TOPIC, mark, { scope: 'canary' })).then(() => heard),
    release: () =>
      void subscribing.then(
        (unsubscribe) => unsubscribe(),
        () => undefined,
      ),
  };
}

function reply(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(text);
}
