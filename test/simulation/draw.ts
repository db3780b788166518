import { seededRandom } from '../../src/testing/index.ts';

/** Draws of chance, each from one stream: the same seed gives the same ones. */
export class Draw {
  /** At least 0, below 1. */
  readonly unit: () => number;

  constructor(seed: number) {
    this.unit = seededRandom(seed);
  }

  /** True in that share of the draws. Range 0 … 1. */
  chance(share: number): boolean {
    return this.unit() < share;
  }

  /** A whole number, both ends included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.unit() * (to - from + 1));
  }

  /** One of them, each as likely as the others. */
  pick<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.whole(0, choices.length - 1)] ?? choices[0];
  }

  /** One of them, as often as the number beside it says. */
  weighed<T>(choices: readonly (readonly [weight: number, choice: T])[]): T {
    let left = this.unit() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, choice] of choices) if ((left -= weight) < 0) return choice;
    throw new RangeError('there is nothing to choose from');
  }
}
