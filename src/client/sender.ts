import type { ConnectionEvent, OutboxLevel } from '../../machines/connection.types.ts';
import { byteLengthOf, copied, type RawData } from '../protocol/codec.ts';
import type { Chronicle } from './chronicle.ts';
import type { Coder } from './coder.ts';
import { Gate } from './gate.ts';
import type { News } from './news.ts';
import type { DataOptions } from './options.ts';
import { Outbox, type Disposition, type Held, type Outcome } from './outbox.ts';
import { reportError } from './platform.ts';

/** While an open socket takes nothing: how long until it is tried again. Unit ms. */
const ROOM_CHECK_MS = 50;
/** Times an open socket may refuse one message before the message is taken to be at fault. */
const MAX_REFUSALS = 3;

/** How a single message is to be treated. */
export interface SendOptions {
  /** Unit ms · default the outbox's. */
  readonly ttlMs?: number | undefined;
  readonly key?: string | undefined;
  /** False: `'dropped'` (`'not-open'`) where it would have to wait. Default true. */
  readonly queue?: boolean | undefined;
}

export type OutcomeListener = (outcome: Outcome, reason: string | undefined) => void;

/** A message on its way: as it was given, as it will go out, and what is to become of it. */
export interface Sending {
  readonly message: unknown;
  readonly data: RawData;
  readonly options: SendOptions;
  readonly onOutcome: OutcomeListener | undefined;
  /** `'queued'` was said already, so that `'sent'` is told as an outcome. */
  readonly isPromised: boolean;
}

/** What a state of the chart does with a send. */
export type Treatment = 'transmit' | 'hold' | 'reject';

export interface SenderHooks {
  readonly now: () => number;
  readonly report: (event: ConnectionEvent) => void;
  /** Whether the connection gave up rather than hung up. */
  readonly isFailed: () => boolean;
}

/** The way of a message from the application to the socket: gate and outbox, and what becomes of each message. */
export class Sender {
  readonly gate: Gate;
  readonly outbox: Outbox;
  readonly coder: Coder;
  readonly #options: DataOptions;
  readonly #news: News;
  readonly #chronicle: Chronicle;
  readonly #hooks: SenderHooks;
  #toldLevel: OutboxLevel | undefined = 'empty';
  #toldDueAt = Infinity;
  #isFlushing = false;
  #refusals = 0;

  constructor(options: DataOptions, coder: Coder, news: News, chronicle: Chronicle, hooks: SenderHooks) {
    this.#options = options;
    this.coder = coder;
    this.#news = news;
    this.#chronicle = chronicle;
    this.#hooks = hooks;
    this.gate = new Gate(options.maxBufferedBytes);
    this.outbox = new Outbox(options.outbox, (held, outcome, reason) => this.#settle(held, outcome, reason));
  }

  /** The fast path: straight to the socket where nothing waits before it. */
  pass(data: RawData): boolean {
    return this.gate.isClear && this.outbox.messages === 0 && this.gate.pass(data);
  }

  /** To the socket where the way is clear, else to the outbox. */
  transmit(sending: Sending): Disposition {
    if (!this.pass(sending.data)) return this.hold(sending);
    if (sending.isPromised) this.#tellOutcome('sent', undefined, sending);
    else sending.onOutcome?.('sent', undefined);
    return 'sent';
  }

  hold(sending: Sending): Disposition {
    return this.#busy(() => {
      const { message, data, options, onOutcome } = sending;
      if (options.queue === false) {
        this.#tellOutcome('dropped', 'not-open', sending);
        return 'dropped';
      }
      const now = this.#hooks.now();
      this.outbox.expire(now);
      const admission = this.outbox.hold({
        data: copied(data),
        message,
        bytes: byteLengthOf(data),
        dueAt: now + (options.ttlMs ?? this.#options.outbox.ttlMs),
        key: options.key,
        onOutcome,
      });
      if (admission.disposition !== 'queued') this.#tellOutcome(admission.disposition, admission.reason, sending);
      else if (this.gate.isUp) this.flush();
      return admission.disposition;
    });
  }

  /** What `closed` and `failed` do with a send. */
  reject(sending: Sending): Disposition {
    return this.refuse(sending, this.#hooks.isFailed() ? 'failed' : 'closed');
  }

  refuse(sending: Sending, reason: string): Disposition {
    this.#busy(() => this.#tellOutcome('rejected', reason, sending));
    return 'rejected';
  }

  /** A key is a wish of the application: where its function throws, the message goes without. */
  keyOf(message: unknown): string | undefined {
    try {
      return this.#options.outbox.keyOf?.(message);
    } catch (error) {
      reportError(error);
      return undefined;
    }
  }

  /** Empties the outbox into the socket, in order. What is not handed over when the link dies stays. */
  flush(): void {
    // A socket may call send() again while it takes a message: that one waits for its turn.
    if (this.#isFlushing) return;
    this.#busy(() => {
      this.#isFlushing = true;
      try {
        this.outbox.expire(this.#hooks.now());
        while (this.gate.canFlush && this.#passNext());
      } finally {
        this.#isFlushing = false;
      }
    });
  }

  /** While the socket takes a message it is in nobody's hands but ours: it cannot be dropped a second time. */
  #passNext(): boolean {
    const held = this.outbox.shift();
    if (held === undefined) return false;
    if (this.gate.pass(held.data)) {
      this.#refusals = 0;
      this.#settle(held, 'sent', undefined);
      return true;
    }
    if (this.gate.isWaiting && ++this.#refusals >= MAX_REFUSALS) {
      this.#refusals = 0;
      this.#settle(held, 'rejected', 'unsendable');
      return true;
    }
    this.outbox.putBack(held);
    return false;
  }

  raiseGate(): void {
    this.gate.isUp = true;
    this.#tellLevel();
  }

  lowerGate(): void {
    this.gate.isUp = false;
    this.#refusals = 0;
  }

  expire(): void {
    this.#busy(() => {
      this.#toldDueAt = Infinity;
      this.outbox.expire(this.#hooks.now());
    });
  }

  settleAll(reason: string): void {
    this.#busy(() => this.outbox.clear('dropped', reason));
  }

  /** The chart was restored: what it remembers of the outbox is not so. */
  tellAnew(): void {
    this.#toldLevel = undefined;
    this.#tellLevel();
  }

  #settle({ message, onOutcome }: Held, outcome: Outcome, reason: string | undefined): void {
    this.#tellOutcome(outcome, reason, { message, onOutcome });
  }

  #tellOutcome(
    outcome: Outcome,
    reason: string | undefined,
    { message, onOutcome }: Pick<Sending, 'message' | 'onOutcome'>,
  ): void {
    this.#chronicle.countOutcome(outcome);
    onOutcome?.(outcome, reason);
    this.#news.tell('outcome', reason === undefined ? { outcome, message } : { outcome, reason, message });
    if (outcome === 'dropped' || outcome === 'expired' || outcome === 'rejected' || outcome === 'uncertain') {
      this.#news.tell('dropped', { outcome, reason: reason ?? '', message });
    }
  }

  #busy<T>(work: () => T): T {
    this.#news.begin();
    try {
      return work();
    } finally {
      this.#tellLevel();
      this.#news.end();
    }
  }

  /** The chart is told of the outbox's level, and when it has to be looked at again. */
  #tellLevel(): void {
    const { level } = this.outbox;
    const now = this.#hooks.now();
    const roomAt = level !== 'empty' && this.gate.isWaiting ? now + ROOM_CHECK_MS : Infinity;
    const dueAt = Math.min(this.outbox.earliestDue, roomAt);
    if (level === this.#toldLevel && dueAt >= this.#toldDueAt) return;
    this.#toldLevel = level;
    this.#toldDueAt = dueAt;
    const dueInMs = Math.max(0, dueAt - now);
    this.#hooks.report({ type: 'outbox.changed', level, ...(dueAt === Infinity ? {} : { dueInMs }) });
  }
}
