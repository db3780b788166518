import type { ConnectionContext, ConnectionEvent, OutboxLevel } from '../../machines/connection.types.ts';
import { byteLengthOf, copied, type RawData } from '../protocol/codec.ts';
import { Chronicle } from './chronicle.ts';
import { Coder } from './coder.ts';
import type { ConnectionError } from './errors.ts';
import { Gate } from './gate.ts';
import { News } from './news.ts';
import { dataOptions, type ConnectionOptions, type DataOptions } from './options.ts';
import { Outbox, type Disposition, type Held, type Outcome } from './outbox.ts';
import { platformNow, reportError } from './platform.ts';
import type { FrameEvent } from './socket.ts';
import { Transport } from './transport.ts';
import { Watch } from './watch.ts';

/** While an open socket takes nothing: how long until it is tried again. Unit ms. */
const ROOM_CHECK_MS = 50;

/** How a single message is to be treated. */
export interface SendOptions {
  /** Unit ms · default the outbox's. */
  readonly ttlMs?: number | undefined;
  readonly key?: string | undefined;
  /** False: `'dropped'` (`'not-open'`) where it would have to wait. Default true. */
  readonly queue?: boolean | undefined;
}

/** The actor that a wire belongs to, as far as the wire needs it. */
export interface WireActor {
  send(event: ConnectionEvent): void;
  getSnapshot(): { status: string; value: unknown; context: ConnectionContext; hasTag(tag: string): boolean };
}

export type OutcomeListener = (outcome: Outcome, reason: string | undefined) => void;

const noOptions: SendOptions = {};

/**
 * The data plane of one connection: app ▸ outbox ▸ gate ▸ socket, and back. The chart says when the gate is up;
 * no message goes through the chart.
 */
export class Wire {
  readonly options: ConnectionOptions;
  readonly outbox: Outbox;
  readonly gate: Gate;
  readonly transport: Transport;
  readonly chronicle = new Chronicle();
  readonly news = new News();
  readonly watch: Watch;
  received = { messages: 0, bytes: 0 };
  roundTripMs: number | undefined = undefined;
  isDisposed = false;
  /** Why the connection is in `failed`, once it has been. */
  failure: ConnectionError | undefined = undefined;
  /** When the chart last asked the peer for a sign of life. Unit ms. */
  probedAt = 0;
  #isFlushing = false;
  #hasStarted = false;
  readonly #isRestored: boolean;
  readonly #actor: WireActor;
  readonly #data: DataOptions;
  readonly #coder: Coder;
  #toldLevel: OutboxLevel | undefined = 'empty';
  #toldDueAt = Infinity;

  constructor(actor: WireActor, options: ConnectionOptions, isRestored: boolean) {
    this.#isRestored = isRestored;
    this.options = options;
    this.#actor = actor;
    this.#data = dataOptions(options);
    this.gate = new Gate(this.#data.maxBufferedBytes);
    this.outbox = new Outbox(this.#data.outbox, (held, outcome, reason) => this.#settle(held, outcome, reason));
    this.#coder = new Coder(options);
    this.watch = new Watch(options.environment, (event) => this.report(event));
    this.transport = new Transport(options, {
      report: (event) => this.report(event),
      frame: (event) => this.#receive(event),
      connected: (socket) => this.gate.connect(socket),
      roundTrip: (roundTripMs) => {
        this.roundTripMs = roundTripMs;
        this.news.tell('heartbeat', { roundTripMs });
      },
      now: () => this.now(),
      random: () => this.random(),
    });
  }

  now(): number {
    const clock = (this.#actor as { clock?: { now?: () => number } }).clock;
    return clock?.now?.() ?? this.options.environment?.now?.() ?? platformNow();
  }

  random(): number {
    return (this.options.random ?? Math.random)();
  }

  /** An event for the chart; none reaches an actor that has been stopped. */
  report(event: ConnectionEvent): void {
    if (this.#actor.getSnapshot().status === 'active') this.#actor.send(event);
  }

  // ── What the chart's actors do

  /** The transport runs. In an actor that is new there is nothing to tell. */
  start(): void {
    this.chronicle.since ||= this.now();
    if (this.#hasStarted) this.report({ type: 'transport.started' });
    else if (this.#isRestored) {
      this.#toldLevel = undefined;
      this.#tellOutboxLevel();
      this.report({ type: 'transport.started', restored: true });
    }
    this.#hasStarted = true;
  }

  /** No exit action runs when an actor is stopped: whatever is open is let go of here. */
  stop(): void {
    this.gate.isUp = false;
    this.transport.abandon();
  }

  probe(): void {
    this.probedAt = this.now();
    this.transport.ping();
  }

  // ── Sending

  /** Throws a ConnectionError `'invalid-option'` for a message that the codec cannot encode; nothing else. */
  send(message: unknown, options?: SendOptions): Disposition {
    const data = this.#coder.encode(message);
    if (options === undefined && this.gate.isClear && this.outbox.messages === 0 && this.gate.pass(data)) return 'sent';
    return this.submit(message, data, options ?? noOptions);
  }

  encode(message: unknown): RawData {
    return this.#coder.encode(message);
  }

  submit(message: unknown, data: RawData, options: SendOptions, onOutcome?: OutcomeListener): Disposition {
    const snapshot = this.#actor.getSnapshot();
    if (this.isDisposed || snapshot.status !== 'active') return this.#refuse(message, 'disposed', onOutcome);
    if (snapshot.hasTag('rejecting')) return this.reject(message, onOutcome);
    return this.transmit(message, data, options, onOutcome);
  }

  /** A `client.send` of the chart: `deliver` is what the state does with a send. */
  sendFromChart(event: ConnectionEvent, deliver: 'transmit' | 'hold' | 'reject'): void {
    if (event.type !== 'client.send') return;
    const { message } = event;
    if (deliver === 'reject') return void this.reject(message);
    try {
      this[deliver](message, this.encode(message), event);
    } catch (error) {
      this.#refuse(message, 'unencodable', undefined);
      reportError(error);
    }
  }

  /** What `closed` and `failed` do with a send. */
  reject(message: unknown, onOutcome?: OutcomeListener): Disposition {
    const isFailed = this.#actor.getSnapshot().value === 'failed';
    return this.#refuse(message, isFailed ? 'failed' : 'closed', onOutcome);
  }

  /** To the socket where the way is clear, else to the outbox. */
  transmit(message: unknown, data: RawData, options: SendOptions, onOutcome?: OutcomeListener): Disposition {
    if (this.gate.isClear && this.outbox.messages === 0 && this.gate.pass(data)) {
      onOutcome?.('sent', undefined);
      return 'sent';
    }
    return this.hold(message, data, options, onOutcome);
  }

  hold(message: unknown, data: RawData, options: SendOptions, onOutcome?: OutcomeListener): Disposition {
    return this.#busy(() => {
      const { ttlMs } = this.#data.outbox;
      const held: Held = {
        data: copied(data),
        message,
        bytes: byteLengthOf(data),
        dueAt: this.now() + (options.ttlMs ?? ttlMs),
        key: options.key ?? this.#keyOf(message),
        onOutcome,
      };
      if (options.queue === false) {
        this.#settle(held, 'dropped', 'not-open');
        return 'dropped';
      }
      const admission = this.outbox.hold(held);
      if (admission.disposition !== 'queued') this.#settle(held, admission.disposition, admission.reason);
      else if (this.gate.isUp) this.flush();
      return admission.disposition;
    });
  }

  /** A key is a wish of the application: where its function throws, the message goes without. */
  #keyOf(message: unknown): string | undefined {
    try {
      return this.#data.outbox.keyOf?.(message);
    } catch (error) {
      reportError(error);
      return undefined;
    }
  }

  raiseGate(): void {
    this.gate.isUp = true;
    this.#tellOutboxLevel();
  }

  lowerGate(): void {
    this.gate.isUp = false;
  }

  /** Empties the outbox into the socket, in order. What is not handed over when the link dies stays. */
  flush(): void {
    // A socket may call send() again while it takes a message: that one waits for its turn.
    if (this.#isFlushing) return;
    this.#busy(() => {
      this.#isFlushing = true;
      for (let held = this.outbox.peek(); held !== undefined && this.gate.canFlush; held = this.outbox.peek()) {
        if (!this.gate.pass(held.data)) break;
        this.outbox.shift();
        this.#settle(held, 'sent', undefined);
      }
      this.#isFlushing = false;
    });
  }

  expire(): void {
    this.#busy(() => {
      this.#toldDueAt = Infinity;
      this.outbox.expire(this.now());
    });
  }

  settleOutbox(reason: string): void {
    this.#busy(() => this.outbox.clear('dropped', reason));
  }

  #refuse(message: unknown, reason: string, onOutcome: OutcomeListener | undefined): Disposition {
    this.#busy(() => this.#tellOutcome('rejected', reason, message, onOutcome));
    return 'rejected';
  }

  #settle({ message, onOutcome }: Held, outcome: Outcome, reason: string | undefined): void {
    this.#tellOutcome(outcome, reason, message, onOutcome);
  }

  #tellOutcome(outcome: Outcome, reason: string | undefined, message: unknown, onOutcome?: OutcomeListener): void {
    this.chronicle.countOutcome(outcome);
    onOutcome?.(outcome, reason);
    this.news.tell('outcome', reason === undefined ? { outcome, message } : { outcome, reason, message });
    if (outcome === 'dropped' || outcome === 'expired' || outcome === 'rejected' || outcome === 'uncertain') {
      this.news.tell('dropped', { outcome, reason: reason ?? '', message });
    }
  }

  // ── Receiving

  #receive(event: FrameEvent): void {
    const { data } = event;
    this.received.messages++;
    this.received.bytes += typeof data === 'string' ? data.length : byteLengthOf(data as RawData);
    let message: unknown;
    try {
      message = this.#coder.decode(data);
    } catch (error) {
      this.news.tell('invalid', { data, error });
      if (this.#coder.isJson && error instanceof SyntaxError) {
        const what = 'a text frame was no JSON; it went to `invalid`. For such a peer set codec: "raw" or your own';
        this.news.warn('not-json', what);
      }
      return;
    }
    this.news.tellMessage(message, event);
  }

  // ── The end, and the bounds of every piece of work

  /** Settles what is held; the actor is stopped by whoever owns it. */
  dispose(): void {
    // First, so that what listeners send in answer to an outcome is refused, not held in what is being emptied.
    this.isDisposed = true;
    this.settleOutbox('disposed');
    this.news.disposals.call(undefined, undefined);
  }

  #busy<T>(work: () => T): T {
    this.news.begin();
    try {
      return work();
    } finally {
      this.#tellOutboxLevel();
      this.news.end();
    }
  }

  /** The chart is told of the outbox's level, and when it has to be looked at again. */
  #tellOutboxLevel(): void {
    const { level } = this.outbox;
    const now = this.now();
    const roomAt = level !== 'empty' && this.gate.isWaiting ? now + ROOM_CHECK_MS : Infinity;
    const dueAt = Math.min(this.outbox.earliestDue, roomAt);
    if (level === this.#toldLevel && dueAt >= this.#toldDueAt) return;
    this.#toldLevel = level;
    this.#toldDueAt = dueAt;
    this.report({
      type: 'outbox.changed',
      level,
      ...(dueAt === Infinity ? {} : { dueInMs: Math.max(0, dueAt - now) }),
    });
  }
}
