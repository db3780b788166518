import type { Connection } from '../../src/index.ts';
import { FakeSocket } from '../../src/testing/index.ts';
import type { Complain } from './breach.ts';
import type { MessageLedger } from './messageLedger.ts';
import { isMuted } from './observedSocket.ts';
import type { Page } from './page.ts';
import type { Scenario } from './scenario.ts';
import type { SilenceWatch } from './silenceWatch.ts';

/** An end that nobody forced on us. */
interface HangUp {
  readonly why: string;
  readonly socket: FakeSocket;
  readonly nth: number;
  /** Unit ms. */
  readonly at: number;
  /** A ping was out: nobody waits for longer than its pong. */
  readonly isAsked: boolean;
}

/** After these the peer may be gone, and nothing is waited for. */
const excuses: ReadonlySet<string> = new Set(['clock.jumped', 'page.left', 'transport.started']);

/** P11: a voluntary end of an open socket lets go of it no sooner than the peer has read everything, or the time for that is over. */
export class HangUpWatch {
  readonly #timeoutMs: number;
  readonly #page: Page;
  readonly #messages: MessageLedger;
  readonly #complain: Complain;
  #hangUp: HangUp | undefined = undefined;

  readonly #silence: SilenceWatch;

  constructor(
    { drainTimeoutMs }: Scenario,
    page: Page,
    messages: MessageLedger,
    silence: SilenceWatch,
    complain: Complain,
  ) {
    this.#silence = silence;
    this.#timeoutMs = drainTimeoutMs;
    this.#page = page;
    this.#messages = messages;
    this.#complain = complain;
  }

  /** The client ends what is open. */
  began(why: string, socket: FakeSocket, nth: number): void {
    if (this.#timeoutMs === 0 || socket.readyState !== FakeSocket.OPEN) return;
    this.#hangUp ??= { why, socket, nth, at: this.#page.now(), isAsked: this.#silence.isAsked };
  }

  /** A `disconnect()` has begun it: one more ends it now. */
  get isForGood(): boolean {
    return this.#hangUp?.why === 'disconnect()';
  }

  /** Somebody does not want to wait. */
  forget(): void {
    this.#hangUp = undefined;
  }

  /** The socket has ended by itself: completely, or the line has broken. */
  ended(socket: FakeSocket): void {
    if (this.#hangUp?.socket === socket) this.forget();
  }

  /** After each turn. */
  check(connection: Connection): void {
    if (this.#hangUp === undefined) return;
    const { why, socket, nth, at, isAsked } = this.#hangUp;
    if (!isMuted(socket)) return;
    this.forget();
    const afterMs = this.#page.now() - at;
    const isExcused = connection.history().some((record) => record.at >= at && excuses.has(record.event));
    if (isExcused || afterMs >= this.#timeoutMs || (isAsked && !this.#silence.isLive(socket))) return;
    const missing = this.#messages.missing(nth);
    if (missing.length > 0)
      this.#complain(
        'P11',
        `${why} lets go of socket ${nth} after ${afterMs} ms, and ${missing.join(', ')} had not arrived`,
      );
  }
}
