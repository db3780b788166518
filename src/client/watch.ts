import type { Environment } from './options.ts';
import { reportError } from './platform.ts';

type Report = Parameters<Environment['start']>[0];

/** Listens to network and page while the chart cares, and its actor runs. */
export class Watch {
  readonly #environment: Environment | undefined;
  readonly #report: Report;
  #isWanted = false;
  #stop: (() => void) | undefined = undefined;

  constructor(environment: Environment | undefined, report: Report) {
    this.#environment = environment;
    this.#report = report;
  }

  /** The chart cares from here on; the facts are read anew. */
  start(): void {
    this.#isWanted = true;
    this.resume();
  }

  /** The chart does not care any more. */
  stop(): void {
    this.#isWanted = false;
    this.pause();
  }

  /** The actor runs; it may have been stopped and started again. */
  resume(): void {
    this.pause();
    if (!this.#isWanted) return;
    try {
      this.#stop = this.#environment?.start(this.#report);
    } catch (error) {
      reportError(error);
    }
  }

  /** The actor has been stopped. */
  pause(): void {
    const stop = this.#stop;
    this.#stop = undefined;
    try {
      stop?.();
    } catch (error) {
      reportError(error);
    }
  }
}
