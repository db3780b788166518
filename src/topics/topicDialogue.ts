import { reportError } from '../client/platform.ts';
import type { Line, Opening, Speaker } from '../client/speaker.ts';
import type { FrameEvent } from '../client/socket.ts';
import { utf8Length } from '../protocol/codec.ts';
import type { ClientFrame, HubFrame, Position, ResetReason, Rid } from '../protocol/topicFrames.ts';
import { Feed } from './feed.ts';
import { limitsOf, type Limits } from './helloLimits.ts';
import { Pacer } from './pacer.ts';
import type { PublishLedger } from './publishLedger.ts';
import { Schedule } from './schedule.ts';
import type { Guarantee, TopicClientOptions } from './types.ts';

/** Questions that go out alone, without a position to go on from: fewer than a hub puts up with. */
const ASKS_PER_SECOND = 100;
/** Room for all of a `resume` but its topics. Unit bytes. */
const RESUME_BYTES = 128;

type Place = { readonly topic: string } & Position;

export interface DialogueHooks {
  readonly line: Line;
  readonly ledger: PublishLedger;
  /** A secret of this client: 128 bits in base64url. */
  readonly secret: string;
  readonly options: TopicClientOptions;
  readonly changed: (feed: Feed) => void;
}

export const WITHOUT_ACKS =
  'this server has no topics.v1+json: nobody would say that a publish has arrived; use connection.send';

/** What is said on a socket, and heard: all topics go on in one round trip, then publishes follow. */
export class TopicDialogue implements Omit<Speaker, 'closed' | 'disposed'> {
  guarantee: Guarantee = 'best-effort';
  readonly #hooks: DialogueHooks;
  readonly #feeds = new Map<string, Feed>();
  /** Topics that we told the peer we leave; what still comes is for nobody. */
  readonly #leaving = new Map<string, string>();
  /** Of these, those that the peer was too busy to let go: they are told again. */
  readonly #leavingLater = new Set<string>();
  readonly #asking = new Set<Feed>();
  readonly #pacer: Pacer;
  readonly #schedule: Schedule;
  #limits: Limits | undefined = undefined;
  /** `greet` is over, and the socket is there. */
  #isOurTurn = false;
  /** The hub knows our secret. */
  #isKnown = false;
  #isFresh = false;
  /** All that is asked now goes out together. */
  #isGathering = false;
  #rids = 0;

  constructor(hooks: DialogueHooks) {
    this.#hooks = hooks;
    this.#pacer = new Pacer(ASKS_PER_SECOND, () => hooks.line.now());
    this.#schedule = new Schedule(hooks.line, () => this.#goOn());
  }

  get feeds(): Iterable<Feed> {
    return this.#feeds.values();
  }

  /** The server is there, and acknowledges nothing. */
  get isPlain(): boolean {
    return this.#isOurTurn && this.guarantee === 'best-effort';
  }

  feed(topic: string): Feed | undefined {
    return this.#feeds.get(topic);
  }

  /** The feed of a topic; made where there is none. */
  open(topic: string): Feed {
    let feed = this.#feeds.get(topic);
    if (feed !== undefined) return feed;
    feed = new Feed(topic, {
      line: this.#hooks.line,
      ask: (asking) => this.#ask(asking),
      leave: (leaving) => this.#leave(leaving),
      changed: this.#hooks.changed,
      dedupeWindowMs: () => this.#limits?.dedupeWindowMs ?? 0,
    });
    this.#feeds.set(topic, feed);
    if (this.#isOurTurn) feed.tell({ type: 'peer.ready' });
    return feed;
  }

  /** Nobody listens to it any more. */
  close(feed: Feed): void {
    if (this.#feeds.get(feed.topic) === feed) this.#feeds.delete(feed.topic);
    this.#asking.delete(feed);
    feed.stop();
  }

  // ── The connection

  opened({ hello, isGreeting, isFresh }: Opening): void {
    this.guarantee = hello === undefined ? 'best-effort' : 'exactly-once';
    if (hello !== undefined) this.#limits = limitsOf(hello);
    this.#isKnown = false;
    this.#isFresh = isFresh;
    // Only the first frame of a connection may say who we are.
    if (isGreeting && isFresh && hello !== undefined) this.#introduce();
  }

  greeted(): void {
    this.#isOurTurn = true;
    this.#isGathering = true;
    for (const feed of [...this.#feeds.values()]) feed.tell({ type: 'peer.ready' });
    this.#isGathering = false;
    this.#askAll();
    if (this.#isFresh && !this.#isKnown && this.guarantee === 'exactly-once') this.#introduce();
  }

  ready(): void {
    const { ledger } = this.#hooks;
    if (this.guarantee === 'exactly-once' && this.#limits !== undefined)
      return ledger.ready(this.#limits, this.#isKnown);
    ledger.settleAll('unavailable', 'best-effort', WITHOUT_ACKS);
  }

  lost(): void {
    this.#isOurTurn = this.#isKnown = false;
    this.#leaving.clear();
    this.#leavingLater.clear();
    this.#asking.clear();
    this.#schedule.stop();
    for (const feed of [...this.#feeds.values()]) feed.lost();
    this.#hooks.ledger.lost();
  }

  // ── Out

  #ask(feed: Feed): void {
    this.#asking.add(feed);
    if (this.#isGathering || !this.#isOurTurn) return;
    if (this.guarantee === 'exactly-once' && feed.question().since !== undefined) this.#resume([feed]);
    else if (!this.#schedule.isWaiting) this.#askOneByOne();
  }

  #leave(feed: Feed): void {
    if (this.#asking.delete(feed) || !this.#isOurTurn) return;
    const { topic } = feed;
    if (this.guarantee === 'best-effort') return this.#say({ type: 'unsubscribe', topic });
    this.#sayLeave(topic);
  }

  #sayLeave(topic: string): void {
    const rid = this.#newRid();
    this.#leaving.set(topic, rid);
    this.#say({ type: 'unsubscribe', topic, rid });
  }

  /** Room before questions: who is left makes room for who is asked for. */
  #goOn(): void {
    for (const topic of this.#leavingLater) {
      this.#leavingLater.delete(topic);
      if (!this.#feeds.has(topic)) this.#sayLeave(topic);
    }
    this.#askOneByOne();
  }

  /** All that have a position to go on from in one go, then the others. */
  #askAll(): void {
    if (this.guarantee === 'exactly-once') {
      const placed = [...this.#asking].filter((feed) => feed.question().since !== undefined);
      if (placed.length > 0) this.#resume(placed);
    }
    this.#askOneByOne();
  }

  #askOneByOne(): void {
    for (const feed of this.#asking) {
      const waitMs = this.#pacer.take();
      if (waitMs > 0) return this.#schedule.at(this.#hooks.line.now() + waitMs);
      this.#asking.delete(feed);
      if (this.guarantee === 'best-effort') this.#subscribePlainly(feed);
      else this.#subscribe(feed);
    }
  }

  /** In one frame, or in as few as the hub takes. */
  #resume(feeds: readonly Feed[]): void {
    const mostBytes = (this.#limits?.payloadBytes ?? Infinity) - RESUME_BYTES;
    let rid = this.#newRid();
    let topics: Place[] = [];
    let bytes = 0;
    for (const feed of feeds) {
      this.#asking.delete(feed);
      const { since } = feed.question();
      if (since === undefined) continue;
      const place = { topic: feed.topic, ...since };
      const placeBytes = utf8Length(JSON.stringify(place)) + 1;
      if (topics.length > 0 && bytes + placeBytes > mostBytes) {
        this.#say({ type: 'resume', rid, topics });
        rid = this.#newRid();
        topics = [];
        bytes = 0;
      }
      feed.asked({ since }, rid);
      topics.push(place);
      bytes += placeBytes;
    }
    this.#say({ type: 'resume', rid, topics });
  }

  #subscribe(feed: Feed): void {
    const rid = this.#newRid();
    const question = feed.question();
    feed.asked(question, rid);
    this.#say({ type: 'subscribe', topic: feed.topic, rid, ...question });
  }

  #subscribePlainly(feed: Feed): void {
    this.#say({ type: 'subscribe', topic: feed.topic });
    feed.assume();
  }

  /** A frame that asks for nothing. */
  #introduce(): void {
    this.#say({ type: 'resume', topics: [] });
  }

  /** The first frame says who we are. */
  #say(frame: ClientFrame): void {
    const mayIntroduce = this.#isFresh && !this.#isKnown && this.guarantee === 'exactly-once';
    const introduced = mayIntroduce ? { ...frame, client: this.#hooks.secret } : frame;
    if (this.#hooks.line.say(JSON.stringify(introduced)) && mayIntroduce) this.#isKnown = true;
  }

  #newRid(): string {
    return `~${++this.#rids}`;
  }

  // ── In

  take({ data }: FrameEvent): boolean {
    if (typeof data !== 'string' || !this.#isOurTurn) return false;
    let frame: unknown;
    try {
      frame = JSON.parse(data);
    } catch {
      return false;
    }
    if (typeof frame !== 'object' || frame === null) return false;
    return this.guarantee === 'best-effort' ? this.#takePlain(frame) : this.#takeFrame(frame as HubFrame);
  }

  #takeFrame(frame: HubFrame): boolean {
    switch (frame.type) {
      case 'message': {
        const feed = this.#feeds.get(frame.topic);
        if (feed === undefined) return this.#leaving.has(frame.topic);
        feed.message(frame);
        return true;
      }
      case 'subscribed':
        return this.#subscribed(frame);
      case 'reset':
        return this.#reset(frame);
      case 'ack':
        return this.#hooks.ledger.acked(frame);
      case 'error':
        return this.#hooks.ledger.refused(frame) || this.#refused(frame);
      case 'unsubscribed':
        return this.#left(frame.topic, frame.rid);
      default:
        return false;
    }
  }

  #subscribed(frame: Extract<HubFrame, { type: 'subscribed' }>): boolean {
    const feed = this.#feeds.get(frame.topic);
    if (feed !== undefined && feed.rid === frame.rid) feed.subscribed(frame);
    else if (feed !== undefined && frame.rid === undefined && feed.sub === frame.sub) feed.skipped(frame);
    else return isOurs(frame.rid) || this.#leaving.has(frame.topic);
    return true;
  }

  #reset({ topic, sub, rid, reason }: Extract<HubFrame, { type: 'reset' }>): boolean {
    const feed = this.#feeds.get(topic);
    const isMeant = feed !== undefined && (feed.sub === sub || (rid !== undefined && feed.rid === rid));
    if (isMeant) feed.tell(notNow.has(reason) ? { type: 'hub.postponed' } : { type: 'hub.reset' });
    return isMeant || isOurs(rid) || this.#leaving.has(topic);
  }

  #refused({ topic, rid, code, retry, afterMs = 0 }: Extract<HubFrame, { type: 'error' }>): boolean {
    if (!isOurs(rid)) return false;
    // Without a topic it is about all that were asked for in one frame.
    const named = topic === undefined ? [...this.#feeds.values()] : [this.#feeds.get(topic)];
    const asked = named.filter((feed) => feed?.rid === rid);
    for (const feed of asked) feed?.tell(retry ? { type: 'hub.postponed', afterMs } : { type: 'hub.denied', code });
    if (topic === undefined || asked.length > 0) return true;
    if (retry && this.#leaving.get(topic) === rid) {
      this.#leavingLater.add(topic);
      this.#schedule.at(this.#hooks.line.now() + afterMs);
    } else this.#left(topic, rid);
    return true;
  }

  #left(topic: string, rid: Rid | undefined): boolean {
    if (this.#leaving.get(topic) === rid) this.#leaving.delete(topic);
    return isOurs(rid);
  }

  #takePlain(message: object): boolean {
    const { topicOf = topicField, dataOf = dataField } = this.#hooks.options;
    try {
      const topic = topicOf(message);
      const feed = topic === undefined ? undefined : this.#feeds.get(topic);
      if (feed === undefined) return false;
      feed.plain({ topic: feed.topic, data: dataOf(message) });
      return true;
    } catch (error) {
      reportError(error);
      return false;
    }
  }
}

/** To ask again at once would make what is too busy busier, and wake nothing that does not answer. */
const notNow: ReadonlySet<ResetReason> = new Set<ResetReason>(['busy', 'slow', 'unavailable']);

const isOurs = (rid: Rid | undefined): boolean => typeof rid === 'string' && rid.startsWith('~');

const topicField = ({ topic }: { readonly topic?: unknown }): string | undefined =>
  typeof topic === 'string' ? topic : undefined;

const dataField = (message: object): unknown =>
  Object.hasOwn(message, 'data') ? (message as { readonly data: unknown }).data : message;
