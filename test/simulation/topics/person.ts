/** A client as an application has it: it listens, publishes, goes away and comes back, and keeps books. */
import { ConnectionError } from '../../../src/index.ts';
import {
  createTopicClient,
  type Position,
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
  readonly #stage: Stage;

  constructor(name: string, stage: Stage) {
    this.name = name;
    this.#stage = stage;
    this.client = this.#open();
  }

  get topics(): readonly string[] {
    return [...new Set(this.ears.map(({ topic }) => topic))];
  }

  listen(topic: string, last: number | undefined, saved: Saved = {}): void {
    const since = saved[topic];
    const ear = new Ear(topic, this.#stage.broker, (what) => this.#stage.breach(`${this.name}: ${what}`), since);
    ear.subscription = this.client.subscribe(topic, ear.hear, { last, since, onGap: ear.miss });
    this.ears.push(ear);
  }

  leave(topic: string): void {
    const ear = this.ears.find((other) => other.topic === topic);
    if (ear === undefined) return;
    ear.subscription?.unsubscribe();
    this.#forget(ear);
  }

  publish(topic: string, size: number, ttlMs: number | undefined): void {
    const id = `${this.name} ${String(this.published++).padStart(5, '0')}`;
    const data = 'x'.repeat(size);
    this.client.publish(topic, data, { id, ttlMs }).then(
      ({ epoch, offset, duplicate }) => {
        this.#settle(duplicate ? 'duplicate' : 'acked');
        const entry = this.#stage.broker.entry(topic, epoch, offset);
        if (entry?.id !== id) this.#stage.breach(`I5: ${id} was acknowledged and is not there`);
      },
      (error: unknown) => this.#settle(error instanceof ConnectionError ? error.code : String(error)),
    );
  }

  /** The page is loaded anew: what was listened to goes on from where it was. */
  reload(): void {
    const saved = JSON.parse(JSON.stringify(this.client.positions())) as Saved;
    const { topics } = this;
    for (const ear of [...this.ears]) this.#forget(ear);
    this.client.dispose();
    this.client = this.#open();
    for (const topic of topics) this.listen(topic, undefined, saved);
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
