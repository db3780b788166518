import type { Broker, Entry } from './broker.ts';
import { Outgoing } from './outgoing.ts';

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

/** One topic as this hub knows it: there as long as somebody here listens. */
export class Topic {
  readonly name: string;
  /** The name as JSON. */
  readonly json: string;
  /** Resolves when the broker tells us; rejects where it cannot be asked. */
  readonly listening: Promise<void>;
  readonly #subscribers = new Set<Subscriber>();
  #stop: (() => void) | undefined = undefined;
  #isOver = false;

  constructor(name: string, broker: Broker) {
    this.name = name;
    this.json = JSON.stringify(name);
    this.listening = broker
      .subscribe(name, (entry) => this.#tell(entry))
      .then((stop) => {
        if (this.#isOver) stop();
        else this.#stop = stop;
      });
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

  end(): void {
    this.#isOver = true;
    this.#stop?.();
  }

  #tell(entry: Entry): void {
    const broadcast = new Broadcast(entry, this.json);
    for (const subscriber of this.#subscribers) subscriber.take(broadcast);
  }
}

/** The topics that somebody here listens to. */
export class Topics {
  readonly #broker: Broker;
  readonly #topics = new Map<string, Topic>();

  constructor(broker: Broker) {
    this.#broker = broker;
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
    if (topic === undefined) this.#topics.set(name, (topic = new Topic(name, this.#broker)));
    topic.add(subscriber);
    return topic;
  }

  leave(topic: Topic, subscriber: Subscriber): void {
    topic.delete(subscriber);
    if (topic.size > 0 || this.#topics.get(topic.name) !== topic) return;
    this.#topics.delete(topic.name);
    topic.end();
  }

  /** Of one topic, or of all. */
  renew(name: string | undefined): void {
    if (name !== undefined) return this.#topics.get(name)?.renew();
    for (const topic of [...this.#topics.values()]) topic.renew();
  }
}
