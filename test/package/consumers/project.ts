import { execFile, type ExecFileException } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { entries } from '../../../scripts/entries.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const isWindows = process.platform === 'win32';
/** Nothing here takes a tenth of that, but for an install through a slow network. */
const DEADLINE_MS = 180_000;
const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel', 'error'];

const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** `vite` as `vite@8.3.8`: the version that this repository has. One that says its version stays as it is. */
const pinned = (tool: string): string =>
  tool.includes('@', 1) ? tool : `${tool}@${devDependencies[tool] ?? `: it is not in our devDependencies`}`;

/** An empty directory of its own, as after `npm init`. */
export class Project implements Disposable {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'socketchart-consumer-')));

  constructor() {
    this.write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  }

  /** As its user types it: `npm install <dependencies>`, then `npm install --save-dev <tools>`. */
  async install(dependencies: readonly string[], tools: readonly string[]): Promise<void> {
    await this.run('npm', ['install', ...quietly, ...dependencies]);
    await this.run('npm', ['install', '--save-dev', ...quietly, ...tools.map(pinned)]);
  }

  /**
   * Copies a folder of `test/package/projects` into it. These files are part of this repository's own check, against
   * the sources; here they import what is installed.
   */
  copy(folder: string): void {
    const from = join(import.meta.dirname, '..', 'projects', folder);
    cpSync(from, this.directory, { recursive: true });
    for (const file of this.sources()) {
      const place = dirname(join(from, file));
      let text = this.read(file);
      for (const [entry, source] of Object.entries(entries)) {
        text = text.replaceAll(`'${relative(place, source).replaceAll('\\', '/')}'`, `'${entry}'`);
      }
      if (/'[./]+\/(src|machines)\//u.test(text)) throw new Error(`${file} imports what is not exported:\n${text}`);
      this.write(file, text);
    }
  }

  /** What is compiled, by paths in the project. */
  sources(): readonly string[] {
    return readdirSync(join(this.directory, 'src'))
      .filter((file) => /\.[cm]?tsx?$/u.test(file))
      .map((file) => `src/${file}`);
  }

  read(file: string): string {
    return readFileSync(join(this.directory, file), 'utf8');
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.directory, file), text);
  }

  /** Runs a command in it, one of those it has installed, too. Resolves with what it prints; rejects with all that it said. */
  async run(command: string, given: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    const { error, stdout, stderr } = await this.attempt(command, given);
    if (error === null) return { stdout, stderr };
    const how = error.killed === true ? `did not end within ${DEADLINE_MS} ms` : `ended with ${String(error.code)}`;
    throw new Error(`${[command, ...given].join(' ')} ${how}\n${stdout}${stderr}`.trimEnd());
  }

  /** The same, for a command that may fail. */
  attempt(command: string, given: readonly string[]) {
    const path = [join(this.directory, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
    const options = {
      cwd: this.directory,
      timeout: DEADLINE_MS,
      shell: isWindows,
      env: { ...process.env, PATH: path, NO_COLOR: '1' },
    };
    return new Promise<{ error: ExecFileException | null; stdout: string; stderr: string }>((resolve) => {
      execFile(command, given, options, (error, stdout, stderr) => resolve({ error, stdout, stderr }));
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
