import { reportError } from './platform.ts';

/** Functions to call for one kind of event. Calling them allocates nothing: a change makes a new list, a call walks the one it found. */
export class Listeners<Args extends readonly unknown[]> {
  #list: readonly ((...args: Args) => void)[] = [];

  get isEmpty(): boolean {
    return this.#list.length === 0;
  }

  /** Adds one; the same function twice is called twice. Returns what takes it out again. */
  add(listener: (...args: Args) => void): () => void {
    const own = (...args: Args): void => listener(...args);
    this.#list = [...this.#list, own];
    return () => {
      this.#list = this.#list.filter((other) => other !== own);
    };
  }

  clear(): void {
    this.#list = [];
  }

  /** Calls all that are there now. One that throws is reported and stops no other. */
  call(...args: Args): void {
    const list = this.#list;
    for (let i = 0; i < list.length; i++) {
      try {
        list[i]?.(...args);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
