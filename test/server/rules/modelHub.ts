import { at, nameOf, type ClientFrame, type Entry, type HubFrame, type Message, type Position } from './frames.ts';
import type { PublishAnswer, ReadAnswer, Told } from './modelBroker.ts';
import { Breach, type RulesInForce } from './rules.ts';

/** How many entries may be held while the log is read, and how often it is read. */
const MAX_HELD = 1;
const MAX_READS = 2;

/** A question to the broker: on its way there, then done with an answer, or lost in either direction. */
export type Operation = {
  readonly session: ModelSession;
  readonly sinceMs: number;
} & (
  | {
      readonly type: 'publish';
      readonly message: Message;
      readonly run: number;
      readonly generation: number;
      readonly seenTop: number;
      answer?: PublishAnswer | 'lost';
    }
  | { readonly type: 'read'; readonly sub: Subscription; answer?: ReadAnswer | 'lost' }
);

interface Subscription {
  readonly number: number;
  readonly rid: number;
  readonly since: Position | undefined;
  /** Undefined: live. */
  held: Entry[] | undefined;
  reads: number;
  /** The broker has lost something since it was asked. */
  isStale: boolean;
  position: Position | undefined;
  /** Something it should have heard was lost on its way from the broker; the next thing it hears shows that. */
  hasMissed: boolean;
}

/** What the hubs share with the world around them. */
export interface HubWorld {
  readonly rules: RulesInForce;
  nowMs: number;
  readonly operations: Set<Operation>;
  /** Where the broker is now; asked only by who breaks the rules. */
  brokerTop(): Position;
}

/** One hub: its sessions, and what the broker has told it. */
export class ModelHub {
  readonly world: HubWorld;
  readonly sessions = new Set<ModelSession>();
  /** On the way from the broker. */
  readonly feed: Told[] = [];
  generation: number;

  constructor(world: HubWorld, generation: number) {
    this.world = world;
    this.generation = generation;
  }

  hear(told: Told): void {
    if ('generation' in told) return this.learn(told.generation);
    for (const session of this.sessions) session.take(told.entry);
  }

  /** The broker has lost something. */
  learn(generation: number): void {
    if (generation <= this.generation) return;
    this.generation = generation;
    for (const session of this.sessions) session.loseContinuity();
  }

  /** What the broker told is lost before this hub hears it. */
  lose(): void {
    if (this.feed.shift() === undefined) return;
    for (const { sub } of this.sessions) if (sub !== undefined) sub.hasMissed = true;
  }
}

/** One connection, as the hub has it. */
export class ModelSession {
  readonly hub: ModelHub;
  readonly up: { readonly frame: ClientFrame; readonly sentMs: number }[] = [];
  readonly down: HubFrame[] = [];
  sub: Subscription | undefined = undefined;
  /** Of messages on their way to the client one was lost. */
  hasLeaked = false;
  isGone = false;
  readonly #rules: RulesInForce;
  #subs = 0;
  #publishing = 0;
  /** Since a publish failed, or the broker lost something: what has been refused. */
  #refused: Set<string> | undefined = undefined;
  /** What has been put on the wire, to be checked. */
  #sent: Position | undefined = undefined;

  constructor(hub: ModelHub) {
    this.hub = hub;
    this.#rules = hub.world.rules;
    hub.sessions.add(this);
  }

  /** Takes the next frame, if it is its turn. */
  read(): void {
    const next = this.up[0]?.frame;
    if (next === undefined) return;
    if (next.type === 'publish' && this.#rules.oneAtATime && this.#publishing > 0) return;
    this.up.shift();
    if (next.type === 'publish') this.#publish(next.message, next.run);
    else this.#subscribe(next.rid, next.since);
  }

  #publish(message: Message, run: number): void {
    const { world, generation } = this.hub;
    if (this.#rules.headFirst && this.#refused !== undefined) {
      // A frame that comes again shows that the client has begun again from the head of its queue.
      if (!this.#refused.has(nameOf(message))) return this.#refuse(message, run);
      this.#refused = undefined;
    }
    const { epoch, offset: seenTop } = world.brokerTop();
    if (!this.#rules.ackAfterBroker) this.#send({ type: 'ack', message, epoch, offset: seenTop + 1 });
    this.#publishing++;
    world.operations.add({ type: 'publish', session: this, sinceMs: world.nowMs, message, run, generation, seenTop });
  }

  #refuse(message: Message, run: number): void {
    this.#refused ??= new Set();
    this.#refused.add(nameOf(message));
    this.#send({ type: 'error', message, run });
  }

  #subscribe(rid: number, since: Position | undefined): void {
    this.sub = {
      number: ++this.#subs,
      rid,
      since,
      held: [],
      reads: 0,
      isStale: false,
      position: undefined,
      hasMissed: false,
    };
    this.#ask(this.sub);
  }

  #ask(sub: Subscription): void {
    const { world } = this.hub;
    sub.held = [];
    sub.isStale = false;
    sub.reads++;
    world.operations.add({ type: 'read', session: this, sinceMs: world.nowMs, sub });
  }

  /** The broker has answered, or never will. */
  settle(operation: Operation): void {
    if (operation.type === 'publish') this.#settlePublish(operation.message, operation.run, operation.answer ?? 'lost');
    else if (operation.sub === this.sub) this.#settleRead(operation.sub, operation.answer ?? 'lost');
  }

  #settlePublish(message: Message, run: number, answer: PublishAnswer | 'lost'): void {
    this.#publishing--;
    if (answer === 'lost') return this.#refuse(message, run);
    if ('isRefused' in answer) {
      this.hub.learn(answer.generation);
      return this.#refuse(message, run);
    }
    if (this.#rules.ackAfterBroker) this.#send({ type: 'ack', message, epoch: answer.epoch, offset: answer.offset });
  }

  #settleRead(sub: Subscription, answer: ReadAnswer | 'lost'): void {
    const held = sub.held ?? [];
    if (answer === 'lost') return this.#reset();
    const isFull = this.#rules.fullBufferReadsAgain && held.length > MAX_HELD;
    if (isFull || (this.#rules.lossReadsAgain && sub.isStale)) {
      return sub.reads < MAX_READS ? this.#ask(sub) : this.#reset();
    }
    const { epoch, offset, entries, recovered } = answer;
    const start = recovered && sub.since !== undefined ? sub.since.offset : offset;
    this.#send({ type: 'subscribed', rid: sub.rid, sub: sub.number, recovered, epoch, offset: start });
    for (const entry of entries) this.#send({ type: 'message', sub: sub.number, entry });
    sub.position = { epoch, offset };
    sub.held = undefined;
    for (const entry of held.slice(0, MAX_HELD)) {
      if (this.#rules.flushAboveTop) this.take(entry);
      else this.#send({ type: 'message', sub: sub.number, entry });
    }
  }

  take(entry: Entry): void {
    const { sub } = this;
    if (sub === undefined) return;
    if (sub.held !== undefined) {
      // One more than fits shows that something is missing.
      if (this.#rules.listenThenRead && sub.held.length <= MAX_HELD) sub.held.push(entry);
      return;
    }
    const { epoch, offset } = sub.position as Position;
    if (entry.epoch === epoch && entry.offset <= offset) return;
    const follows = entry.epoch === epoch && entry.offset === offset + 1;
    if (!follows && this.#rules.hubSeesGaps) return this.#reset();
    sub.position = entry;
    this.#send({ type: 'message', sub: sub.number, entry });
  }

  loseContinuity(): void {
    if (this.#rules.headFirst) this.#refused ??= new Set();
    if (this.sub?.held !== undefined) this.sub.isStale = true;
    else this.#reset();
  }

  #reset(): void {
    if (this.sub !== undefined) this.#send({ type: 'reset', sub: this.sub.number });
    this.sub = undefined;
  }

  #send(frame: HubFrame): void {
    this.#check(frame);
    this.down.push(frame);
  }

  #check(frame: HubFrame): void {
    if (frame.type === 'subscribed') {
      const { epoch, offset, recovered } = frame;
      if (recovered && epoch !== this.sub?.since?.epoch) {
        throw new Breach('I3', `recovered in epoch ${epoch} from one of ${this.sub?.since?.epoch ?? 'none'}`);
      }
      this.#sent = { epoch, offset };
    }
    if (frame.type === 'message') {
      const { epoch, offset } = this.#sent ?? { epoch: -1, offset: -1 };
      const follows = frame.entry.epoch === epoch && frame.entry.offset === offset + 1;
      if (!follows) throw new Breach('I2', `${at(frame.entry)} was passed on after ${epoch}:${offset}`);
      this.#sent = frame.entry;
    }
  }
}
