/** Numbers that were sent, counted by who gets them: 1, 2, 3, … */
export class Tally {
  received = 0;
  lost = 0;
  twice = 0;
  reordered = 0;
  #last = 0;

  /** What comes before is not meant for this one. */
  beginAt(n: number): void {
    this.#last = n - 1;
  }

  /** The newest that came. */
  get last(): number {
    return this.#last;
  }

  take(n: number): void {
    this.received++;
    if (n === this.#last) this.twice++;
    else if (n < this.#last) this.reordered++;
    else {
      this.lost += n - this.#last - 1;
      this.#last = n;
    }
  }
}
