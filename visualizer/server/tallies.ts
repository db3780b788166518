import type { Broker } from '../../src/server/index.ts';
import { topics, type Tallies, type Tally } from '../frames.ts';

/** Windows whose numbers are remembered. */
const CAPACITY = 100;
/** What is further ahead was never said by a window of ours. */
const MAX_AHEAD = 100_000;
const COUNT = topics.count('');

/** What has come of the numbers 1, 2, 3 … */
class Lane {
  #arrived = 0;
  #twice = 0;
  #highest = 0;
  readonly #missing = new Set<number>();

  get tally(): Tally {
    return { arrived: this.#arrived, lost: this.#missing.size, twice: this.#twice };
  }

  note(number: number): void {
    if (number > this.#highest + MAX_AHEAD) return;
    for (let skipped = this.#highest + 1; skipped < number; skipped++) this.#missing.add(skipped);
    const isNew = number > this.#highest || this.#missing.delete(number);
    if (isNew) this.#arrived++;
    else this.#twice++;
    this.#highest = Math.max(this.#highest, number);
  }
}

/** Counts, end to end, what the windows send. */
export class TallyBook {
  readonly #lanes = new Map<string, { readonly ours: Lane; readonly byHand: Lane }>();
  readonly #news = new Set<string>();

  note(lane: keyof Tallies, client: string, number: unknown): void {
    if (!Number.isSafeInteger(number) || (number as number) < 1) return;
    let lanes = this.#lanes.get(client);
    if (lanes === undefined) this.#lanes.set(client, (lanes = { ours: new Lane(), byHand: new Lane() }));
    if (this.#lanes.size > CAPACITY) this.#lanes.delete(this.#lanes.keys().next().value ?? '');
    lanes[lane].note(number as number);
    this.#news.add(client);
  }

  /** Those that have changed since they were asked for last. */
  takeNews(): (readonly [client: string, tallies: Tallies])[] {
    const clients = [...this.#news];
    this.#news.clear();
    return clients.flatMap((client) => {
      const lanes = this.#lanes.get(client);
      return lanes === undefined ? [] : [[client, { ours: lanes.ours.tally, byHand: lanes.byHand.tally }] as const];
    });
  }
}

/** The same broker, and what comes into its log is counted: each publish once, whatever its client had to do for that. */
export function counted(broker: Broker, book: TallyBook): Broker {
  return {
    dedupeWindowMs: broker.dedupeWindowMs,
    history: broker.history,
    read: (topic, options) => broker.read(topic, options),
    subscribe: (topic, onEntry) => broker.subscribe(topic, onEntry),
    onGeneration: (listener) => broker.onGeneration(listener),
    publish: async (topic, data, options) => {
      const published = await broker.publish(topic, data, options);
      if (topic.startsWith(COUNT) && !published.duplicate)
        book.note('ours', topic.slice(COUNT.length), JSON.parse(data));
      return published;
    },
  };
}
