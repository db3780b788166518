import type { ConnectionSnapshot } from '../../src/index.ts';
import { FakeSocket, type SimulatedLine } from '../../src/testing/index.ts';
import type { Complain } from './breach.ts';
import type { Page } from './page.ts';
import { defaultTimes, type LifeWatch } from './lifeWatch.ts';
import type { Scenario } from './scenario.ts';
import { serverKinds } from './servers.ts';

/** What sums of fractions of a millisecond may be off by. Unit ms. */
const ROUNDING_MS = 1e-6;
/** A timer that fires so long after it was due is a late one. Unit ms. */
const LATE_MS = 1_000;
/** What is in front of a ping may pass this slowly, and a line this slow is a live one. Unit bytes a ms. */
const SLOWEST = 8;
/** However much is in front of a ping, no longer is granted for it. Unit ms. */
const MOST_ALLOWED_MS = 120_000;
/** While frames come, a pong is waited for so many times as long. */
const TALKING_FACTOR = 3;
/** Between two pings of a stream there is no more, but for one message. Unit bytes. */
const PORTION_BYTES = 64 * 1024;
/** With so much under way at once, pings that have to wait for a pong may have more in front of them. Unit bytes. */
const MOST_PINGED_BYTES = 64 * PORTION_BYTES;

interface PingOut {
  readonly token: string | undefined;
  readonly at: number;
  /** Bytes handed over before it. */
  readonly position: number;
}

/** What is known of one socket. */
interface Pulse {
  readonly socket: FakeSocket;
  readonly dialledAt: number;
  readonly pings: PingOut[];
  /** Bytes handed over, those that a pong covers, and the largest message among them. */
  sent: number;
  covered: number;
  largest: number;
  /** Bytes that have come since the last pong. */
  received: number;
  heardAt: number;
  pongAt: number | undefined;
  /** How late our own timers had been in all when anything, and when a pong was heard. Unit ms. */
  lateAtHeard: number;
  lateAtPong: number;
  /** When less was waiting in the socket than before, and how much it was. Unit ms, bytes. */
  fellAt: number;
  waiting: number;
  /** When it was seen to be closing, and how late our own timers had been by then. Unit ms. */
  closing: { readonly at: number; readonly lateMs: number } | undefined;
  lookedAt: number | undefined;
}

/**
 * P7: in every leaf of `open` silence ends, and a line that lives is not left, however slow it is.
 *
 * Live is a line that carries at least 8 kB/s each way, on which nothing is lost and nothing held up but by its own
 * queue, and by that, when it overflows, no longer than a portion is granted; whose peer answers every ping as soon as it
 * has come, and puts nothing long in front of the pong; and on which no single message takes longer than two minutes.
 */
export class SilenceWatch {
  readonly #scenario: Scenario;
  readonly #times: typeof defaultTimes;
  readonly #isPrompt: boolean;
  readonly #page: Page;
  readonly #life: LifeWatch;
  readonly #complain: Complain;
  readonly #pulses = new WeakMap<FakeSocket, Pulse>();
  #current: Pulse | undefined = undefined;
  #openSince: number | undefined = undefined;
  #path = 'idle';
  /** Sockets that were there before have been done some harm. Unit ms. */
  #harmedUntil = -Infinity;
  /** The lowest rate so far, and the longest time for which a queue that overflows holds everything up. Unit bytes a ms, ms. */
  #rate = Infinity;
  #stallMs = 0;

  constructor(scenario: Scenario, page: Page, life: LifeWatch, complain: Complain) {
    this.#scenario = scenario;
    this.#times = typeof scenario.heartbeat === 'object' ? scenario.heartbeat : defaultTimes;
    this.#isPrompt = answersAtOnce(scenario);
    this.#page = page;
    this.#life = life;
    this.#complain = complain;
    if (scenario.line !== null) this.narrowed(scenario.line);
  }

  // ── What is done to the line

  /** Something is done to whoever is there that a live line does not do, for so long. Unit ms. */
  harmed(forMs = 0): void {
    this.#harmedUntil = Math.max(this.#harmedUntil, this.#page.realNow + forMs);
  }

  /** The line carries no more. */
  narrowed({ bytesPerSecond, queueBytes = 100_000, kernelBytes = 1_000_000 }: SimulatedLine): void {
    const rate = bytesPerSecond / 1_000;
    const halvings = queueBytes < kernelBytes ? Math.max(1, Math.log2(kernelBytes / queueBytes)) : 0;
    this.#rate = Math.min(this.#rate, rate);
    this.#stallMs = Math.max(this.#stallMs, (halvings * queueBytes) / rate);
  }

  // ── What goes over the socket

  dialled(socket: FakeSocket): void {
    const now = this.#page.now();
    this.#current = {
      socket,
      dialledAt: this.#page.realNow,
      pings: [],
      sent: 0,
      covered: 0,
      largest: 0,
      received: 0,
      heardAt: now,
      pongAt: undefined,
      lateAtHeard: this.#page.lateMs,
      lateAtPong: this.#page.lateMs,
      fellAt: now,
      waiting: 0,
      closing: undefined,
      lookedAt: undefined,
    };
    this.#pulses.set(socket, this.#current);
  }

  handedOver(socket: FakeSocket, bytes: number): void {
    const pulse = this.#pulses.get(socket);
    if (pulse === undefined) return;
    pulse.sent += bytes;
    pulse.largest = Math.max(pulse.largest, bytes);
  }

  pinged(socket: FakeSocket, token: string | undefined): void {
    const pulse = this.#pulses.get(socket);
    pulse?.pings.push({ token, at: this.#page.now(), position: pulse.sent });
  }

  /** Something has come from the peer, to a socket that is listened to. */
  heard(socket: FakeSocket, bytes: number, pong: { readonly token: string | undefined } | undefined): void {
    const pulse = this.#pulses.get(socket);
    if (pulse === undefined) return;
    pulse.heardAt = this.#page.now();
    pulse.received += bytes;
    pulse.lateAtHeard = this.#page.lateMs;
    if (pong === undefined) return;
    const nth = pong.token === undefined ? 0 : pulse.pings.findIndex(({ token }) => token === pong.token);
    const answered = pulse.pings.splice(0, nth + 1).at(-1);
    if (answered === undefined) return;
    pulse.covered = answered.position;
    pulse.pongAt = pulse.heardAt;
    pulse.lateAtPong = pulse.lateAtHeard;
    pulse.received = 0;
  }

  /** The application sends something, and the socket is looked at. */
  looked(): void {
    const pulse = this.#current;
    if (this.#openSince !== undefined && pulse?.socket.readyState === FakeSocket.CLOSING)
      pulse.lookedAt ??= this.#page.now();
  }

  warned(code: string): void {
    if (code !== 'ping-unanswered' && code !== 'unconfirmable') return;
    if (this.#isPulseLive(this.#current)) this.#complain('P7', `warned '${code}', and the line lives`);
  }

  /** The actor is stopped, and what it has is let go of. */
  stopped(): void {
    this.#current = this.#openSince = undefined;
  }

  // ── After each turn

  check({ context }: ConnectionSnapshot, path: string): void {
    const isOpen = path.startsWith('open');
    if (isOpen) this.#openSince ??= this.#page.now();
    if (/^(?:backoff|failed)/u.test(path) && path !== this.#path) this.#judgeDeath(this.#path, context);
    // At the end too: it may have come too late.
    if (this.#openSince !== undefined) this.#judge(context.heartbeat);
    if (!isOpen) this.#openSince = undefined;
    this.#path = path;
  }

  #judge(heartbeat: string): void {
    this.#look();
    if (this.#page.isHeldUp) return;
    if (this.#current?.closing !== undefined) this.#judgeClosing(this.#current.closing, heartbeat);
    else if (heartbeat === 'answered') this.#judgeSilence();
  }

  #look(): void {
    const pulse = this.#current;
    if (pulse === undefined) return;
    const { bufferedAmount, readyState } = pulse.socket;
    if (bufferedAmount < pulse.waiting) pulse.fellAt = this.#page.now();
    pulse.waiting = bufferedAmount;
    if (readyState === FakeSocket.CLOSING) pulse.closing ??= { at: this.#page.now(), lateMs: this.#page.lateMs };
  }

  /** The chart has taken silence for death. */
  #judgeDeath(before: string, { trouble, reason }: ConnectionSnapshot['context']): void {
    // What was interrupted keeps the trouble that there was before.
    if (reason === 'resumed') return;
    const isProof = before === 'connecting.proving' && trouble === 'unproven';
    const isSilence = before.startsWith('open') && trouble === 'silent';
    const pulse = this.#current;
    if (pulse === undefined || (!isProof && !isSilence)) return;
    const { timeoutMs, wakeTimeoutMs, required } = this.#times;
    // A proof that was cut short ended with its attempt.
    const isWhole = isSilence || this.#page.now() - (pulse.pings[0]?.at ?? Infinity) >= wakeTimeoutMs - ROUNDING_MS;
    if (isWhole && this.#isPulseLive(pulse)) this.#complain('P7', `a live line is left as ${trouble}`);
    if (!isSilence) return;
    if (!this.#life.canDie && !required) this.#complain('P7', 'a peer that never answered is taken for dead');
    const now = this.#page.now();
    const [oldest] = pulse.pings;
    const newest = pulse.pings.at(-1);
    const isLate = now - (newest?.at ?? Infinity) > Math.max(timeoutMs, wakeTimeoutMs) + LATE_MS;
    if (isLate && this.#page.isAnythingWaiting)
      this.#complain('P7', 'a peer is taken for dead by a late timer: its frames wait behind');
    const position = oldest?.position ?? pulse.sent;
    const leastMs = Math.min(timeoutMs, wakeTimeoutMs) + wholeSeconds(allowedMs(position - pulse.covered));
    const silentMs = now - Math.max(oldest?.at ?? Infinity, pulse.pongAt ?? -Infinity);
    if (silentMs < leastMs - ROUNDING_MS)
      this.#complain('P7', `a peer is taken for dead after ${silentMs} ms of silence, and has ${leastMs}`);
  }

  /** However the socket was used: pong, interval, ping, and what is granted for the next pong. */
  #judgeSilence(): void {
    const page = this.#page;
    const pulse = this.#current;
    if (pulse === undefined || !this.#life.canDie) return;
    const { intervalMs, timeoutMs, wakeTimeoutMs } = this.#times;
    const isProvable = this.#life.isProvable;
    const lastSign = isProvable ? (pulse.pongAt ?? -Infinity) : pulse.heardAt;
    const start = Math.max(lastSign, this.#openSince ?? 0);
    const longest = Math.max(timeoutMs, wakeTimeoutMs);
    const waitMs = page.wokenAt >= start ? longest : timeoutMs;
    // That less is waiting is seen when the connection looks, once in a timeout at least.
    const since = pulse.fellAt > start ? pulse.fellAt + waitMs : start;
    const isTalking = isProvable && pulse.heardAt > lastSign;
    let deadline = since + intervalMs + (isTalking ? TALKING_FACTOR : 1) * waitMs;
    deadline += allowedMs(inFront(pulse, pulse.sent) + pulse.received);
    const lateMs = page.lateMs - (isProvable ? pulse.lateAtPong : pulse.lateAtHeard);
    if (lateMs > 0) deadline += lateMs + 2 * TALKING_FACTOR * longest;
    const overdueMs = page.now() - deadline;
    if (overdueMs > ROUNDING_MS)
      this.#complain('P7', `${this.#path}: a peer that gave pongs gives none, and is left ${overdueMs} ms too late`);
  }

  /** A socket that is closing, and has not told, is left so long after the first look at it. */
  #judgeClosing({ at, lateMs }: NonNullable<Pulse['closing']>, heartbeat: string): void {
    const { intervalMs, timeoutMs, wakeTimeoutMs } = this.#times;
    const byItself = Math.max(intervalMs, TALKING_FACTOR * Math.max(timeoutMs, wakeTimeoutMs));
    const looksAt = Math.min(this.#current?.lookedAt ?? Infinity, heartbeat === 'off' ? Infinity : at + byItself);
    const overdueMs = this.#page.now() - looksAt - this.#scenario.closeTimeoutMs - (this.#page.lateMs - lateMs);
    if (overdueMs > ROUNDING_MS)
      this.#complain('P7', `${this.#path}: a socket that is closing is left ${overdueMs} ms too late`);
  }

  /** A ping is out. */
  get isAsked(): boolean {
    return (this.#current?.pings.length ?? 0) > 0;
  }

  isLive(socket: FakeSocket): boolean {
    return this.#isPulseLive(this.#pulses.get(socket));
  }

  #isPulseLive(pulse: Pulse | undefined): boolean {
    if (pulse === undefined || !this.#isPrompt || pulse.dialledAt <= this.#harmedUntil) return false;
    const { timeoutMs, wakeTimeoutMs } = this.#times;
    if (this.#stallMs > allowedMs(PORTION_BYTES) + Math.min(timeoutMs, wakeTimeoutMs)) return false;
    const bytes = inFront(pulse, pulse.pings[0]?.position ?? pulse.sent);
    return bytes / this.#rate <= MOST_ALLOWED_MS;
  }
}

/** What lies in front of a ping that was sent there: a portion, and one message, where pings go out in the stream. Unit bytes. */
function inFront({ sent, covered, largest, pongAt }: Pulse, position: number): number {
  // Until the first pong one ping may be behind everything.
  const isStreaming = pongAt !== undefined && sent - covered <= MOST_PINGED_BYTES;
  return isStreaming ? Math.min(position - covered, largest + 2 * PORTION_BYTES) : position - covered;
}

/** It is granted in whole seconds. */
const wholeSeconds = (ms: number): number => Math.floor(ms / 1_000) * 1_000;

const allowedMs = (bytes: number): number => Math.min(bytes / SLOWEST, MOST_ALLOWED_MS);

/** What it says beside pongs is short, and this connection's pings are those that it answers. */
function answersAtOnce({ server, heartbeat, hasPing, isHub, greeting }: Scenario): boolean {
  if (server === 'echo' || server === 'chat' || server === 'dying' || heartbeat === false) return false;
  if (server === 'authFirst' && greeting !== 'asks') return false;
  const isOfApplication = heartbeat !== 'auto' || isHub;
  const answers: readonly string[] = serverKinds[server].answers;
  return isOfApplication ? answers.includes('application') : hasPing && answers.includes('protocol');
}
