import { ConnectionError, type ErrorCode } from '../client/errors.ts';
import type { Outcome } from '../client/outbox.ts';
import type { Line } from '../client/speaker.ts';
import type { FrameErrorCode, HubFrame } from '../protocol/topicFrames.ts';
import type { Limits } from './helloLimits.ts';
import { Pacer } from './pacer.ts';
import { Schedule } from './schedule.ts';
import type { Published } from './types.ts';

type Ack = Extract<HubFrame, { type: 'ack' }>;
type Refusal = Extract<HubFrame, { type: 'error' }>;

/** What may be on its way at once. Acknowledgements let the next ones go, so that a slow link holds them back. */
const MAX_IN_FLIGHT = 128;
const MAX_IN_FLIGHT_BYTES = 256 * 1024;
/** A socket that takes nothing now is tried again. Unit ms. */
const ROOM_MS = 50;
/** How long to wait where the hub does not say. Unit ms. */
const RETRY_MS = 250;
const MAX_RETRY_MS = 10_000;

/** A publish, from the call to its outcome. */
export interface Publish {
  readonly id: string;
  readonly topic: string;
  readonly data: unknown;
  /** The frame. */
  readonly text: string;
  readonly bytes: number;
  /** When its ttl is over. Unit ms; Infinity: never. */
  readonly dueAt: number;
  readonly resolve: (published: Published) => void;
  readonly reject: (error: ConnectionError) => void;
}

interface Entry extends Publish {
  readonly number: number;
  /** A socket has taken it. */
  hasLeft: boolean;
  /** The last moment at which its id is remembered for certain. Unit ms; Infinity: not to be seen. */
  retryUntil: number;
  /** It left where its id means nothing on the next connection. */
  isBound: boolean;
  /** It has left, and what became of that was not said. */
  mayBeThere: boolean;
  place: 'waiting' | 'inFlight' | 'putOff';
}

/** Publishes in order, until the hub says that its log holds them; again and in order after a loss, as long as their ids are remembered. */
export class PublishLedger {
  readonly #line: Line;
  readonly #bounds: { readonly messages: number; readonly bytes: number };
  readonly #schedule: Schedule;
  readonly #byId = new Map<string, Entry>();
  /** In order: not sent on this connection. */
  #waiting: Entry[] = [];
  /** In the order in which they were sent. */
  readonly #inFlight = new Map<string, Entry>();
  /** Refused for now. They go first when everything in flight is answered, so that nothing overtakes them. */
  #putOff: Entry[] = [];
  /** Ids in flight on this connection that nobody waits for any more. */
  readonly #givenUp = new Set<string>();
  #putOffUntil = 0;
  #retries = 0;
  #bytes = 0;
  #inFlightBytes = 0;
  #count = 0;
  #limits: Limits | undefined = undefined;
  #pacer: Pacer | undefined = undefined;
  #remembersIds = false;
  /** Ids mean the same on the next connection. */
  #isKnown = false;
  #isReady = false;
  /** Until nothing is in flight. */
  #isHalted = false;

  constructor(line: Line, bounds: { readonly messages: number; readonly bytes: number }) {
    this.#line = line;
    this.#bounds = bounds;
    this.#schedule = new Schedule(line, () => this.#look());
  }

  get size(): number {
    return this.#byId.size;
  }

  add(publish: Publish): void {
    const entry: Entry = {
      ...publish,
      number: this.#count++,
      hasLeft: false,
      retryUntil: Infinity,
      isBound: false,
      mayBeThere: false,
      place: 'waiting',
    };
    const { messages, bytes } = this.#bounds;
    if (this.size >= messages || this.#bytes + entry.bytes > bytes) {
      return this.#refuse(
        entry,
        'rejected',
        'overflow',
        'overflow',
        'too many publishes wait for their acknowledgement; raise maxPublishes or maxPublishBytes, or publish less at a time',
      );
    }
    if (this.#isTooLarge(entry)) return this.#tooLarge(entry);
    if (this.#byId.has(entry.id)) {
      return this.#refuse(
        entry,
        'rejected',
        'invalid-option',
        'same-id',
        'id: one publish with this id waits for its acknowledgement already',
      );
    }
    this.#bytes += entry.bytes;
    this.#byId.set(entry.id, entry);
    this.#waiting.push(entry);
    this.#schedule.at(entry.dueAt);
    this.#pump();
  }

  // ── The connection

  /** A hub is there. `isKnown`: it knows who we are, so that it knows our ids again on the next connection. */
  ready(limits: Limits, isKnown: boolean): void {
    if (this.#pacer === undefined || limits.publishPerSecond !== this.#limits?.publishPerSecond)
      this.#pacer = new Pacer(limits.publishPerSecond, () => this.#line.now());
    this.#limits = limits;
    this.#remembersIds = limits.dedupeWindowMs > 0;
    this.#isKnown = isKnown && this.#remembersIds;
    this.#isReady = true;
    for (const entry of this.#waiting.filter((waiting) => this.#isTooLarge(waiting))) this.#tooLarge(entry);
    this.#pump();
  }

  lost(): void {
    this.#isReady = this.#isHalted = false;
    this.#givenUp.clear();
    for (const entry of this.#inFlight.values()) entry.mayBeThere = true;
    this.#beginAgain();
    for (const entry of this.#waiting.filter(({ isBound }) => isBound)) {
      this.#refuse(
        entry,
        'uncertain',
        'uncertain',
        'unknown-client',
        'the connection was lost before the acknowledgement, and its publishes cannot be told again; make the topic client before connect(), and let the hub remember ids',
      );
    }
  }

  /** Nothing will come of any of them. */
  settleAll(code: 'closed' | 'disposed' | 'unavailable', reason: string, message: string): void {
    this.#beginAgain();
    for (const entry of [...this.#waiting]) {
      if (!entry.hasLeft) this.#refuse(entry, 'dropped', code, reason, message);
      else this.#refuse(entry, 'uncertain', 'uncertain', reason, `${message}; it had left, and was not acknowledged`);
    }
  }

  // ── What the hub says

  /** Whether it was about one of ours. */
  acked({ id, epoch, offset, duplicate }: Ack): boolean {
    if (id === undefined) return false;
    const entry = this.#byId.get(id);
    if (entry === undefined) return this.#givenUp.delete(id);
    this.#retries = 0;
    this.#remove(entry);
    const { topic, data } = entry;
    this.#line.settle('acked', { type: 'publish', topic, id, data });
    entry.resolve({ epoch, offset, duplicate: duplicate });
    this.#goOn();
    return true;
  }

  /** The same. */
  refused({ id, code, retry, afterMs = 0, message }: Refusal): boolean {
    if (id === undefined) return false;
    const entry = this.#byId.get(id);
    if (entry === undefined) return this.#givenUp.delete(id);
    if (entry.place !== 'inFlight') return true;
    if (retry) entry.mayBeThere ||= code === 'unavailable';
    // A second try of what may be there is one too many where ids are not remembered.
    const mayTryAgain = retry && (!entry.mayBeThere || this.#remembersIds);
    if (mayTryAgain) this.#putOffUntilThen(entry, code, afterMs);
    else this.#reject(entry, errorCodes[code] ?? 'unavailable', code, `the hub refused the publish: ${message}`);
    this.#goOn();
    return true;
  }

  #putOffUntilThen(entry: Entry, code: FrameErrorCode, afterMs: number): void {
    this.#inFlight.delete(entry.id);
    this.#inFlightBytes -= entry.bytes;
    this.#putOff.push(entry);
    entry.place = 'putOff';
    this.#isHalted = true;
    // That follows from another refusal, which says how long to wait.
    if (code === 'epoch_changed') return;
    const backoffMs =
      code === 'rate_limited' ? 0 : Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** this.#retries++) * this.#line.random();
    this.#putOffUntil = Math.max(this.#putOffUntil, this.#line.now() + afterMs + backoffMs);
  }

  /** When all that was in flight is answered, it begins again with the oldest. */
  #goOn(): void {
    if (this.#isHalted && this.#inFlight.size === 0) {
      this.#isHalted = false;
      this.#beginAgain();
    }
    this.#pump();
  }

  #beginAgain(): void {
    const unanswered = [...this.#inFlight.values(), ...this.#putOff].sort((one, other) => one.number - other.number);
    for (const entry of unanswered) entry.place = 'waiting';
    this.#waiting = [...unanswered, ...this.#waiting];
    this.#inFlight.clear();
    this.#inFlightBytes = 0;
    this.#putOff = [];
  }

  // ── Out

  #pump(): void {
    if (!this.#isReady || this.#isHalted) return;
    const now = this.#line.now();
    for (let entry = this.#waiting[0]; entry !== undefined; entry = this.#waiting[0]) {
      // The timer that would have said so has slept where the machine did.
      if (this.#isOver(entry, now)) continue;
      if (this.#inFlight.size >= MAX_IN_FLIGHT) return;
      if (this.#inFlight.size > 0 && this.#inFlightBytes + entry.bytes > MAX_IN_FLIGHT_BYTES) return;
      const waitMs = this.#waitMs();
      if (waitMs > 0) return this.#schedule.at(this.#line.now() + waitMs);
      if (!this.#line.say(entry.text)) return;
      this.#waiting.shift();
      this.#inFlight.set(entry.id, entry);
      entry.place = 'inFlight';
      this.#inFlightBytes += entry.bytes;
      entry.isBound = !this.#isKnown;
      if (entry.hasLeft) continue;
      entry.hasLeft = true;
      if (!this.#remembersIds) continue;
      entry.retryUntil = this.#line.now() + (this.#limits?.retryWindowMs ?? 0);
      this.#schedule.at(entry.retryUntil);
    }
  }

  #waitMs(): number {
    const putOffMs = this.#putOffUntil - this.#line.now();
    if (putOffMs > 0) return putOffMs;
    if (!this.#line.isClear()) return ROOM_MS;
    return this.#pacer?.take() ?? 0;
  }

  /** A moment has come: a ttl, the end of a window, the end of a wait. */
  #look(): void {
    const now = this.#line.now();
    for (const entry of [...this.#byId.values()]) {
      if (!this.#isOver(entry, now)) this.#schedule.at(Math.min(entry.dueAt, entry.retryUntil));
    }
    this.#goOn();
  }

  /** Whether its time is over; what became of it has been told then. */
  #isOver(entry: Entry, now: number): boolean {
    if (entry.dueAt <= now && !entry.hasLeft)
      this.#refuse(entry, 'expired', 'expired', 'ttl', 'the publish waited longer than its ttlMs');
    else if (entry.dueAt <= now) this.#giveUp(entry, 'ttl', 'its ttlMs passed before it was acknowledged');
    else if (entry.retryUntil <= now)
      this.#giveUp(
        entry,
        'window',
        'it was not acknowledged while the hub would know it again; whether the log holds it is not known',
      );
    else return false;
    return true;
  }

  // ── The end of a publish

  /** It will not be tried again. Whether it is there is not known where an earlier try was not answered. */
  #reject(entry: Entry, code: ErrorCode, reason: string, message: string): void {
    if (!entry.mayBeThere) return this.#refuse(entry, 'rejected', code, reason, message);
    const unsure = `${message}; an earlier try was not answered, and whether the log holds it is not known`;
    this.#refuse(entry, 'uncertain', 'uncertain', reason, unsure);
  }

  /** Its answer may still come, and is for nobody then. */
  #giveUp(entry: Entry, reason: string, message: string): void {
    if (entry.place === 'inFlight') this.#givenUp.add(entry.id);
    this.#refuse(entry, 'uncertain', 'uncertain', reason, message);
  }

  #refuse(entry: Entry, outcome: Outcome, code: ErrorCode, reason: string, message: string): void {
    this.#remove(entry);
    const { id, topic, data } = entry;
    this.#line.settle(outcome, { type: 'publish', topic, id, data }, reason);
    entry.reject(new ConnectionError(code, message));
  }

  #isTooLarge({ bytes }: Entry): boolean {
    return bytes > (this.#limits?.payloadBytes ?? Infinity);
  }

  #tooLarge(entry: Entry): void {
    const message = `the publish is ${entry.bytes} bytes, and the hub takes no frame above ${this.#limits?.payloadBytes}: limits.payloadBytes`;
    this.#reject(entry, 'too-large', 'too-large', message);
  }

  #remove(entry: Entry): void {
    if (this.#byId.get(entry.id) !== entry) return;
    this.#byId.delete(entry.id);
    this.#bytes -= entry.bytes;
    if (entry.place === 'waiting') this.#waiting = this.#waiting.filter((other) => other !== entry);
    else if (entry.place === 'putOff') this.#putOff = this.#putOff.filter((other) => other !== entry);
    else if (this.#inFlight.delete(entry.id)) this.#inFlightBytes -= entry.bytes;
    if (this.size === 0) this.#schedule.stop();
  }
}

const errorCodes: Readonly<Partial<Record<FrameErrorCode, ErrorCode>>> = {
  bad_frame: 'invalid-option',
  too_large: 'too-large',
  denied: 'denied',
};
