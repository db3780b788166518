import type { SubscriptionEvent } from '../../machines/subscription.types.ts';
import type { Line } from '../client/speaker.ts';
import type { HubFrame, Position } from '../protocol/topicFrames.ts';
import type { Listening } from './listening.ts';
import { standingOf, startTopicActor, type TopicActor } from './topicActor.ts';
import type { Gap, GapReason, TopicMessage, TopicStatus } from './types.ts';

type Subscribed = Extract<HubFrame, { type: 'subscribed' }>;
type Message = Extract<HubFrame, { type: 'message' }>;

/** What a feed asks of the peer. */
export interface Question {
  readonly since?: Position;
  readonly last?: number;
}

export interface FeedHooks {
  readonly line: Pick<Line, 'now' | 'random' | 'clock'>;
  /** The chart wants to know. */
  readonly ask: (feed: Feed) => void;
  readonly leave: (feed: Feed) => void;
  readonly changed: (feed: Feed) => void;
  /** For how long publishers send again. Unit ms. */
  readonly dedupeWindowMs: () => number;
}

/** One topic: its chart, who listens, and what they have seen. Messages go past the chart. */
export class Feed {
  readonly topic: string;
  status: TopicStatus = { state: 'idle', gap: undefined, denial: undefined };
  /** Of the last question; what answers an older one is of no use any more. */
  rid: string | undefined = undefined;
  /** Of the subscription that the peer holds for us. */
  sub: number | undefined = undefined;
  readonly #hooks: FeedHooks;
  readonly #actor: TopicActor;
  #listenings: readonly Listening[] = [];
  /** The log that we follow, and how far. */
  #epoch: string | undefined = undefined;
  #at = 0;
  /** The peer has said where the log is. */
  #isPlaced = false;
  #asked: Question = {};
  /** The newest messages were asked for: the first of them says where they begin. */
  #isRewinding = false;
  /** Not told yet: those who miss something stand before it until they are. */
  readonly #gaps = new Map<Listening, Gap>();
  /** Times that gaps were told. */
  #rounds = 0;
  /** A server without positions has been asked before. */
  #wasThere = false;

  constructor(topic: string, hooks: FeedHooks) {
    this.topic = topic;
    this.#hooks = hooks;
    const effects = {
      ask: () => this.#ask(),
      leave: () => hooks.leave(this),
      random: () => hooks.line.random(),
    };
    this.#actor = startTopicActor(topic, hooks.line.clock, effects, () => this.#tellStatus());
  }

  get isWanted(): boolean {
    return this.#listenings.length > 0;
  }

  /** The furthest behind of all who listen: one that stands in another log than the one we follow, or has heard least of it. */
  get position(): Position | undefined {
    const positions = this.#listenings.flatMap(({ position }) => position ?? []);
    const isElsewhere = ({ epoch }: Position): boolean => epoch !== this.#epoch;
    return (
      positions.find(isElsewhere) ??
      positions.reduce<Position | undefined>(
        (lowest, position) => (lowest === undefined || position.offset < lowest.offset ? position : lowest),
        undefined,
      )
    );
  }

  tell(event: SubscriptionEvent): void {
    this.#actor.send(event);
  }

  /** Whoever listens hears no more. */
  end(): void {
    this.#listenings = [];
    this.#gaps.clear();
    this.tell({ type: 'topic.unwanted' });
  }

  stop(): void {
    this.#actor.stop();
  }

  add(listening: Listening): void {
    const isFirst = !this.isWanted;
    if (listening.epoch === undefined && this.#isPlaced) listening.begin(this.#epoch ?? '', this.#at);
    const isBehind = this.#isPlaced ? this.#isBehind(listening) : this.#wantsMore(listening);
    this.#epoch ??= listening.epoch;
    this.#listenings = [...this.#listenings, listening];
    if (isFirst || this.status.state === 'denied') this.tell({ type: 'topic.wanted' });
    else if (isBehind) this.tell({ type: 'topic.rewound' });
  }

  #isBehind({ epoch, offset, isPastOnly }: Listening): boolean {
    return epoch !== this.#epoch || (offset < this.#at && !isPastOnly);
  }

  /** Than what has been asked for, and not answered yet. */
  #wantsMore({ epoch, offset, last }: Listening): boolean {
    const { since, last: most = 0 } = this.#asked;
    if (epoch === undefined) return since === undefined && last > most;
    return epoch !== since?.epoch || offset < since.offset;
  }

  /** Whether somebody is left. */
  delete(listening: Listening): boolean {
    this.#listenings = this.#listenings.filter((other) => other !== listening);
    this.#gaps.delete(listening);
    if (!this.isWanted) this.tell({ type: 'topic.unwanted' });
    return this.isWanted;
  }

  /** From where to go on: so that everybody gets what they miss. */
  question(): Question {
    const known = this.#listenings.filter(({ epoch }) => epoch !== undefined && epoch === this.#epoch);
    if (known.length > 0) {
      return { since: { epoch: this.#epoch ?? '', offset: Math.min(...known.map(({ offset }) => offset)) } };
    }
    const last = Math.max(0, ...this.#listenings.map((listening) => listening.last));
    return last > 0 ? { last } : {};
  }

  /** The question is on its way; its answer will bear the `rid`. */
  asked(question: Question, rid: string): void {
    this.#asked = question;
    this.rid = rid;
  }

  lost(): void {
    this.rid = this.sub = undefined;
    this.tell({ type: 'peer.lost' });
  }

  // ── What the hub says

  subscribed({ sub, epoch, offset, recovered, reason = 'none' }: Subscribed): void {
    const former = this.#epoch;
    this.#epoch = epoch;
    if (former !== undefined && former !== epoch) this.#renewIds();
    this.#at = offset;
    this.#isRewinding = !recovered && (this.#asked.last ?? 0) > 0;
    const next = recovered || reason === 'none' ? undefined : this.#giveWay({ epoch, offset }, reason);
    if (next !== undefined) return this.#ask();
    this.sub = sub;
    this.#isPlaced = true;
    for (const listening of this.#listenings) {
      // Where a replay for others ended, one that broke off did not say: what comes again may be new.
      listening.isPastOnly = false;
      if (listening.epoch === undefined)
        listening[recovered && listening.last === 0 ? 'beginLive' : 'begin'](epoch, offset);
      else if (listening.epoch !== epoch) this.#miss(listening, { epoch, offset }, 'epoch');
    }
    const isWhole = this.#gaps.size === 0;
    this.tell({ type: 'hub.subscribed', isWhole });
    if (!isWhole) this.#tellGaps();
    // Some came while others were answered.
    if (!this.#isRewinding && this.#listenings.some((listening) => this.#isBehind(listening)))
      this.tell({ type: 'topic.rewound' });
  }

  /** Unasked: a hub that keeps only the newest for slow clients skips to `offset`. */
  skipped({ epoch, offset }: Position): void {
    for (const listening of this.#listenings) this.#miss(listening, { epoch, offset }, 'too_large');
    this.#at = offset;
    if (this.#gaps.size === 0) return;
    this.tell({ type: 'hub.subscribed', isWhole: false });
    this.#tellGaps();
  }

  message(frame: Message): void {
    const { sub, offset, epoch } = frame;
    if (sub !== this.sub) return;
    if (epoch !== undefined && epoch !== this.#epoch) return this.#otherEpoch(frame, epoch);
    if (offset !== this.#at + 1) {
      const isFirstOfLast = this.#isRewinding && frame.replay === true && offset <= this.#at;
      if (!isFirstOfLast) return offset > this.#at ? this.tell({ type: 'gap.found' }) : undefined;
    }
    this.#isRewinding = false;
    this.#at = offset;
    this.#hand(frame);
  }

  // ── A server without positions

  /** It is subscribed, as far as anybody can tell. */
  assume(): void {
    const isWhole = !this.#wasThere;
    this.#wasThere = true;
    this.#isPlaced = false;
    this.#epoch = undefined;
    for (const listening of this.#listenings) listening.epoch = undefined;
    this.tell({ type: 'hub.subscribed', isWhole });
    if (isWhole) return;
    for (const listening of this.#listenings) this.#gaps.set(listening, this.#gap('unknown', undefined, undefined));
    this.#tellGaps();
  }

  plain(message: TopicMessage): void {
    for (const listening of this.#listenings) listening.hand(message, listening.offset);
  }

  // ── Inside

  #ask(): void {
    this.rid = this.sub = undefined;
    this.#hooks.ask(this);
  }

  /**
   * It cannot go on from where was asked. Whoever is there moves on to where the next one is, or to the newest message, and
   * misses something; gives from where to ask again, where somebody may still be helped.
   */
  #giveWay(top: Position, reason: GapReason): number | undefined {
    const { since } = this.#asked;
    const mayGoOn = ({ epoch, offset }: Listening): boolean =>
      reason !== 'ahead' &&
      epoch === top.epoch &&
      offset <= top.offset &&
      (since?.epoch !== epoch || offset > since.offset);
    const next = Math.min(top.offset, ...this.#listenings.filter(mayGoOn).map(({ offset }) => offset));
    const to = { epoch: top.epoch, offset: next };
    for (const listening of this.#listenings) {
      if (listening.epoch !== undefined && !mayGoOn(listening)) this.#miss(listening, to, reason);
    }
    return next < top.offset ? next : undefined;
  }

  #miss(listening: Listening, to: Position, reason: GapReason): void {
    const from = listening.position;
    if (!listening.moveTo(to, listening.epoch !== to.epoch || reason === 'ahead')) return;
    this.#gaps.set(listening, this.#gap(reason, from, to));
    listening.stays(from);
  }

  #gap(reason: GapReason, from: Position | undefined, to: Position | undefined): Gap {
    return { topic: this.topic, reason, from, to };
  }

  /** The application hears of it when everything is where it says. */
  #tellGaps(): void {
    const gaps = [...this.#gaps];
    this.#gaps.clear();
    const round = ++this.#rounds;
    this.status = { ...this.status, gap: gaps.at(-1)?.[1] };
    this.#hooks.changed(this);
    const handled = gaps.map(([listening, gap]) => listening.tellGap(gap));
    void Promise.all(handled).then(() => {
      if (round === this.#rounds) this.tell({ type: 'gap.handled' });
    });
  }

  /** The log was changed under a live subscription. */
  #otherEpoch(frame: Message, epoch: string): void {
    this.#renewIds();
    this.#epoch = epoch;
    this.#at = frame.offset - 1;
    for (const listening of this.#listenings) this.#miss(listening, { epoch, offset: this.#at }, 'epoch');
    this.tell({ type: 'hub.subscribed', isWhole: false });
    this.#tellGaps();
    this.message(frame);
  }

  #hand(message: Message): void {
    const { offset, id, replay = false } = message;
    const { now } = this.#hooks.line;
    // A listener may add or take away another: the list that was there is walked.
    for (const listening of this.#listenings) {
      if (offset <= listening.offset) continue;
      if (!replay) listening.isPastOnly = false;
      const isKnown = id !== undefined && listening.ids.isFormer(id, !replay, now);
      if (isKnown || listening.isPastOnly) listening.pass(offset);
      else listening.hand(message, offset);
    }
  }

  /** What was handed over from the former log may come again. */
  #renewIds(): void {
    const now = this.#hooks.line.now();
    for (const { ids } of this.#listenings) ids.renew(now, this.#hooks.dedupeWindowMs());
  }

  #tellStatus(): void {
    const { state, denial } = standingOf(this.#actor);
    if (state === this.status.state && denial === this.status.denial) return;
    this.status = { ...this.status, state, denial };
    this.#hooks.changed(this);
  }
}
