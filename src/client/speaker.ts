import type { Outcome } from './outbox.ts';
import type { FrameEvent } from './socket.ts';

/** What speaks a protocol on every socket of a connection, beside the application: after `greet`, and before anything that was held. */
export interface Speaker {
  /** A socket has opened. Who we are may be said; all else has to wait. */
  readonly opened: (opening: Opening) => void;
  /** It is our turn: what we say now goes before anything that was held. */
  readonly greeted: () => void;
  /** The gate is up: from here on anything may be said. */
  readonly ready: () => void;
  /** The socket is gone, or abandoned. */
  readonly lost: () => void;
  /** `disconnect()` was called: nothing may go out under the next login. */
  readonly closed: () => void;
  /** The connection has been disposed of. */
  readonly disposed: () => void;
  /** Whether the frame was for the speaker alone. */
  readonly take: (event: FrameEvent) => boolean;
}

/** How a socket opened. */
export interface Opening {
  /** The first frame of a hub, as text; undefined: `topics.v1+json` was not agreed. */
  readonly hello: string | undefined;
  /** `greet` has its turn first. */
  readonly isGreeting: boolean;
  /** Nothing was said on this socket before. */
  readonly isFresh: boolean;
}

/** What a speaker has of its connection. */
export interface Line {
  /** Straight to the socket, while there is one. False: it did not take it. Nothing that is said so is held, or sent again. */
  readonly say: (data: string) => boolean;
  /** Whether the gate is up, with room in the socket. */
  readonly isClear: () => boolean;
  /** That of the connection. Unit ms. */
  readonly now: () => number;
  /** At least 0, below 1. */
  readonly random: () => number;
  readonly clock: SpeakerClock;
  /** What became of a message of the application's: it is counted and told like any other. */
  readonly settle: (outcome: Outcome, message: unknown, reason?: string) => void;
  readonly isOver: () => boolean;
  /** The speaker leaves. */
  readonly leave: () => void;
}

export interface SpeakerClock {
  readonly setTimeout: (callback: () => void, delayMs: number) => unknown;
  readonly clearTimeout: (id: unknown) => void;
}

/** Who speaks on a connection, and what the present socket has come to. */
export class Floor {
  #speaker: Speaker | undefined = undefined;
  #opening: Opening | null = null;
  #hasGreeted = false;
  #isReady = false;

  get isTaken(): boolean {
    return this.#speaker !== undefined;
  }

  /** It is told at once what the present socket has come to. */
  give(speaker: Speaker): void {
    this.#speaker = speaker;
    if (this.#opening !== null) speaker.opened({ ...this.#opening, isFresh: false });
    if (this.#hasGreeted) speaker.greeted();
    if (this.#isReady) speaker.ready();
  }

  takeBack(): void {
    this.#speaker = undefined;
  }

  opened(hello: string | undefined, isGreeting: boolean): void {
    this.#opening = { hello, isGreeting, isFresh: true };
    this.#speaker?.opened(this.#opening);
    if (!isGreeting) this.greeted();
  }

  greeted(): void {
    this.#hasGreeted = true;
    this.#speaker?.greeted();
  }

  ready(): void {
    this.#isReady = true;
    this.#speaker?.ready();
  }

  lost(): void {
    if (this.#opening === null) return;
    this.#opening = null;
    this.#hasGreeted = this.#isReady = false;
    this.#speaker?.lost();
  }

  closed(): void {
    this.#speaker?.closed();
  }

  disposed(): void {
    this.#speaker?.disposed();
  }

  take(event: FrameEvent): boolean {
    return this.#speaker !== undefined && this.#speaker.take(event);
  }
}
