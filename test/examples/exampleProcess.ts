/** An example as its command starts it, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished, vi } from 'vitest';
import { within } from '../fixtures/events.ts';

const root = join(import.meta.dirname, '..', '..');
const DEADLINE_MS = 15_000;

export interface ExampleProcess {
  /** What it has printed so far, line by line: also what went wrong. */
  readonly lines: readonly string[];
  /** Until a line is printed that matches; gives it. Rejects, with all that was printed, where that takes too long. */
  readonly line: (pattern: RegExp) => Promise<string>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Until it has ended. */
  readonly exitCode: () => Promise<number | null>;
}

/** Runs `examples/<path>`. It is gone when the test is over. */
export function startExample(path: string, environment: Readonly<Record<string, string>> = {}): ExampleProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', join('examples', path)], {
    cwd: root,
    env: { ...process.env, NODE_ENV: undefined, FORCE_COLOR: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', (line) => lines.push(line));
  const closed = once(child, 'close') as Promise<[number | null]>;
  onTestFinished(async () => {
    // Politely, so that it can take along what it has started itself.
    child.kill('SIGTERM');
    await within(`the end of ${path}`, closed).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
  });
  return {
    lines,
    line: (pattern) =>
      vi.waitFor(
        () => {
          const found = lines.find((line) => pattern.test(line));
          if (found === undefined) throw new Error(`${path} has not printed ${String(pattern)}:\n${lines.join('\n')}`);
          return found;
        },
        { timeout: DEADLINE_MS },
      ),
    kill: (signal) => void child.kill(signal),
    exitCode: () =>
      within(
        `the end of ${path}`,
        closed.then(([code]) => code),
      ),
  };
}
