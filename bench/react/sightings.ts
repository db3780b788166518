import type { Frame } from './frames.ts';

/** What the application's own code got to see of a flood of so many frames. */
export class Sightings {
  /** Different messages seen. */
  seen = 0;
  /** Seen again, or after a later one. */
  disordered = 0;
  /** Of the log that showed the last message: how many it held without a gap, counted back from there. */
  logged = 0;
  /** Settles when the last message has been seen. */
  readonly ended: Promise<void>;
  readonly #frames: number;
  readonly #marks: Uint8Array;
  #latest = -1;
  #end: () => void = () => undefined;

  constructor(frames: number) {
    this.#frames = frames;
    this.#marks = new Uint8Array(frames);
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  readonly see = ({ seq }: Frame): void => {
    if (this.#marks[seq] === 0) this.seen++;
    this.#marks[seq] = 1;
    if (seq <= this.#latest) this.disordered++;
    this.#latest = seq;
    if (seq === this.#frames - 1) this.#end();
  };

  /** Sees what is new in a log, oldest first. */
  readonly seeLog = (log: readonly Frame[]): void => {
    let first = log.length;
    while (first > 0 && (log[first - 1]?.seq ?? -1) > this.#latest) first--;
    for (let i = first; i < log.length; i++) this.see(log[i] as Frame);
    if (this.#latest === this.#frames - 1) this.logged = this.#inARow(log);
  };

  #inARow(log: readonly Frame[]): number {
    let count = 0;
    while (count < log.length && log[log.length - 1 - count]?.seq === this.#frames - 1 - count) count++;
    return count;
  }
}
