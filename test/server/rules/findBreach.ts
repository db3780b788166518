import { nthSeed } from '../../../src/testing/random.ts';
import { allRulesBut, Breach, type Rule } from './rules.ts';
import { Run } from './run.ts';

/** A run that went wrong: what happened, and how to see it again. */
export interface Finding {
  /** How many runs it took. */
  readonly runs: number;
  readonly seed: number;
  readonly breach: Breach;
  readonly steps: readonly string[];
}

/** Plays run after run until one goes wrong; undefined where none does. */
export function findBreach(options: {
  readonly without?: Rule;
  readonly seed: number;
  readonly maxRuns: number;
}): Finding | undefined {
  const rules = allRulesBut(options.without);
  for (let i = 0; i < options.maxRuns; i++) {
    const seed = nthSeed(options.seed, i);
    const run = new Run(seed, rules);
    try {
      run.play();
    } catch (error) {
      if (!(error instanceof Breach)) throw error;
      return { runs: i + 1, seed, breach: error, steps: run.steps };
    }
  }
  return undefined;
}
