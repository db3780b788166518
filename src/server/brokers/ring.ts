const SMALLEST = 4;

/** A queue that grows with what is in it: constant time at both ends and in between, and nothing is moved along. */
export class Ring<T> {
  /** As many places as a power of two. */
  #places: (T | undefined)[] = [];
  #first = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#places.length) this.#grow();
    this.#places[(this.#first + this.#length++) & (this.#places.length - 1)] = item;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#places[this.#first];
    this.#places[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#places.length - 1);
    // A burst that is over costs nothing.
    if (--this.#length === 0 && this.#places.length > SMALLEST) this.#places = [];
    return item;
  }

  /** Counted from the oldest. */
  at(index: number): T | undefined {
    return this.#places[(this.#first + index) & (this.#places.length - 1)];
  }

  /** From one place on to the newest. */
  slice(start: number): T[] {
    return Array.from({ length: this.#length - start }, (_, i) => this.at(start + i) as T);
  }

  #grow(): void {
    const places = this.slice(0);
    places.length = Math.max(SMALLEST, 2 * places.length);
    this.#places = places;
    this.#first = 0;
  }
}
