import type { ConnectionSnapshot } from '../../src/index.ts';
import type { FakeSocket } from '../../src/testing/index.ts';
import type { Complain } from './breach.ts';
import type { Page } from './page.ts';
import type { Scenario } from './scenario.ts';

/** What sums of fractions of a millisecond may be off by. Unit ms. */
const ROUNDING_MS = 1e-6;

/** What is known of one socket's pings. */
interface Pulse {
  pingsOut: number;
  isProved: boolean;
  /** Something has come after a ping. */
  hasSpoken: boolean;
  /** The last time, and the first time since anything was heard. Unit ms. */
  pingedAt: number;
  askedAt: number;
  heardAt: number;
}

const defaults = { intervalMs: 25_000, timeoutMs: 10_000, wakeTimeoutMs: 2_500, required: false };

/** What lies in front of a pong may excuse its absence for so long. Unit ms. */
const EXCUSE_MS = 120_000;

/** A timer that fires so long after it was due is a late one. Unit ms. */
const LATE_MS = 1_000;

/** P7: a dead peer is left in time and a live one is not; and after a loss nothing goes out before the peer is proved. */
export class LifeWatch {
  readonly #times: typeof defaults;
  readonly #stableAfterMs: number;
  readonly #isNarrow: boolean;
  readonly #page: Page;
  readonly #complain: Complain;
  readonly #pulses = new WeakMap<FakeSocket, Pulse>();
  #current: Pulse | undefined = undefined;
  /** The peer has answered a ping, or has said something after one. */
  #isTrusted = false;
  /** A pong has come. */
  #isProvable = false;
  #hasLoss = false;
  /** A message that went out, and should have waited unless the peer is found to answer no pings. */
  #unproved: string | undefined = undefined;
  /** This turn has led through an end. */
  #isNew = false;
  #openSince: number | undefined = undefined;
  #lateBefore = 0;
  #path = 'idle';
  #heartbeat = 'unknown';

  constructor({ heartbeat, stableAfterMs, line }: Scenario, page: Page, complain: Complain) {
    this.#isNarrow = line !== null;
    this.#times = typeof heartbeat === 'object' ? heartbeat : defaults;
    this.#stableAfterMs = stableAfterMs;
    this.#page = page;
    this.#complain = complain;
  }

  dialled(socket: FakeSocket): void {
    this.#current = {
      pingsOut: 0,
      isProved: false,
      hasSpoken: false,
      pingedAt: Infinity,
      askedAt: Infinity,
      heardAt: this.#page.now(),
    };
    this.#pulses.set(socket, this.#current);
  }

  pinged(socket: FakeSocket): void {
    const pulse = this.#pulses.get(socket);
    if (pulse === undefined) return;
    pulse.pingsOut++;
    pulse.pingedAt = this.#page.now();
    pulse.askedAt = Math.min(pulse.askedAt, pulse.pingedAt);
  }

  /** Something has come from the peer, to a socket that is listened to. */
  heard(socket: FakeSocket, isPong: boolean): void {
    const pulse = this.#pulses.get(socket);
    if (pulse === undefined) return;
    pulse.heardAt = this.#page.now();
    pulse.askedAt = Infinity;
    this.#lateBefore = this.#page.lateMs;
    if (pulse.pingsOut === 0) return;
    this.#isTrusted = pulse.hasSpoken = true;
    if (!isPong) return;
    this.#isProvable = true;
    pulse.isProved = true;
    this.#hasLoss = false;
  }

  /** A message is about to go out. */
  handedOver(socket: FakeSocket, message: string): void {
    const isProvable = this.#isProvable || this.#times.required;
    if (this.#hasLoss && isProvable && this.#heartbeat !== 'off' && this.#pulses.get(socket)?.isProved === false)
      this.#unproved ??= message;
  }

  /** Attempts, and what was lost before, are forgotten: a new beginning. */
  begunAnew(): void {
    this.#hasLoss = false;
    this.#isNew = true;
  }

  /** After each turn. */
  check({ context }: ConnectionSnapshot, path: string): void {
    const before = this.#path;
    if (path !== before) this.#moved(before, path, context.trouble);
    if (context.heartbeat === 'unanswered' && this.#heartbeat !== 'unanswered') this.#distrusted(before);
    if (this.#unproved !== undefined && context.heartbeat !== 'unanswered')
      this.#complain('P4', `after a loss ${this.#unproved} goes out before the new socket has answered a ping`);
    this.#unproved = undefined;
    this.#isNew = false;
    this.#path = path;
    this.#heartbeat = context.heartbeat;
    if (this.#openSince === undefined) return;
    if (this.#page.now() - this.#openSince >= this.#stableAfterMs) this.#hasLoss = false;
    this.#judgeSilence();
  }

  #moved(before: string, path: string, trouble: string | null): void {
    const wasOpen = before.startsWith('open');
    if (!path.startsWith('open')) this.#openSince = undefined;
    else this.#openSince ??= this.#page.now();
    if (path.startsWith('backoff') || (wasOpen && path.startsWith('connecting') && !this.#isNew)) this.#hasLoss = true;
    const isDeath = wasOpen && trouble === 'silent' && /^(?:backoff|failed)/u.test(path);
    if (isDeath) this.#judgeDeath();
  }

  #distrusted(before: string): void {
    if (this.#heartbeat === 'answered' && before !== 'connecting.proving' && this.#isProvable)
      this.#complain('P7', 'a peer that answers is trusted no more, and no proof has failed');
    this.#isTrusted = this.#isProvable = false;
    this.#hasLoss = false;
  }

  /** Silence counts: the peer answers pings, or has said something of its own accord after one on this socket. */
  get #canDie(): boolean {
    return this.#isTrusted && (this.#isProvable || this.#current?.hasSpoken === true);
  }

  /** The chart has taken silence for death. */
  #judgeDeath(): void {
    const { timeoutMs, wakeTimeoutMs, required } = this.#times;
    if (!this.#canDie && !required) this.#complain('P7', 'a peer that never answered is taken for dead');
    const now = this.#page.now();
    const sincePing = now - (this.#current?.askedAt ?? Infinity);
    const least = Math.min(timeoutMs, wakeTimeoutMs);
    const isLate = now - (this.#current?.pingedAt ?? Infinity) > Math.max(timeoutMs, wakeTimeoutMs) + LATE_MS;
    if (isLate && this.#page.isAnythingWaiting)
      this.#complain('P7', 'a peer is taken for dead by a late timer: its frames wait behind');
    if (sincePing < least - ROUNDING_MS)
      this.#complain('P7', `a peer is taken for dead ${sincePing} ms after a ping, and has ${least}`);
  }

  #judgeSilence(): void {
    const page = this.#page;
    const pulse = this.#current;
    if (pulse === undefined || !this.#canDie || this.#heartbeat !== 'answered') return;
    const { intervalMs, wakeTimeoutMs } = this.#times;
    const timeoutMs = this.#times.timeoutMs + (this.#isNarrow ? EXCUSE_MS : 0);
    const since = Math.max(pulse.heardAt, this.#openSince ?? 0);
    const longest = Math.max(timeoutMs, wakeTimeoutMs);
    let deadline = since + intervalMs + (page.wokenAt >= since ? longest : timeoutMs);
    const lateMs = page.lateMs - this.#lateBefore;
    if (lateMs > 0) deadline += lateMs + 2 * longest;
    const overdue = page.now() - deadline;
    if (overdue > 1e-6 && !page.isHeldUp)
      this.#complain('P7', `a peer that answers has been silent, and is not left ${overdue} ms after it had to be`);
  }
}
