/** Questions from the process that measures to those that are measured, and their answers. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

interface Question {
  readonly id: number;
  readonly name: string;
  readonly given: unknown;
}
interface Answer {
  readonly id: number;
  readonly answer?: unknown;
  readonly failure?: string;
}

/** A process of its own, to be asked. */
export class Process {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  #id = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', ({ id, answer, failure }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (failure === undefined) waiting?.resolve(answer);
      else waiting?.reject(new Error(failure));
    });
    child.on('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`a process ended with ${String(code)}`));
    });
  }

  /** Resolves when it answers questions. */
  static async start(file: string, args: readonly string[], flags: readonly string[] = []): Promise<Process> {
    const execArgv = [...process.execArgv, '--expose-gc', ...flags];
    const child = fork(new URL(file, import.meta.url), [...args], { execArgv });
    await once(child, 'message');
    return new Process(child);
  }

  ask(name: string, given: object = {}): Promise<unknown> {
    const id = this.#id++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, name, given } satisfies Question);
    });
  }

  /** Lets it end by itself: only so does it write the profile that it may have been told to. */
  async end(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }
}

/** Answers questions for as long as there is somebody who asks. */
export function answerWith(answers: Readonly<Record<string, (given: never) => unknown>>): void {
  process.on('message', ({ id, name, given }: Question) => {
    void Promise.resolve(answers[name]?.(given as never)).then(
      (answer) => process.send?.({ id, answer } satisfies Answer),
      (error: unknown) => process.send?.({ id, failure: String(error) } satisfies Answer),
    );
  });
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}
