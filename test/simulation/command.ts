/** What simulators can be told, and say on their way. */
import { parseArgs } from 'node:util';

/** How often it is told how far it has come. Unit ms. */
const TELL_EVERY_MS = 5_000;

/** `--seeds N`: so many, default `usual`, from `--seed` on; `--seed` alone: just that one. */
export function askedFor(usual: number): {
  readonly from: number;
  readonly count: number;
  readonly mayShrink: boolean;
} {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string', default: '0' },
      /** Only say which seed fails. */
      'no-shrink': { type: 'boolean', default: false },
    },
  });
  const count = Number(values.seeds ?? (values.seed === '0' ? usual : 1));
  return { from: Number(values.seed), count, mayShrink: !values['no-shrink'] };
}

/** A function that calls `tell`, but not too often. */
export function nowAndThen(tell: () => void): () => void {
  let toldAt = performance.now();
  return () => {
    const now = performance.now();
    if (now - toldAt < TELL_EVERY_MS) return;
    toldAt = now;
    tell();
  };
}

/** What is thrown where nobody catches it is a find like any other. `seed`: the one that is being played. */
export function reportStrays(seed: () => number): void {
  for (const kind of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(kind, (error: unknown) => {
      console.log(`seed ${seed()} breaks other: ${kind}, nobody caught ${String(error)}`);
      process.exit(1);
    });
  }
}
