import type { Connection } from '../../src/index.ts';
import type { Fault } from '../../src/testing/index.ts';

/** How late timers of this process are. */
export class Lateness {
  readonly #everyMs: number;
  #dueAt: number;
  #mostMs = 0;

  /** `everyMs`: how often it ticks. */
  constructor(everyMs: number) {
    this.#everyMs = everyMs;
    this.#dueAt = performance.now() + everyMs;
  }

  tick(): void {
    const now = performance.now();
    this.#mostMs = Math.max(this.#mostMs, now - this.#dueAt);
    this.#dueAt = now + this.#everyMs;
  }

  /** The greatest since it was asked last. Unit ms. */
  take(): number {
    const mostMs = Math.max(this.#mostMs, performance.now() - this.#dueAt);
    this.#mostMs = 0;
    return mostMs;
  }
}

/** Measures how long links that went silent were still taken for alive, and whether that is longer than it may be. */
export class SilenceWatch {
  readonly deathsMs: number[] = [];
  /** Those that took longer than they may. */
  readonly late: string[] = [];
  readonly #connection: Connection;
  readonly #lateness: Lateness;
  readonly #withinMs: number;
  #silent: { readonly fault: Fault; readonly since: number } | undefined = undefined;

  constructor(connection: Connection, withinMs: number, lateness: Lateness) {
    this.#withinMs = withinMs;
    this.#connection = connection;
    this.#lateness = lateness;
    connection.on('lost', () => this.#lost());
  }

  injected(fault: Fault): void {
    this.#silent = undefined;
    const { spec } = fault;
    const isSilent = spec.type === 'halfOpen' || (spec.type === 'blackhole' && spec.direction !== 'toServer');
    if (!isSilent || !this.#connection.isConnected || this.#connection.stats().heartbeat !== 'answered') return;
    this.#lateness.take();
    this.#silent = { fault, since: performance.now() };
  }

  #lost(): void {
    const silent = this.#silent;
    this.#silent = undefined;
    if (silent === undefined || !silent.fault.isActive) return;
    const tookMs = performance.now() - silent.since;
    const lateMs = this.#lateness.take();
    this.deathsMs.push(tookMs);
    // Three timers in a row, each as late as the latest.
    if (tookMs > this.#withinMs + 3 * lateMs + 3) {
      this.late.push(
        `P7: ${tookMs.toFixed(0)} ms until a silent link was given up, timers ${lateMs.toFixed(0)} ms late`,
      );
    }
  }
}
