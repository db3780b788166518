import type { ConnectionSnapshot } from '../../src/index.ts';
import type { FakeSocket } from '../../src/testing/index.ts';
import type { Complain } from './breach.ts';
import type { Page } from './page.ts';
import type { Scenario } from './scenario.ts';

/** What is known of one socket's pings. */
interface Pulse {
  pingsOut: number;
  isProved: boolean;
  /** Something has come after a ping. */
  hasSpoken: boolean;
}

/** Of `heartbeat: 'auto'`. Unit ms. */
export const defaultTimes = { intervalMs: 25_000, timeoutMs: 10_000, wakeTimeoutMs: 2_500, required: false };

/** Whom the connection may trust and take for dead, and P4: after a loss nothing goes out before the peer is proved. */
export class LifeWatch {
  readonly #isRequired: boolean;
  readonly #stableAfterMs: number;
  readonly #page: Page;
  readonly #complain: Complain;
  readonly #pulses = new WeakMap<FakeSocket, Pulse>();
  #current: Pulse | undefined = undefined;
  /** The peer has answered a ping, or has said something after one. */
  #isTrusted = false;
  /** A pong has come. */
  isProvable = false;
  #hasLoss = false;
  /** A message that went out, and should have waited unless the peer is found to answer no pings. */
  #unproved: string | undefined = undefined;
  /** This turn has led through an end. */
  #isNew = false;
  #openSince: number | undefined = undefined;
  #path = 'idle';
  #heartbeat = 'unknown';

  constructor({ heartbeat, stableAfterMs }: Scenario, page: Page, complain: Complain) {
    this.#isRequired = typeof heartbeat === 'object' && heartbeat.required;
    this.#stableAfterMs = stableAfterMs;
    this.#page = page;
    this.#complain = complain;
  }

  dialled(socket: FakeSocket): void {
    this.#current = { pingsOut: 0, isProved: false, hasSpoken: false };
    this.#pulses.set(socket, this.#current);
  }

  pinged(socket: FakeSocket): void {
    const pulse = this.#pulses.get(socket);
    if (pulse !== undefined) pulse.pingsOut++;
  }

  /** Something has come from the peer, to a socket that is listened to. */
  heard(socket: FakeSocket, isPong: boolean): void {
    const pulse = this.#pulses.get(socket);
    if (pulse === undefined || pulse.pingsOut === 0) return;
    this.#isTrusted = pulse.hasSpoken = true;
    if (!isPong) return;
    this.isProvable = true;
    pulse.isProved = true;
    this.#hasLoss = false;
  }

  /** A message is about to go out. */
  handedOver(socket: FakeSocket, message: string): void {
    const isProvable = this.isProvable || this.#isRequired;
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
    if (path !== before) this.#moved(before, path, context.reason);
    if (context.heartbeat === 'unanswered' && this.#heartbeat !== 'unanswered') this.#distrusted(before);
    if (this.#unproved !== undefined && context.heartbeat !== 'unanswered')
      this.#complain('P4', `after a loss ${this.#unproved} goes out before the new socket has answered a ping`);
    this.#unproved = undefined;
    this.#isNew = false;
    this.#path = path;
    this.#heartbeat = context.heartbeat;
    if (this.#openSince === undefined) return;
    if (this.#page.now() - this.#openSince >= this.#stableAfterMs) this.#hasLoss = false;
  }

  #moved(before: string, path: string, reason: string): void {
    const wasOpen = before.startsWith('open');
    if (!path.startsWith('open')) this.#openSince = undefined;
    else this.#openSince ??= this.#page.now();
    // A drain has waited for the peer to read all there was.
    const isHasty = wasOpen && path.startsWith('connecting') && reason !== 'drained' && !this.#isNew;
    if (isHasty || path.startsWith('backoff')) this.#hasLoss = true;
  }

  #distrusted(before: string): void {
    if (this.#heartbeat === 'answered' && before !== 'connecting.proving' && this.isProvable)
      this.#complain('P7', 'a peer that answers is trusted no more, and no proof has failed');
    this.#isTrusted = this.isProvable = false;
    this.#hasLoss = false;
  }

  /** Silence counts: the peer answers pings, or has said something of its own accord after one on this socket. */
  get canDie(): boolean {
    return this.#isTrusted && (this.isProvable || this.#current?.hasSpoken === true);
  }
}
