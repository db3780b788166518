import type { ConnectionContext, ConnectionEvent } from '../../machines/connection.types.ts';
import { copied, roughLengthOf, type RawData } from '../protocol/codec.ts';
import { Chronicle } from './chronicle.ts';
import { Coder } from './coder.ts';
import type { ConnectionError } from './errors.ts';
import { News } from './news.ts';
import { dataOptions, type ConnectionOptions, type SendOptions } from './options.ts';
import type { Disposition } from './outbox.ts';
import type { Sign } from './pings.ts';
import { safely } from './platform.ts';
import { Sender, type OutcomeListener, type Sending, type Treatment } from './sender.ts';
import { abnormalClose, OPEN, type FrameEvent, type MessageListener } from './socket.ts';
import { Floor, type SpeakerClock } from './speaker.ts';
import { platformClock, Time, wallClock } from './time.ts';
import { Transport } from './transport.ts';
import { validateSend } from './validate.ts';
import { Watch } from './watch.ts';

/** The actor that a wire belongs to, as far as the wire needs it. */
export interface WireActor {
  readonly id: string;
  readonly clock: SpeakerClock & { now?(): number };
  readonly _parent?: { getSnapshot(): { children?: Readonly<Record<string, unknown>> } } | undefined;
  send(event: ConnectionEvent): void;
  getSnapshot(): {
    readonly status: string;
    readonly value: unknown;
    readonly context: ConnectionContext;
    hasTag(tag: string): boolean;
    can(event: ConnectionEvent): boolean;
  };
}

const noOptions: SendOptions = {};

/**
 * The data plane of one connection: app ▸ outbox ▸ gate ▸ socket, and back. The chart says when the gate is up;
 * no message goes through the chart.
 */
export class Wire {
  readonly options: ConnectionOptions;
  readonly sender: Sender;
  readonly transport: Transport;
  readonly chronicle = new Chronicle();
  readonly news = new News();
  readonly watch: Watch;
  /** Who speaks a protocol here beside the application. */
  readonly floor = new Floor();
  readonly received = { messages: 0, bytes: 0 };
  roundTripMs: number | undefined = undefined;
  isDisposed = false;
  /** Why the connection is in `failed`, once it has been. */
  failure: ConnectionError | undefined = undefined;
  readonly #actor: WireActor;
  readonly #time: Time;
  readonly #isRestored: boolean;
  #hasStarted = false;
  #isRunning = false;
  /** What listeners asked for while the chart was at work; it takes it up after this step. Sends among it keep their place. */
  readonly #asked = new Map<object, Sending | undefined>();
  /** The chart takes an event up: what it was before is not the last word. */
  #isStepping = false;
  /** The send that the chart is taking up, where it was asked for by `send`. */
  #taken: Sending | undefined = undefined;
  readonly #onCaughtUp: (() => void)[] = [];

  constructor(actor: WireActor, options: ConnectionOptions, isRestored: boolean) {
    this.options = options;
    this.#actor = actor;
    this.#isRestored = isRestored;
    this.#time = timeOf(actor, options);
    const hooks = { now: () => this.now(), report: (event: ConnectionEvent) => this.report(event) };
    this.sender = new Sender(dataOptions(options), new Coder(options), this.news, this.chronicle, {
      ...hooks,
      awake: () => this.awake(),
      isFailed: () => actor.getSnapshot().value === 'failed',
      isRejecting: () => actor.getSnapshot().hasTag('rejecting'),
      isUnanswered: () => actor.getSnapshot().context.heartbeat === 'unanswered',
      pings: () => this.transport.pings,
      roundTripMs: () => this.roundTripMs,
    });
    this.watch = new Watch(options.environment, hooks.report, () => actor.getSnapshot());
    this.transport = new Transport(options, {
      ...hooks,
      now: () => this.awake(),
      frame: (event) => this.#receive(event),
      decode: (event, listener) => this.#decode(event, listener),
      encode: (message) => {
        this.sender.pacer.note();
        return this.sender.coder.encode(message);
      },
      message: this.#tell,
      connected: (socket) => {
        this.sender.gate.connect(socket);
        if (socket === null) this.floor.lost();
        else if (this.transport.pings === undefined) this.sender.cannotConfirm();
      },
      floor: this.floor,
      readAll: () => this.sender.readAll(),
      sign: (sign) => this.#sawSign(sign),
      pinged: () => this.sender.pacer.note(),
      sent: this.sender.gate,
      received: this.received,
      random: () => this.random(),
    });
  }

  /** Time that has passed, also while the machine slept: when a message is too old, when to be back. Unit ms. */
  now(): number {
    return this.#time.now();
  }

  /** The time its timers go by: how long the peer has had to answer. Unit ms. */
  awake(): number {
    return this.#time.awake();
  }

  /** Its timers. */
  get clock(): SpeakerClock {
    return this.#actor.clock;
  }

  /** At least 0, below 1, whatever the option gives: the chart must not fail by it. */
  random(): number {
    const unit = safely(this.options.random ?? Math.random) ?? NaN;
    return unit >= 0 && unit < 1 ? unit : 0.5;
  }

  /** Nothing is to be had from this connection any more: it was disposed of, or its actor was stopped. */
  get isOver(): boolean {
    return this.isDisposed || this.#actor.getSnapshot().status !== 'active';
  }

  // ── Between the chart and the wire

  /** At every event of the chart, before its step: a jump of the clock is its next event, before what the step itself asks for. */
  lookAtClocks({ type }: { readonly type: string }): void {
    if (!this.#time.look()) return;
    // The closing handshake that begins after the jump has not slept through it.
    if (type !== 'client.disconnect' && type !== 'client.reconnect') this.report({ type: 'clock.jumped' });
    // Messages may have grown too old, and the timer that stands for them has slept as well.
    this.report({ type: 'outbox.due' });
  }

  /** A fact for the chart; none reaches an actor that has been stopped. */
  report(event: ConnectionEvent): void {
    if (this.#actor.getSnapshot().status === 'active') this.#actor.send(event);
  }

  /** A command for the chart. Given by a listener it waits for the end of the step, and so does what is sent behind it. */
  command(event: ConnectionEvent, sending?: Sending): void {
    if (this.isOver) return;
    // Nobody who calls at every change of the chart should go round in a circle with a command that changes nothing.
    const isKnown = !this.#isStepping && !this.isBehind;
    if (!isKnown || this.#actor.getSnapshot().can(event)) this.#ask(event, sending);
  }

  #ask(event: ConnectionEvent, sending?: Sending): void {
    if (this.#actor.getSnapshot().status !== 'active') return;
    this.#asked.set(event, sending);
    this.sender.gate.isHeldUp = true;
    this.#actor.send(event);
  }

  /** The chart takes an event up. */
  took(event: object): void {
    this.#isStepping = true;
    this.#taken = this.#asked.get(event);
    if (!this.#asked.delete(event)) return;
    this.sender.gate.isHeldUp = this.isBehind;
  }

  /** The chart has not taken up everything that was asked of it: its state is not the last word. */
  get isBehind(): boolean {
    return this.#asked.size > 0;
  }

  /** Calls back when the chart's state is the last word: at once, or after the commands that wait. */
  whenCaughtUp(listener: () => void): void {
    if (this.isBehind) this.#onCaughtUp.push(listener);
    else listener();
  }

  /** A step of the chart has ended. */
  endStep(): void {
    this.#isStepping = false;
    if (!this.isBehind) for (const listener of this.#onCaughtUp.splice(0)) listener();
    this.news.end();
  }

  /** The transport runs. In an actor that is new there is nothing to tell. */
  start(): void {
    this.#isRunning = true;
    this.chronicle.since ||= this.awake();
    if (this.#hasStarted || this.#isRestored) {
      this.sender.tellAnew();
      this.report({ type: 'transport.started', ...(this.#hasStarted ? {} : { restored: true }) });
    }
    this.#hasStarted = true;
  }

  /** No exit action runs when an actor is stopped: whatever is open is let go of here. */
  stop(): void {
    this.#isRunning = false;
    this.sender.lowerGate();
    this.letGoOfSocket();
    const { _parent: parent, id } = this.#actor;
    const isLetGo = parent !== undefined && parent.getSnapshot().children?.[id] !== this.#actor;
    if (isLetGo) this.dispose();
    this.#settleAsked();
    // React stops an actor and revives it in the same turn; one that is still stopped after it stays so.
    void Promise.resolve().then(() => {
      if (!this.isDisposed && this.isOver) this.dispose();
    });
  }

  /** The chart will not take up what it was asked: sends among it are held, or refused for good. */
  #settleAsked(): void {
    const sendings = [...this.#asked.values()].filter((sending) => sending !== undefined);
    this.#asked.clear();
    this.sender.gate.isHeldUp = false;
    for (const sending of sendings) {
      if (this.isDisposed) this.sender.refuse(sending, 'disposed');
      else this.sender.hold(sending);
    }
    for (const listener of this.#onCaughtUp.splice(0)) listener();
  }

  /** With the close code of a socket that had opened, where it told one. */
  letGoOfSocket(code?: number): void {
    this.sender.rewind(code);
    this.transport.abandon();
  }

  raiseGate(): void {
    this.transport.keep();
    this.sender.raiseGate();
    this.floor.ready();
  }

  /** It was hung up: what is held must not go out under the next login. */
  settleOutbox(): void {
    this.sender.settleAll('disconnected');
    this.floor.closed();
  }

  #sawSign({ pong, isAwaited, isProbe, roundTripMs, position }: Sign): void {
    if (isProbe === true && roundTripMs !== undefined) {
      this.roundTripMs = roundTripMs;
      this.news.tell('heartbeat', { roundTripMs });
    }
    const { heartbeat, isProvable, probeBy } = this.#actor.getSnapshot().context;
    // Pongs come thick and fast: once open, the chart hears of those that a probe waits for, or that change what it knows.
    const isKnown = this.sender.gate.isUp && isProvable && heartbeat === 'answered' && probeBy === null;
    const isNews = isAwaited || (pong && !isKnown);
    if (isNews) this.report({ type: 'socket.alive', pong });
    if (position !== undefined) this.sender.confirm(position);
  }

  // ── Sending

  /** A socket that is closing by itself may never come to its end: Node's own, where TCP goes on after the close frame. */
  lookAtSocket(): void {
    const closing: ConnectionEvent = { type: 'socket.closing' };
    const { socket } = this.sender.gate;
    if (socket !== null && socket.readyState > OPEN && this.#actor.getSnapshot().can(closing)) this.report(closing);
  }

  /** Throws a ConnectionError `'invalid-option'` for a message that the codec cannot encode; nothing else. */
  send(message: unknown, options?: SendOptions): Disposition {
    const data = this.sender.coder.encode(message);
    if (options === undefined && this.sender.pass(data)) return 'sent';
    return this.submit(message, data, options ?? noOptions);
  }

  /** For a face that has been disposed of, over an actor that lives on. */
  refuse(message: unknown, onOutcome?: OutcomeListener): Disposition {
    const sending = { message, data: '', options: noOptions, onOutcome, dueAt: Infinity, isPromised: false };
    return this.sender.refuse(sending, 'disposed');
  }

  submit(message: unknown, data: RawData, options: SendOptions, onOutcome?: OutcomeListener): Disposition {
    this.lookAtSocket();
    const key = options.key ?? this.sender.keyOf(message);
    const dueAt = this.sender.dueAt(options);
    const isPromised = this.isBehind;
    const sending: Sending = { message, data, options: { ...options, key }, onOutcome, dueAt, isPromised };
    if (this.isOver) return this.sender.refuse(sending, 'disposed');
    // keyOf is the application's: it may have given a command.
    if (this.isBehind) {
      this.command({ type: 'client.send', message: undefined }, { ...sending, data: copied(data) });
      return 'queued';
    }
    return this.sender[this.#actor.getSnapshot().hasTag('rejecting') ? 'reject' : 'transmit'](sending);
  }

  /** A `client.send` of the chart, and what its state does with it. */
  sendFromChart(event: ConnectionEvent, treatment: Treatment): void {
    if (event.type !== 'client.send') return;
    if (this.#taken !== undefined) return void this.sender[treatment](this.#taken);
    this.lookAtSocket();
    const { message } = event;
    const dueAt = this.sender.dueAt(event);
    const sending = { message, data: '', options: event, onOutcome: undefined, dueAt, isPromised: false };
    if (treatment === 'reject') return void this.sender.reject(sending);
    try {
      validateSend(event);
      const data = this.sender.coder.encode(message);
      const key = event.key ?? this.sender.keyOf(message);
      this.sender[treatment]({ ...sending, data, options: { ...event, key } });
    } catch {
      this.sender.refuse(sending, 'unencodable');
    }
  }

  // ── Receiving

  #receive(event: FrameEvent): void {
    if (this.floor.take(event)) return this.#count(event);
    this.#decode(event, this.#tell);
  }

  readonly #tell = (message: unknown, event: FrameEvent): void => this.news.tellMessage(message, event);

  /** What is no message is told as such. */
  #decode(event: FrameEvent, listener: MessageListener): void {
    this.#count(event);
    let message: unknown;
    try {
      message = this.sender.coder.decode(event.data);
    } catch (error) {
      return this.#tellInvalid(event, error);
    }
    listener(message, event);
  }

  #count({ data }: FrameEvent): void {
    this.received.messages++;
    this.received.bytes += roughLengthOf(data);
  }

  #tellInvalid({ data }: FrameEvent, error: unknown): void {
    this.news.tell('invalid', { data, error });
    if (!this.sender.coder.isJson || !(error instanceof SyntaxError)) return;
    const what = 'a text frame was no JSON; it went to `invalid`. For such a peer set codec: "raw" or your own';
    this.news.warn('not-json', what);
  }

  // ── The end

  /** For good: nothing is accepted any more. The actor is its owner's to stop. */
  dispose(): void {
    // First, so that what listeners send in answer to an outcome is refused, not held in what is being emptied.
    this.isDisposed = true;
    this.news.finish();
    this.letGo();
  }

  /** Settles what is held, ends whatever waits for this connection, and hangs up without a closing handshake. */
  letGo(): void {
    this.sender.settleAll('disposed');
    this.news.disposals.call(undefined, undefined);
    this.floor.disposed();
    if (!this.#isRunning) return this.#settleAsked();
    this.#ask({ type: 'client.disconnect' });
    this.transport.abandon();
    this.#ask({ type: 'socket.closed', close: abnormalClose, verdict: 'retry' });
  }
}

/** An actor with a time of its own has no wall clock but the environment's. */
function timeOf({ clock }: WireActor, { environment }: ConnectionOptions): Time {
  const given = environment?.now === undefined ? undefined : () => environment.now?.();
  if (clock.now !== undefined) return new Time(() => clock.now?.(), given);
  return new Time(given ?? platformClock(), wallClock);
}
