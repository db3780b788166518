import type { Connection, ConnectionEvents, ConnectionSnapshot, RawData } from '../../src/index.ts';
import { FakeSocket } from '../../src/testing/index.ts';
import type { Complain } from './breach.ts';
import { ClockWatch } from './clockWatch.ts';
import { HangUpWatch } from './hangUpWatch.ts';
import { LifeWatch } from './lifeWatch.ts';
import type { MessageLedger } from './messageLedger.ts';
import { isMuted, type SocketWatcher } from './observedSocket.ts';
import type { Page } from './page.ts';
import { RetryWatch } from './retryWatch.ts';
import type { Scenario } from './scenario.ts';
import { SilenceWatch } from './silenceWatch.ts';

/** States that only a command leads out of. */
const ended: ReadonlySet<string> = new Set(['idle', 'closed', 'failed']);
/** Turns of the page in one run: more, and something goes round in a circle. */
const MAX_TURNS = 500_000;

/** Thrown into the clock, which would run for ever. */
export class Standstill extends Error {}

/**
 * How far `bufferedAmount` may go past its bound: it is looked at every 64 KiB, or 64 messages, and what a socket that is
 * clogged keeps on a narrow line is in there twice. Unit bytes.
 */
const UNCHECKED_BYTES = 2 * 64 * 1024;

/** The promises, looked after from outside: at the sockets, at the page, at the public face. */
export class Invariants implements SocketWatcher {
  readonly retries: RetryWatch;
  readonly life: LifeWatch;
  readonly silence: SilenceWatch;
  readonly #clocks: ClockWatch;
  readonly #hangUps: HangUpWatch;
  connection: Connection | undefined = undefined;
  readonly #scenario: Scenario;
  readonly #page: Page;
  readonly #complain: Complain;
  readonly #messages: MessageLedger;
  readonly #log: (text: string) => void;
  readonly #numbers = new Map<FakeSocket, number>();
  /** Sockets that have not ended for good, as far as the connection is concerned. */
  readonly #sockets = new Set<FakeSocket>();
  readonly #abandoned = new Set<FakeSocket>();
  #newest: FakeSocket | undefined = undefined;
  #path = 'idle';
  #told = 'idle';
  #isStopped = false;
  #mayLeave = true;
  /** A command was given in this turn: what is told of the state before may be told after it. */
  #isCommanded = false;
  #closingSince: number | undefined = undefined;
  #lateAtClosing = 0;
  #isHearingAbandoned = false;
  #asked = 0;
  #turns = 0;
  #lastCode = 0;
  readonly #greeted = new WeakSet<FakeSocket>();
  readonly #answered = new WeakSet<FakeSocket>();

  constructor(
    scenario: Scenario,
    page: Page,
    messages: MessageLedger,
    complain: Complain,
    log: (text: string) => void,
  ) {
    this.#scenario = scenario;
    this.#page = page;
    this.#messages = messages;
    this.#complain = complain;
    this.#log = log;
    this.retries = new RetryWatch(scenario, complain, () => this.connection?.now() ?? 0);
    this.#clocks = new ClockWatch(page, complain);
    this.life = new LifeWatch(scenario, page, complain);
    this.silence = new SilenceWatch(scenario, page, this.life, complain);
    this.#hangUps = new HangUpWatch(scenario, page, messages, this.silence, complain);
  }

  // ── What is done

  /** `connect()` or `reconnect()` is about to be called. */
  commanded(call: 'connect' | 'reconnect'): void {
    if (call === 'reconnect' || this.#isDraining) this.#hangsUp(`${call}()`);
    const isEnded = this.#isEnded || this.#mayLeave || ended.has(this.#told);
    this.#mayLeave = this.#isCommanded = true;
    this.retries.commanded(isEnded);
    if (isEnded) this.life.begunAnew();
  }

  /** The actor is stopped, to be started again. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  set isStopped(is: boolean) {
    this.#isStopped = is;
    if (!is) return;
    this.#hangUps.forget();
    this.silence.stopped();
  }

  /** `disconnect()` is about to be called: what follows it begins anew. */
  hungUp(): void {
    this.#isCommanded = true;
    if (this.#now === 'closed.closing' || this.#hangUps.isForGood) this.#hangUps.forget();
    else this.#hangsUp('disconnect()');
    this.retries.commanded(true);
  }

  #hangsUp(why: string): void {
    const socket = this.#newest;
    if (socket !== undefined && this.#now.startsWith('open'))
      this.#hangUps.began(why, socket, this.#numbers.get(socket) ?? -1);
  }

  /** The hub has said when to be back: connect() does not wait for that. */
  get #isDraining(): boolean {
    return typeof this.connection?.getSnapshot().context.drainUntil === 'number';
  }

  /** Where the chart is at this moment. */
  get #now(): string {
    return pathOf(this.connection?.getSnapshot().value ?? 'idle');
  }

  /** Chance is asked. */
  drew(unit: number): number {
    this.retries.drew(unit);
    return unit;
  }

  /** A provider is asked. The result is the number of its answer. */
  asked(): number {
    if (this.#isEnded && !this.#mayLeave) this.#complain('P2', 'a provider is called, and the connection has ended');
    return ++this.#asked;
  }

  askedForCredential(): void {
    if (this.#isEnded && !this.#mayLeave) this.#complain('P2', 'authenticate is called, and the connection has ended');
  }

  /** The listener of messages is called. */
  messageHeard(): void {
    if (this.#isHearingAbandoned) this.#complain('P1', 'a frame of an abandoned socket is heard');
  }

  /** The event `state`. */
  stateTold({ state, previous, because }: ConnectionEvents['state']): void {
    if (previous !== this.#told)
      this.#complain('other', `the event state says ${previous} → ${state} in ${this.#told}`);
    this.#told = state;
    this.#log(`${previous} → ${state}: ${because}`);
    if (because === '') this.#complain('other', `the event state gives no reason for ${state}`);
    if (this.connection?.state !== state && !this.#isCommanded)
      this.#complain('other', `the event state says ${state}, the connection ${this.connection?.state}`);
    if (ended.has(previous) && !this.#mayLeave && state !== 'closed')
      this.#complain('P2', `${previous} → ${state}, without connect() or reconnect()`);
  }

  /** The event `failed`: only for what happened. */
  failureTold({ code }: ConnectionEvents['failed']['error'], { context }: ConnectionSnapshot): void {
    const { reconnect, retry } = this.#scenario;
    const counted = context.attempt - context.hinted;
    const isTrue = {
      'attempts-exhausted': reconnect && counted >= retry.maxAttempts,
      'fatal-close': reconnect && isFatal(this.#lastCode),
      unauthorized: reconnect && this.#lastCode === 4401,
    }[code as string];
    if (!(isTrue ?? !reconnect))
      this.#complain('P3', `failed with ${code} at attempt ${counted}, the last close was ${this.#lastCode}`);
  }

  // ── The sockets

  dialled(socket: FakeSocket): void {
    const nth = this.#numbers.size;
    this.#numbers.set(socket, nth);
    this.#sockets.add(socket);
    this.#newest = socket;
    this.#log(`socket ${nth} is dialled`);
    if (this.#isEnded && !this.#mayLeave) this.#complain('P2', 'a socket is dialled, and the connection has ended');
    const answer = /\?answer=(\d+)/u.exec(socket.url)?.[1];
    if (answer !== undefined && Number(answer) !== this.#asked)
      this.#complain('other', `a provider's answer ${answer} is dialled, and it was asked ${this.#asked} times`);
    this.retries.dialled();
    this.life.dialled(socket);
    this.silence.dialled(socket);
  }

  handedOver(socket: FakeSocket, data: RawData): void {
    if (isPing(data)) this.#pinged(socket, tokenOf(data));
    else this.silence.handedOver(socket, sizeOf(data));
    if (isGreeting(data)) return void this.#greeted.add(socket);
    this.#checkGreeted(socket);
    if (isPing(data)) return;
    this.#messages.handedOver(socket, this.#numbers.get(socket) ?? -1, data);
    const text = typeof data === 'string' ? data.slice(0, 40) : 'bytes';
    if (text.startsWith('{"type":"message"')) this.life.handedOver(socket, text);
    this.#log(`socket ${this.#numbers.get(socket)} takes ${text}`);
    if (this.connection?.isConnected === true && !isOpen(this.connection))
      this.#complain('P5', 'what is held goes out, and the gate is up already');
    const mostBytes = this.#scenario.maxBufferedBytes + UNCHECKED_BYTES;
    if (socket.bufferedAmount > mostBytes)
      this.#complain('P6', `the socket has ${socket.bufferedAmount} bytes waiting, and ${mostBytes} are the most`);
  }

  swallowed(socket: FakeSocket, data: RawData): void {
    if (isPing(data)) this.#pinged(socket, tokenOf(data));
    else this.#complain('P4', 'a frame is handed to a socket that is not open, and drops it');
  }

  pinged(socket: FakeSocket, payload: string): void {
    this.#log(`socket ${this.#numbers.get(socket)} pings`);
    this.#checkGreeted(socket);
    this.#pinged(socket, payload);
  }

  #pinged(socket: FakeSocket, token: string | undefined): void {
    this.life.pinged(socket);
    this.silence.pinged(socket, token);
  }

  #checkGreeted(socket: FakeSocket): void {
    const { greeting } = this.#scenario;
    if (greeting !== 'none' && !this.#greeted.has(socket))
      this.#complain('P5', 'something goes out before the greeting');
    if (greeting === 'asks' && !this.#answered.has(socket))
      this.#complain('P5', 'something goes out before the greeting is answered');
  }

  heard(socket: FakeSocket, data: RawData): void {
    this.#answered.add(socket);
    this.#isHearingAbandoned = isMuted(socket);
    if (!this.#isListening(socket)) return;
    const isPong = typeof data === 'string' && data.startsWith('{"type":"pong"');
    this.life.heard(socket, isPong);
    this.silence.heard(socket, sizeOf(data), isPong ? { token: tokenOf(data) } : undefined);
    const drainMs = found(/^\{"type":"drain","retryAfterMs":(\d+)\}$/u, data);
    if (drainMs !== undefined && this.#scenario.isHub) this.retries.draining(Number(drainMs));
  }

  pongHeard(socket: FakeSocket, payload: string): void {
    if (!this.#isListening(socket)) return;
    this.life.heard(socket, true);
    this.silence.heard(socket, 0, { token: payload });
  }

  /** While the closing handshake runs, what comes is not heard. */
  #isListening(socket: FakeSocket): boolean {
    return !isMuted(socket) && !ended.has(this.#told) && this.#now !== 'connecting.closing';
  }

  broke(socket: FakeSocket): void {
    if (!isMuted(socket)) this.#hangUps.ended(socket);
  }

  ended(socket: FakeSocket, { code, reason = '' }: { code?: number; reason?: string }): void {
    if (isMuted(socket)) return;
    this.#hangUps.ended(socket);
    this.#log(`socket ${this.#numbers.get(socket)} ends: ${code ?? 'no code'} ${reason}`);
    this.#lastCode = code ?? 1006;
    const hint = /retry-after=(\d+)/u.exec(reason);
    const isBusy = busy.has(this.#lastCode);
    if (isBusy) this.#messages.blameless(this.#numbers.get(socket) ?? -1);
    this.retries.ended(hint === null ? undefined : Number(hint[1]), isBusy);
  }

  refused(socket: FakeSocket, status: number, headers: Readonly<Record<string, string>>): void {
    if (isMuted(socket)) return;
    this.#log(`socket ${this.#numbers.get(socket)} is refused: HTTP ${status}`);
    this.#lastCode = status === 401 ? 4401 : status === 403 ? 4403 : 1006;
    const seconds = headers['retry-after'];
    this.retries.ended(seconds === undefined ? undefined : Number(seconds) * 1_000, status === 429 || status === 503);
  }

  // ── After each turn of the page

  check(): void {
    const { connection } = this;
    if (++this.#turns > MAX_TURNS) throw new Standstill();
    this.#isHearingAbandoned = this.#isCommanded = false;
    if (connection === undefined || this.isStopped) return;
    const snapshot = connection.getSnapshot();
    const path = pathOf(snapshot.value);
    if (this.#path === 'backoff.waiting' && path.startsWith('connecting')) this.retries.waited();
    this.#clocks.check(connection, snapshot);
    this.retries.check(snapshot);
    this.silence.check(snapshot, path);
    this.life.check(snapshot, path);
    this.#hangUps.check(connection);
    this.#checkSockets();
    this.#checkEnd(path);
    const isOpen = path.startsWith('open');
    if (connection.isConnected !== isOpen || snapshot.hasTag('ready') !== isOpen)
      this.#complain('other', `${path}, isConnected ${connection.isConnected}, ready ${snapshot.hasTag('ready')}`);
    if (this.#told !== connection.state)
      this.#complain('other', `the connection is ${connection.state}, and the last event state said ${this.#told}`);
    this.#path = path;
    if (this.#isEnded) this.#mayLeave = false;
  }

  /** What costs more, after each step. */
  checkFace(): void {
    const { connection } = this;
    if (connection === undefined || this.isStopped) return;
    const { outbox } = connection.stats();
    const { maxMessages, maxBytes } = this.#scenario.outbox;
    if (outbox.messages > maxMessages)
      this.#complain('P6', `${outbox.messages} messages are held, at most ${maxMessages} may be`);
    if (outbox.bytes > maxBytes) this.#complain('P6', `${outbox.bytes} bytes are held, at most ${maxBytes} may be`);
    if (connection.explain() === '') this.#complain('other', `explain() says nothing in ${this.#path}`);
    this.#clocks.checkHistory(connection);
    const history = connection.history();
    if (history.length > 64) this.#complain('P6', `history() has ${history.length} records`);
    if (history.some(({ because }) => because === '')) this.#complain('other', 'a record of history() has no reason');
  }

  /** After `dispose()`: at once nothing is left. */
  checkDisposed(): void {
    this.#checkSockets();
    this.#checkNothingRuns('dispose() was called');
  }

  get #isEnded(): boolean {
    return ended.has(this.#path.split('.')[0] ?? '');
  }

  #checkSockets(): void {
    for (const socket of this.#sockets) {
      const isOver = isMuted(socket) && socket.readyState >= FakeSocket.CLOSING;
      if (!isOver) continue;
      this.#sockets.delete(socket);
      if (socket.readyState === FakeSocket.CLOSED) continue;
      this.#abandoned.add(socket);
      this.#messages.left(this.#numbers.get(socket) ?? -1);
    }
    for (const socket of this.#abandoned) {
      if (!isMuted(socket)) this.#complain('P1', 'an abandoned socket is listened to again');
      if (socket.readyState === FakeSocket.CLOSED) this.#abandoned.delete(socket);
    }
    if (this.#sockets.size > 1) this.#complain('P1', `${this.#sockets.size} sockets are live`);
  }

  #checkEnd(path: string): void {
    if (path === 'closed.done' || path === 'idle') {
      this.#checkNothingRuns(`the connection is ${path}`, path === 'idle' ? 1 : 0);
    }
    // Held messages may still expire.
    if (path === 'failed') this.#checkNothingRuns('the connection has failed', 1);
    if (path.startsWith('closed') && !this.#path.startsWith('closed')) this.#checkSettled();
    if (!path.endsWith('.closing')) this.#closingSince = undefined;
    else if (this.#closingSince === undefined) {
      this.#closingSince = this.#page.now();
      this.#lateAtClosing = this.#page.lateMs;
    } else if (!this.#page.isHeldUp) {
      const sinceMs = this.#page.now() - this.#closingSince - (this.#page.lateMs - this.#lateAtClosing);
      const { drainTimeoutMs, closeTimeoutMs } = this.#scenario;
      if (sinceMs > Math.max(drainTimeoutMs, closeTimeoutMs)) this.#complain('P2', `${path} takes ${sinceMs} ms`);
    }
  }

  /** What is held when somebody hangs up must not go out for whoever comes next. */
  #checkSettled(): void {
    const { messages = 0 } = this.connection?.stats().outbox ?? {};
    if (messages > 0) this.#complain('P4', `disconnect() leaves ${messages} messages without an outcome`);
  }

  #checkNothingRuns(when: string, timers = 0): void {
    if (this.#page.timers > timers) this.#complain('P2', `${when}, and ${this.#page.timers} timers run`);
    if (this.#page.listeners > 0) this.#complain('P2', `${when}, and ${this.#page.listeners} listeners hear the page`);
    if (this.#sockets.size > 0) this.#complain('P2', `${when}, and ${this.#sockets.size} sockets are live`);
  }
}

const isOpen = (connection: Connection): boolean => connection.getSnapshot().hasTag('ready');

/** RFC 6455 and the table of close codes: no retry would mend it. */
const isFatal = (code: number): boolean => [1002, 1003, 1007, 1008, 1010, 4400, 4403, 4409].includes(code);

/** Close codes that say "too much right now". */
const busy: ReadonlySet<number> = new Set([1013, 4429, 4503]);

const isGreeting = (data: RawData): boolean => typeof data === 'string' && data.startsWith('{"type":"auth"');

function isPing(data: RawData): boolean {
  return typeof data === 'string' && data.startsWith('{"type":"ping"');
}

const sizeOf = (data: RawData): number => (typeof data === 'string' ? data.length : 0);

const found = (what: RegExp, data: RawData): string | undefined =>
  typeof data === 'string' ? what.exec(data)?.[1] : undefined;
const tokenOf = (data: RawData): string | undefined => found(/"t":"([^"]*)"/u, data);

/** `open.quiet` of `{ open: 'quiet' }`. */
export function pathOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return Object.entries(value as object)
    .map(([state, inner]) => `${state}.${pathOf(inner)}`)
    .join();
}
