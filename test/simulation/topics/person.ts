/** A client as an application has it: it listens, publishes, goes away and comes back, and keeps books. */
import { ConnectionError } from '../../../src/index.ts';
import {
  createTopicClient,
  type Position,
  type SubscribeOptions,
  type TopicClient,
  type TopicConnectionOptions,
} from '../../../src/topics/index.ts';
import type { FaultyBroker } from '../../server/fixtures/faultyBroker.ts';
import { Ear } from './ear.ts';

type Saved = Readonly<Record<string, Position>>;

interface Stage {
  readonly broker: FaultyBroker;
  readonly options: TopicConnectionOptions;
  readonly url: string;
  readonly breach: (what: string) => void;
}

/** How something is published. */
export interface Publishing {
  readonly size: number;
  readonly ttlMs: number | undefined;
  readonly idOf: (name: string, number: string) => string | undefined;
}

export class Person {
  readonly name: string;
  client: TopicClient;
  /** Those that listen now, by topic. */
  ears: Ear[] = [];
  readonly outcomes: Record<string, number> = {};
  published = 0;
  settled = 0;
  heard = 0;
  gaps = 0;
  /** What was given up: it may come late, or not at all. */
  readonly givenUp = new Set<string>();
  /** What is not in any log, as the client has said. */
  readonly #refused = new Set<string>();
  readonly #stage: Stage;
  /** Positions that were saved some time ago. */
  #saved: Saved = {};

  constructor(name: string, stage: Stage) {
    this.name = name;
    this.#stage = stage;
    this.client = this.#open();
  }

  get refused(): number {
    return this.#refused.size;
  }

  get topics(): readonly string[] {
    return [...new Set(this.ears.map(({ topic }) => topic))];
  }

  listen(topic: string, { last, since }: SubscribeOptions = {}): void {
    const ear = new Ear(topic, this.#stage.broker, (what) => this.#stage.breach(`${this.name}: ${what}`), since);
    ear.subscription = this.client.subscribe(topic, ear.hear, { last, since, onGap: ear.miss });
    this.ears.push(ear);
  }

  /** Positions are saved, as of what has been heard. */
  save(): void {
    this.#saved = JSON.parse(JSON.stringify(this.client.positions())) as Saved;
    for (const ear of this.ears) ear.checkStanding(this.#saved[ear.topic]);
  }

  /** One more listens, from where the positions were saved. */
  listenFromSaved(topic: string): void {
    this.listen(topic, { since: this.#saved[topic] });
  }

  leave(topic: string): void {
    const ear = this.ears.find((other) => other.topic === topic);
    if (ear === undefined) return;
    ear.checkStanding(ear.subscription?.position);
    ear.subscription?.unsubscribe();
    this.#forget(ear);
  }

  /** What is published says whose it is, and the how manieth. `idOf`: of that number; undefined: the client makes one up. */
  publish(topic: string, { size, ttlMs, idOf }: Publishing): void {
    const number = String(this.published++).padStart(5, '0');
    const text = `${this.name} ${number} ${'x'.repeat(size)}`;
    this.client.publish(topic, text, { id: idOf(this.name, number), ttlMs }).then(
      ({ epoch, offset, duplicate }) => {
        this.#settle(duplicate ? 'duplicate' : 'acked');
        if (this.#stage.broker.entry(topic, epoch, offset)?.data !== JSON.stringify(text))
          this.#stage.breach(`I5: ${this.name} ${number} was acknowledged and is not there`);
      },
      (error: unknown) => {
        const outcome = error instanceof ConnectionError ? error.code : String(error);
        this.#settle(outcome);
        (outcome === 'uncertain' ? this.givenUp : this.#refused).add(text);
      },
    );
  }

  /** The page is loaded anew: what was listened to goes on from where it was. */
  reload(): void {
    this.save();
    const { topics } = this;
    for (const ear of [...this.ears]) this.#forget(ear);
    this.client.dispose();
    this.client = this.#open();
    for (const topic of topics) this.listenFromSaved(topic);
  }

  /** The application hangs up, and dials again. */
  hangUp(): void {
    this.client.connection.disconnect();
    this.client.connection.connect();
  }

  async checkEnd(denied: string): Promise<void> {
    const { breach } = this.#stage;
    for (const ear of this.ears) {
      if (ear.topic !== denied) await ear.checkEnd();
      else if (ear.subscription?.state !== 'denied') breach(`${this.name}: ${denied} is ${ear.subscription?.state}`);
    }
    if (this.settled !== this.published)
      breach(`P4: ${this.published - this.settled} publishes of ${this.name} have no outcome`);
    for (const { data } of [...this.#stage.broker.truth.values()].flat())
      if (this.#refused.has(JSON.parse(data) as string)) breach(`P10: ${data.slice(0, 20)} was refused and is there`);
  }

  end(): void {
    for (const ear of [...this.ears]) this.#forget(ear);
    this.client.dispose();
  }

  #forget(ear: Ear): void {
    this.heard += ear.heard;
    this.gaps += ear.gaps;
    this.ears = this.ears.filter((other) => other !== ear);
  }

  #settle(outcome: string): void {
    this.settled++;
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
  }

  #open(): TopicClient {
    const client = createTopicClient(this.#stage.url, this.#stage.options);
    client.connection.on('failed', ({ error }) => this.#stage.breach(`P3: ${this.name} gave up: ${error.message}`));
    client.connection.connect();
    return client;
  }
}
