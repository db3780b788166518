/** What one listener may hear, judged by what the broker really held. */
import type { Position } from '../../../src/protocol/topicFrames.ts';
import type { Gap, TopicMessage, TopicSubscription } from '../../../src/topics/index.ts';
import type { FaultyBroker } from '../../server/fixtures/faultyBroker.ts';

export class Ear {
  readonly topic: string;
  subscription: TopicSubscription | undefined = undefined;
  heard = 0;
  gaps = 0;
  readonly #broker: FaultyBroker;
  readonly #breach: (what: string) => void;
  /** What was handed over. */
  readonly #texts = new Set<unknown>();
  /** The last that was handed over, or up to which something is missing. */
  #last: Position | undefined;

  constructor(topic: string, broker: FaultyBroker, breach: (what: string) => void, since: Position | undefined) {
    this.topic = topic;
    this.#broker = broker;
    this.#breach = breach;
    this.#last = since;
  }

  readonly hear = (data: unknown, { offset = 0, id }: TopicMessage): void => {
    this.heard++;
    const { epoch = '' } = this.subscription?.position ?? {};
    const entry = this.#broker.entry(this.topic, epoch, offset);
    if (entry?.id !== id || entry?.data !== JSON.stringify(data))
      this.#breach(`P9: ${this.topic} holds something else at ${offset}`);
    if (this.#texts.has(data)) this.#breach(`P9: ${String(data)} of ${this.topic} is handed over twice`);
    this.#texts.add(data);
    this.#follow({ epoch, offset });
  };

  readonly miss = ({ from, to }: Gap): void => {
    this.gaps++;
    if (to === undefined) return this.#breach(`P9: a gap of ${this.topic} without an end`);
    const last = this.#last;
    if (last !== undefined && (from?.epoch !== last.epoch || from.offset < last.offset))
      return this.#breach(`P9: a gap of ${this.topic} begins at ${from?.offset}, and ${last.offset} was seen`);
    if (last !== undefined && from !== undefined) this.#skipTo(from);
    if (last?.epoch === to.epoch && to.offset < last.offset) this.#breach(`P9: a gap of ${this.topic} leads back`);
    this.#last = to;
  };

  /** Where it is said to stand is no further than where it is. */
  checkStanding(position: Position | undefined): void {
    const last = this.#last;
    if (last === undefined || position === undefined) return;
    if (position.epoch === last.epoch && position.offset > last.offset) this.#skipTo(position);
    if (this.#isOlder(last.epoch, position.epoch))
      this.#breach(`P9: ${this.topic} is said to stand in a newer log than what was heard`);
  }

  /** It is at rest: nothing is missing up to the newest message. */
  async checkEnd(): Promise<void> {
    const { state, position } = this.subscription ?? {};
    const top = await this.#broker.position(this.topic);
    if (state !== 'live') this.#breach(`liveness: ${this.topic} is ${state}`);
    else if (position?.epoch !== top.epoch || position.offset !== top.offset)
      this.#breach(`liveness: ${this.topic} is at ${position?.offset}, and its log at ${top.offset}`);
    if (this.#last !== undefined && position !== undefined) this.#skipTo(position);
  }

  /** As far as anything was ever in these logs. */
  #isOlder(one: string, other: string): boolean {
    const logs = [...this.#broker.truth.keys()];
    const [first, second] = [logs.indexOf(`${one} ${this.topic}`), logs.indexOf(`${other} ${this.topic}`)];
    return first >= 0 && first < second;
  }

  #follow(position: Position): void {
    if (this.#last !== undefined) this.#skipTo({ ...position, offset: position.offset - 1 });
    this.#last = position;
  }

  /** What lies between may only be what was handed over from a former log. */
  #skipTo({ epoch, offset }: Position): void {
    const last = this.#last as Position;
    if (epoch !== last.epoch) return this.#breach(`P9: another log of ${this.topic}, and no gap was told`);
    if (offset < last.offset) return this.#breach(`P9: ${this.topic} goes back from ${last.offset} to ${offset}`);
    for (let skipped = last.offset + 1; skipped <= offset; skipped++) {
      const { data } = this.#broker.entry(this.topic, epoch, skipped) ?? {};
      if (data === undefined || !this.#texts.has(JSON.parse(data)))
        return this.#breach(`P9: ${skipped} of ${this.topic} is missing silently`);
    }
  }
}
