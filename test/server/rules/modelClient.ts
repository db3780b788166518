import {
  at,
  isSame,
  nameOf,
  type ClientFrame,
  type Entry,
  type HubFrame,
  type Message,
  type Position,
} from './frames.ts';
import type { Ledger } from './ledger.ts';
import type { ModelSession } from './modelHub.ts';
import { Breach, type RulesInForce } from './rules.ts';

interface Unacknowledged {
  readonly message: Message;
  /** Undefined: it has not been sent yet. */
  firstSentMs: number | undefined;
}

/** What the clients share with the world around them. */
export interface ClientWorld {
  readonly rules: RulesInForce;
  readonly ledger: Ledger;
  readonly nowMs: number;
  /** How old a message may be when it is sent again. */
  readonly maxRetryAgeMs: number;
}

/** One client: publishes and listens, goes away and comes back. Its application must see everything once, in order, or be told. */
export class ModelClient {
  readonly number: number;
  link: ModelSession | undefined = undefined;
  /** What the application has been shown up to, without a gap it was not told of. */
  position: Position | undefined = undefined;
  readonly #world: ClientWorld;
  readonly #givenUp = new Set<string>();
  /** Which messages the application has been shown. */
  readonly #shown = new Set<string>();
  /** Ids of messages, each with the epoch in which it was first seen. */
  readonly #ids = new Map<string, number>();
  #outbox: Unacknowledged[] = [];
  #seq = 0;
  /** Counts how often the outbox was begun from its head. */
  #run = 0;
  /** Counts how often it subscribed. */
  #rid = 0;
  /** Undefined: waits for `subscribed`. */
  #sub: number | undefined = undefined;

  constructor(number: number, world: ClientWorld) {
    this.number = number;
    this.#world = world;
  }

  get unacknowledged(): number {
    return this.#outbox.length;
  }

  isGivenUp(message: Message): boolean {
    return this.#givenUp.has(nameOf(message));
  }

  publish(): void {
    const item = { message: { publisher: this.number, seq: ++this.#seq }, firstSentMs: undefined };
    this.#outbox.push(item);
    if (this.link !== undefined) this.#hand(item);
  }

  connect(session: ModelSession): void {
    this.link = session;
    this.subscribe();
    this.#beginAgain();
  }

  hear(frame: HubFrame): void {
    switch (frame.type) {
      case 'ack':
        this.#world.ledger.confirm('I5', frame, frame.message);
        this.#outbox = this.#outbox.filter(({ message }) => !isSame(message, frame.message));
        return;
      case 'error':
        if (frame.run === this.#run) this.#beginAgain();
        return;
      case 'reset':
        // Before it was told the number, it is its own that is meant.
        if (this.#sub === undefined || frame.sub === this.#sub) this.subscribe();
        return;
      case 'subscribed':
        return this.#goOn(frame);
      case 'message':
        if (frame.sub === this.#sub) this.#take(frame.entry);
    }
  }

  #send(frame: ClientFrame): void {
    this.link?.up.push({ frame, sentMs: this.#world.nowMs });
  }

  /** From where it is; at any time, as applications do. */
  subscribe(): void {
    this.#sub = undefined;
    this.#send({ type: 'subscribe', rid: ++this.#rid, since: this.position });
  }

  #hand(item: Unacknowledged): void {
    item.firstSentMs ??= this.#world.nowMs;
    this.#send({ type: 'publish', message: item.message, run: this.#run });
  }

  #beginAgain(): void {
    const { rules, nowMs, maxRetryAgeMs } = this.#world;
    this.#run++;
    if (rules.giveUpInTime) {
      const isTooOld = ({ firstSentMs = nowMs }: Unacknowledged) => nowMs - firstSentMs >= maxRetryAgeMs;
      for (const { message } of this.#outbox.filter(isTooOld)) this.#givenUp.add(nameOf(message));
      this.#outbox = this.#outbox.filter((item) => !isTooOld(item));
    }
    const items = rules.resendInOrder ? this.#outbox : [...this.#outbox].reverse();
    for (const item of items) this.#hand(item);
  }

  #goOn({ rid, sub, epoch, offset, recovered }: Extract<HubFrame, { type: 'subscribed' }>): void {
    // It has asked again since.
    if (this.#world.rules.latestAnswerCounts && rid !== this.#rid) return;
    this.#sub = sub;
    if (this.link !== undefined) this.link.hasLeaked = false;
    // Where it is not recovered, the application is told that something may be missing.
    if (!recovered || this.position === undefined) this.position = { epoch, offset };
  }

  #take(entry: Entry): void {
    const { epoch, offset } = this.position as Position;
    const follows = entry.epoch === epoch && entry.offset === offset + 1;
    if (!follows && this.#world.rules.clientSeesGaps) return this.subscribe();
    if (!follows) throw new Breach('P9', `${at(entry)} was taken after ${epoch}:${offset}, without a word`);
    this.position = { epoch: entry.epoch, offset: entry.offset };
    this.#world.ledger.confirm('I1', entry, entry.message);
    this.#show(entry);
  }

  #show({ epoch, message }: Entry): void {
    const { rules } = this.#world;
    const name = nameOf(message);
    const id = rules.idsNamePublishers ? name : String(message.seq);
    const seenIn = this.#ids.get(id);
    if (seenIn === undefined) this.#ids.set(id, epoch);
    if (rules.messagesBearIds && seenIn !== undefined && seenIn !== epoch) {
      if (!this.#shown.has(name)) throw new Breach('P9', `${name} was taken for another message, and not shown`);
      return;
    }
    if (this.#shown.has(name)) throw new Breach('P9', `${name} was shown twice`);
    this.#shown.add(name);
  }
}
