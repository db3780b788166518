import { isOverloadCode } from '../../machines/closeCodes.ts';
import type { ConnectionEvent } from '../../machines/connection.types.ts';
import { byteLengthOf, copied, type RawData } from '../protocol/codec.ts';
import type { Chronicle } from './chronicle.ts';
import type { Coder } from './coder.ts';
import { Confirmation } from './confirmation.ts';
import { Gate } from './gate.ts';
import { LevelReport } from './levelReport.ts';
import type { News } from './news.ts';
import type { DataOptions, SendOptions } from './options.ts';
import { Outbox, type Disposition, type Held, type Outcome } from './outbox.ts';
import { Pacer } from './pacer.ts';
import { PINGS, type Pings } from './pings.ts';
import { safely } from './platform.ts';
import { Uncovered } from './uncovered.ts';

/** Times an open socket may refuse one message before the message is taken to be at fault. */
const MAX_REFUSALS = 3;

export type OutcomeListener = (outcome: Outcome, reason: string | undefined) => void;

/** A message on its way: as it was given, as it will go out, and what is to become of it. */
export interface Sending {
  readonly message: unknown;
  readonly data: RawData;
  readonly options: SendOptions;
  readonly onOutcome: OutcomeListener | undefined;
  /** When its ttl is over. Unit ms of the connection's clock; Infinity: never. */
  readonly dueAt: number;
  /** `'queued'` was said already, so that `'sent'` is told as an outcome. */
  readonly isPromised: boolean;
}

/** What a state of the chart does with a send. */
export type Treatment = 'transmit' | 'hold' | 'reject';

export interface SenderHooks {
  readonly now: () => number;
  /** The same without the time that the machine slept. */
  readonly awake: () => number;
  readonly report: (event: ConnectionEvent) => void;
  /** Whether the connection gave up rather than hung up. */
  readonly isFailed: () => boolean;
  /** Whether sends are refused: closed or failed. */
  readonly isRejecting: () => boolean;
  /** Whether the chart has given up waiting for answers of this peer. */
  readonly isUnanswered: () => boolean;
  /** Those of the present socket, where it can be pinged. */
  readonly pings: () => Pings | undefined;
  /** Of the newest ping of the chart that was answered. Unit ms. */
  readonly roundTripMs: () => number | undefined;
}

/** The way of a message from the application to the socket: gate, outbox, confirmation, and what becomes of each message. */
export class Sender {
  readonly pacer: Pacer;
  readonly gate: Gate;
  readonly outbox: Outbox;
  readonly uncovered: Uncovered;
  readonly coder: Coder;
  readonly #options: DataOptions;
  readonly #confirmation: Confirmation;
  readonly #level: LevelReport;
  readonly #news: News;
  readonly #chronicle: Chronicle;
  readonly #hooks: SenderHooks;
  /** Every message goes through the outbox, and leaves it when it is confirmed. */
  readonly #isKept: boolean;
  #isFlushing = false;
  #refusals = 0;
  /** Times that everything held was settled, and why the last time. */
  #endings = 0;
  #endReason = '';

  constructor(options: DataOptions, coder: Coder, news: News, chronicle: Chronicle, hooks: SenderHooks) {
    this.#options = options;
    this.coder = coder;
    this.#news = news;
    this.#chronicle = chronicle;
    this.#hooks = hooks;
    this.pacer = new Pacer(options.outbox.rate, hooks);
    this.gate = new Gate(options.maxBufferedBytes, this.pacer);
    const settle = (held: Held, outcome: Outcome, reason?: string): void => this.#tellOutcome(outcome, reason, held);
    this.uncovered = new Uncovered(settle, () => this.gate.messages);
    this.outbox = new Outbox(options.outbox, this.uncovered, settle);
    this.#confirmation = new Confirmation(options.confirm, this.uncovered, hooks);
    this.#isKept = this.#confirmation.isWanted;
    this.#level = new LevelReport(this.gate, this.outbox, this.uncovered, hooks);
  }

  /** All that has no outcome yet; `uncovered` of them may have arrived. */
  get held(): { messages: number; bytes: number; uncovered: number } {
    const { outbox, uncovered } = this;
    return {
      messages: outbox.messages + uncovered.messages,
      bytes: outbox.bytes + uncovered.bytes,
      uncovered: uncovered.messages,
    };
  }

  /** Messages whose outcome was `'sent'`. Where none is kept that is all the gate let through. */
  get sent(): number {
    return this.#isKept ? this.#chronicle.outcomes.sent : this.gate.messages - this.gate.said;
  }

  /** The fast path: straight to the socket where nothing waits before it. */
  pass(data: RawData): boolean {
    return !this.#isKept && this.gate.isClear && this.outbox.messages === 0 && this.gate.pass(data);
  }

  /** The same past messages that are kept: what must not wait is not kept either, or it would go out again after a loss. */
  #passBy(data: RawData): boolean {
    const { gate, outbox, uncovered } = this;
    const isClear = gate.isClear && outbox.messages === 0 && uncovered.peek() === undefined && !uncovered.isReserved;
    return isClear && gate.pass(data);
  }

  /** To the socket where the way is clear, else to the outbox. */
  transmit(sending: Sending): Disposition {
    const hasGone = sending.options.queue === false ? this.#passBy(sending.data) : this.pass(sending.data);
    // A socket may have hung up on us while it refused.
    if (!hasGone) return this.#hooks.isRejecting() ? this.reject(sending) : this.hold(sending);
    if (sending.isPromised) this.#tellOutcome('sent', undefined, sending);
    else {
      if (this.#isKept) this.#chronicle.countOutcome('sent');
      sending.onOutcome?.('sent', undefined);
    }
    return 'sent';
  }

  hold(sending: Sending): Disposition {
    return this.#busy(() => {
      const { message, data, options, onOutcome, dueAt } = sending;
      if (options.queue === false) {
        this.#tellOutcome('dropped', 'not-open', sending);
        return 'dropped';
      }
      const now = this.#hooks.now();
      this.#expire(now);
      const admission = this.outbox.hold({
        data: copied(data),
        message,
        bytes: byteLengthOf(data),
        dueAt,
        key: options.key,
        onOutcome,
        handOvers: 0,
        position: 0,
        isSuspect: false,
      });
      if (admission.disposition !== 'queued') this.#tellOutcome(admission.disposition, admission.reason, sending);
      else if (this.gate.isUp) this.#flush();
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

  /** When a message that is sent now has outlived its ttl. */
  dueAt({ ttlMs = this.#options.outbox.ttlMs }: SendOptions): number {
    return ttlMs === Infinity ? Infinity : this.#hooks.now() + ttlMs;
  }

  /** A key is a wish of the application: where its function throws, the message goes without. */
  keyOf(message: unknown): string | undefined {
    return safely(() => this.#options.outbox.keyOf?.(message));
  }

  // ── From the outbox to the socket

  /** Empties the outbox into the socket, in order. What is not handed over when the link dies stays. */
  flush(): void {
    this.#flush();
    this.#askBehindTheLast();
  }

  /** Nothing waits. */
  get #isEmpty(): boolean {
    return this.outbox.messages === 0 && this.uncovered.peek() === undefined;
  }

  #askBehindTheLast(): void {
    if (this.#isEmpty) this.#hooks.pings()?.streamed(true);
  }

  #flush(): void {
    // A socket may call send() again while it takes a message: that one waits for its turn.
    if (this.#isFlushing) return;
    this.#busy(() => {
      this.#isFlushing = true;
      try {
        this.#expire(this.#hooks.now());
        if (!this.gate.isUp) this.gate.begin();
        while (this.gate.canFlush && this.#passNext());
        if (this.#isEmpty) this.pacer.emptied();
      } finally {
        this.#isFlushing = false;
      }
    });
  }

  #passNext(): boolean {
    const { uncovered, outbox } = this;
    if (uncovered.isReserved) {
      this.#confirmation.ask();
      return false;
    }
    const held = uncovered.shift() ?? outbox.shift();
    if (held === undefined) return false;
    return this.#confirmation.isOn ? this.#handOver(held) : this.#passOn(held);
  }

  /** While the socket takes a message it is in nobody's hands but ours: it cannot be dropped a second time. */
  #passOn(held: Held): boolean {
    const endings = this.#endings;
    if (!this.gate.pass(held.data)) {
      if (endings === this.#endings) return this.#wasRefused(held);
      this.#tellOutcome(held.handOvers > 0 ? 'uncertain' : 'dropped', this.#endReason, held);
      return false;
    }
    this.#refusals = 0;
    this.#tellOutcome('sent', undefined, held);
    return true;
  }

  /** While the socket takes a message it counts as handed over: who can say what it does in there. */
  #handOver(held: Held): boolean {
    this.uncovered.add(held);
    if (!this.gate.pass(held.data)) return this.uncovered.takeBack(held) && this.#wasRefused(held);
    this.#refusals = 0;
    this.#confirmation.handedOver();
    return true;
  }

  /** It goes back to where it came from; the result says whether the next one may be tried. */
  #wasRefused(held: Held): boolean {
    const wasHandedOver = held.handOvers > 0;
    if (this.gate.isWaiting && ++this.#refusals >= MAX_REFUSALS) {
      this.#refusals = 0;
      this.#tellOutcome(wasHandedOver ? 'uncertain' : 'rejected', 'unsendable', held);
      return true;
    }
    (wasHandedOver ? this.uncovered : this.outbox).putBack(held);
    return false;
  }

  raiseGate(): void {
    this.gate.isUp = true;
    this.#level.tell();
  }

  lowerGate(): void {
    this.gate.isUp = false;
    this.#refusals = 0;
    this.#level.endPace();
  }

  /** The socket is gone, with this close code where it told one: what is in flight has to go out again. */
  rewind(code: number | undefined): void {
    if (isOverloadCode(code ?? 0)) this.pacer.tooMuch(this.gate.messages);
    if (this.uncovered.hasInFlight) this.#busy(() => this.uncovered.rewind(code));
  }

  /** Everything handed over has arrived. */
  readAll(): void {
    this.#busy(() => this.uncovered.cover(this.uncovered.position));
  }

  // ── Confirmation

  /** A pong came: it covers every message up to this number. */
  confirm(position: number): void {
    this.#confirmation.proven();
    this.pacer.sawPong(position);
    if (this.outbox.messages === 0 && !this.uncovered.hasInFlight) return;
    this.#busy(() => {
      this.uncovered.cover(position);
      if (!this.gate.isUp || this.#isEmpty) return;
      this.#flush();
      this.#askBehindTheLast();
    });
  }

  /** Asks for a pong where one is missing. A peer that lives and gives none cannot confirm; one that did gives it late. */
  askToConfirm(): void {
    switch (this.#confirmation.beat()) {
      case 'unable':
        this.cannotConfirm();
        break;
      case 'overdue':
        // It may be stuck on the way: it is kept while there is room and hope, and is never called sent.
        if (this.outbox.level === 'full' || this.#hooks.isUnanswered()) this.#giveUpInFlight('uncertain');
        break;
    }
    this.#confirmation.ask();
    this.#level.beat();
  }

  /** The chart has given up waiting for answers. What this peer has confirmed before shows that it could. */
  noteUnanswered(): void {
    if (!this.#confirmation.isProven) this.cannotConfirm();
  }

  /** No pong is to be had: what is in flight counts as sent, and so does what follows, until one comes. */
  cannotConfirm(): void {
    if (this.#confirmation.giveUp()) this.#giveUpInFlight('sent');
  }

  #giveUpInFlight(outcome: 'sent' | 'uncertain'): void {
    const settles = outcome === 'sent' ? "settle as 'sent'" : "are 'uncertain'";
    this.#news.warn(
      'unconfirmable',
      `confirm: this peer answers no ping, so messages ${settles}. ${PINGS}, or confirm: 'none'`,
    );
    this.#busy(() => {
      this.uncovered.giveUpInFlight(outcome);
      if (this.gate.isUp) this.#flush();
    });
  }

  // ── The end of messages

  expire(): void {
    const now = this.#hooks.now();
    this.#level.dueIsOver(now);
    if (this.gate.isWaiting) this.pacer.askAgain();
    this.#busy(() => this.#expire(now));
  }

  #expire(now: number): void {
    this.uncovered.expire(now);
    this.outbox.expire(now);
  }

  settleAll(reason: string): void {
    this.#endings++;
    this.#endReason = reason;
    this.#busy(() => {
      this.uncovered.clear(reason);
      this.outbox.clear('dropped', reason);
    });
  }

  /** What became of a message that went another way. */
  tellOutcome(outcome: Outcome, message: unknown, reason?: string): void {
    this.#busy(() => this.#tellOutcome(outcome, reason, { message, onOutcome: undefined }));
  }

  /** The chart was stopped or restored: what it remembers of the outbox may not be so. */
  tellAnew(): void {
    this.#level.tellAnew();
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
      this.#level.tell();
      this.#news.end();
    }
  }
}
