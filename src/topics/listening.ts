import { reportError } from '../client/platform.ts';
import type { Position } from '../protocol/topicFrames.ts';
import { RecentIds } from './recentIds.ts';
import type { Gap, SubscribeOptions, TopicMessage } from './types.ts';

type Listener = (data: any, message: TopicMessage) => void;

/** Somebody who listens to a topic, and how far they are. */
export class Listening {
  /** Undefined: they take what comes from now on, once it is known what now is. */
  epoch: string | undefined;
  /** All up to here was handed over, or is not wanted. */
  offset: number;
  /** What lies between `offset` and this is wanted, as far as it is there; nobody has to be told where it is not. */
  owedFrom: number;
  readonly last: number;
  /** What is replayed is for others. */
  isPastOnly = false;
  /** What was handed over: to this one, and not to others who listen. */
  readonly ids = new RecentIds();
  /** Where it stood before a gap of which it has not heard. */
  #untold: Position | undefined = undefined;
  readonly #listener: Listener;
  readonly #onGap: SubscribeOptions['onGap'];

  constructor(listener: Listener, { since, last = 0, onGap }: SubscribeOptions) {
    this.#listener = listener;
    this.#onGap = onGap;
    this.epoch = since?.epoch;
    this.offset = this.owedFrom = since?.offset ?? 0;
    this.last = since === undefined ? last : 0;
  }

  get position(): Position | undefined {
    if (this.#untold !== undefined) return this.#untold;
    if (this.epoch === undefined) return undefined;
    return { epoch: this.epoch, offset: this.owedFrom };
  }

  /** It begins: the newest message is at `offset`. */
  begin(epoch: string, offset: number): void {
    this.epoch = epoch;
    this.owedFrom = offset;
    this.offset = Math.max(0, offset - this.last);
  }

  /** It begins behind what is replayed for others. */
  beginLive(epoch: string, offset: number): void {
    this.begin(epoch, offset);
    this.isPastOnly = true;
  }

  /** It goes on behind `to`, in a log that may be `another` one. Whether something is missing by that. */
  moveTo(to: Position, isAnother: boolean): boolean {
    const owedFrom = isAnother ? -1 : this.owedFrom;
    this.epoch = to.epoch;
    this.offset = to.offset;
    this.owedFrom = Math.max(owedFrom, to.offset);
    return to.offset > owedFrom;
  }

  /** What is missing has not been told yet: whoever goes on from its position hears of it. */
  stays(position: Position | undefined): void {
    this.#untold = position;
  }

  /** It has been seen, or is for others. */
  pass(offset: number): void {
    this.offset = this.owedFrom = offset;
  }

  /** A message that is at `offset`, or that has no place. */
  hand(message: TopicMessage, offset: number): void {
    this.offset = this.owedFrom = offset;
    if (message.id !== undefined) this.ids.add(message.id);
    try {
      this.#listener(message.data, message);
    } catch (error) {
      reportError(error);
    }
  }

  /** Resolves when the application is done with it. */
  async tellGap(gap: Gap): Promise<void> {
    this.#untold = undefined;
    try {
      await this.#onGap?.(gap);
    } catch (error) {
      reportError(error);
    }
  }
}
