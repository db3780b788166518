import { invalidOption } from './errors.ts';
import { reportError } from './platform.ts';

type Listener<A, B> = (first: A, second: B) => void;

/** Functions to call for one kind of event. Calling them allocates nothing: a change makes a new list, a call walks the one it found. */
export class Listeners<A, B = undefined> {
  /** Entries and not functions, so that the same function can be in here twice. */
  #list: readonly { readonly listener: Listener<A, B> }[] = [];

  get isEmpty(): boolean {
    return this.#list.length === 0;
  }

  /** Adds one; the same function twice is called twice. Returns what takes it out again. Throws `'invalid-option'` for what is no function. */
  add(listener: Listener<A, B>): () => void {
    if (typeof listener !== 'function') throw invalidOption('listener', 'a function', listener);
    const entry = { listener };
    this.#list = [...this.#list, entry];
    return () => {
      this.#list = this.#list.filter((other) => other !== entry);
    };
  }

  /** Calls all that are there now. One that throws is reported and stops no other. */
  call(first: A, second: B): void {
    const list = this.#list;
    for (let i = 0; i < list.length; i++) {
      try {
        list[i]?.listener(first, second);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
