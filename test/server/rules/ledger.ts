import { at, isSame, nameOf, type Entry, type Message, type Position } from './frames.ts';
import { Breach } from './rules.ts';

/** What was truly appended in each epoch, whatever the broker has made of it since. Sees every append, so that it can tell at once what is wrong. */
export class Ledger {
  readonly #epochs = new Map<number, Message[]>([[0, []]]);
  /** Whether a publisher was told that the fate of a message is unknown: then its place in the order is, too. */
  readonly #isGivenUp: (message: Message) => boolean;

  constructor(isGivenUp: (message: Message) => boolean) {
    this.#isGivenUp = isGivenUp;
  }

  /** A new epoch, that begins with what is left of an old one. */
  begin(epoch: number, from: Position): void {
    this.#epochs.set(epoch, this.#of(from.epoch).slice(0, from.offset));
  }

  append({ epoch, offset, message }: Entry): void {
    const messages = this.#of(epoch);
    if (offset !== messages.length + 1) throw new Breach('I1', `offset ${offset} was given after ${messages.length}`);
    for (const earlier of messages) {
      if (isSame(earlier, message)) throw new Breach('I5', `${nameOf(message)} is in the log twice`);
      const isOvertaken = earlier.publisher === message.publisher && earlier.seq > message.seq;
      if (isOvertaken && !this.#isGivenUp(message)) {
        throw new Breach('I8', `${nameOf(message)} comes after ${nameOf(earlier)}`);
      }
    }
    messages.push(message);
  }

  /** What is said to be at a position must be there. */
  confirm(invariant: string, position: Position, message: Message): void {
    const there = this.#of(position.epoch)[position.offset - 1];
    if (there !== undefined && isSame(there, message)) return;
    const found = there === undefined ? 'nothing' : nameOf(there);
    throw new Breach(invariant, `${nameOf(message)} was said to be at ${at(position)}, where ${found} is`);
  }

  #of(epoch: number): Message[] {
    return this.#epochs.get(epoch) ?? [];
  }
}
