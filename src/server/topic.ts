import type { Broker, Entry } from './broker.ts';
import { within } from './deadline.ts';
import type { Logger } from './options.ts';
import { Outgoing } from './outgoing.ts';
import type { Scheduler } from './scheduler.ts';
import { traceOf } from './traceOf.ts';

/** An entry on its way to everybody: framed once for each form in which it is wanted, however many want it. */
export class Broadcast {
  readonly entry: Entry;
  readonly #topicJson: string;
  #plain: Outgoing | undefined = undefined;
  readonly #numbered = new Map<number, Outgoing>();

  constructor(entry: Entry, topicJson: string) {
    this.entry = entry;
    this.#topicJson = topicJson;
  }

  /** The data and nothing else: basic mode. */
  get plain(): Outgoing {
    return (this.#plain ??= new Outgoing(this.entry.data));
  }

  /** A `message` of the subscription with this number. Most peers subscribe to a topic once, so that most share one. */
  numbered(sub: number): Outgoing {
    let frame = this.#numbered.get(sub);
    if (frame === undefined)
      this.#numbered.set(sub, (frame = new Outgoing(messageText(this.entry, this.#topicJson, sub))));
    return frame;
  }
}

/** The frame `message`. Put together from texts that are JSON already: data is never parsed and made again. */
export function messageText(
  { offset, id, from, data }: Entry,
  topicJson: string,
  sub: number,
  isReplay = false,
): string {
  const publisher =
    (id === undefined ? '' : `,"id":${JSON.stringify(id)}`) +
    (from === undefined ? '' : `,"from":${JSON.stringify(from)}`);
  const replay = isReplay ? ',"replay":true' : '';
  return `{"type":"message","topic":${topicJson},"sub":${sub},"offset":${offset}${publisher}${replay},"data":${data}}`;
}

/** Who takes what a topic tells. */
export interface Subscriber {
  take(broadcast: Broadcast): void;
  /** Acknowledged entries may be gone: continuity is lost. */
  renew(): void;
}

/** What topics need of their hub. */
export interface TopicContext {
  readonly broker: Broker;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
}

/** One topic as this hub knows it: there as long as somebody here listens. */
export class Topic {
  readonly name: string;
  /** The name as JSON. */
  readonly json: string;
  /** Resolves when the broker tells us; rejects where it cannot be asked. */
  readonly listening: Promise<void>;
  readonly #subscribers = new Set<Subscriber>();
  readonly #logger: Logger;
  #stop: (() => void) | undefined = undefined;
  #isOver = false;

  constructor(name: string, { broker, scheduler, logger }: TopicContext) {
    this.name = name;
    this.json = JSON.stringify(name);
    this.#logger = logger;
    const listening = broker.subscribe(name, (entry) => this.#tell(entry)).then((stop) => this.#listens(stop));
    this.listening = within(scheduler, listening);
    // Everybody who waits for it is told, and leaves: whoever comes after that asks the broker anew.
    this.listening.catch(() => undefined);
  }

  get size(): number {
    return this.#subscribers.size;
  }

  add(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
  }

  delete(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
  }

  renew(): void {
    for (const subscriber of this.#subscribers) subscriber.renew();
  }

  /** Nothing is heard from here on, also where the broker only then says that it listens. */
  end(): void {
    this.#isOver = true;
    const stop = this.#stop;
    this.#stop = undefined;
    try {
      stop?.();
    } catch (error) {
      this.#logger.error({ ...traceOf(error), topic: this.name }, 'the broker could not be told to stop');
    }
  }

  #listens(stop: () => void): void {
    this.#stop = stop;
    if (this.#isOver) this.end();
  }

  #tell(entry: Entry): void {
    const broadcast = new Broadcast(entry, this.json);
    for (const subscriber of this.#subscribers) subscriber.take(broadcast);
  }
}

/** The topics that somebody here listens to. */
export class Topics {
  readonly #context: TopicContext;
  readonly #topics = new Map<string, Topic>();

  constructor(context: TopicContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#topics.size;
  }

  get subscriptions(): number {
    let count = 0;
    for (const topic of this.#topics.values()) count += topic.size;
    return count;
  }

  join(name: string, subscriber: Subscriber): Topic {
    let topic = this.#topics.get(name);
    if (topic === undefined) this.#topics.set(name, (topic = new Topic(name, this.#context)));
    topic.add(subscriber);
    return topic;
  }

  leave(topic: Topic, subscriber: Subscriber): void {
    topic.delete(subscriber);
    if (topic.size > 0) return;
    if (this.#topics.get(topic.name) === topic) this.#topics.delete(topic.name);
    topic.end();
  }

  /** Of one topic, or of all. */
  renew(name: string | undefined): void {
    if (name !== undefined) return this.#topics.get(name)?.renew();
    for (const topic of [...this.#topics.values()]) topic.renew();
  }
}
