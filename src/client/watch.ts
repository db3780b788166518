import { pathOf, type Situation } from './because.ts';
import { browserEnvironment } from './browserEnvironment.ts';
import type { Environment } from './options.ts';
import { safely } from './platform.ts';

type Report = Parameters<Environment['start']>[0];
type Fact = Parameters<Report>[0];

/** Listens to network and page while the chart cares, and its actor runs. */
export class Watch {
  readonly #environment: Environment;
  readonly #report: Report;
  readonly #situation: () => Situation;
  #isWanted = false;
  #stop: (() => void) | undefined = undefined;

  constructor(environment: Environment | undefined, report: Report, situation: () => Situation) {
    this.#environment = environment ?? browserEnvironment;
    this.#report = report;
    this.#situation = situation;
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
    // What is told at once is how things are, not that they changed: where all was well before, it must hurry no retry.
    let isStarting = true;
    this.#stop = safely(() =>
      this.#environment.start((fact) => {
        if (!isStarting || !isNoNews(fact, this.#situation())) this.#report(fact);
      }),
    );
    isStarting = false;
  }

  /** The actor has been stopped. */
  pause(): void {
    const stop = this.#stop;
    this.#stop = undefined;
    safely(() => stop?.());
  }
}

/** The network and the page are there, as the chart took for granted. */
function isNoNews({ type }: Fact, { value, context }: Situation): boolean {
  if (type === 'network.online') return context.isOnline;
  return type === 'page.resumed' && !context.isHidden && pathOf(value) !== 'backoff.suspended';
}
