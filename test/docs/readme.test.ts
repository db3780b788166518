import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { verdictOf, isOverloadCode } from '../../machines/closeCodes.ts';
import { chartSettings } from '../../machines/connection.facts.ts';
import { dataDefaults } from '../../src/client/options.ts';
import { documentedOptions, errorCodes, warningCodes, withTables } from '../../scripts/readmeTables.ts';

const root = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/gu)].map(([, code]) => code ?? '');

/** Example files stand inside the project, so that their imports resolve as a user's would. */
const folder = join(root, 'node_modules', '.readme-examples');

function writeExample(index: number, code: string): string {
  const file = join(folder, `example${index}.ts`);
  writeFileSync(file, `${code}\nexport {};\n`);
  return file;
}

function sectionOf(title: string): string {
  const [, section = ''] = readme.split(`\n## ${title}\n`);
  return section.split('\n## ')[0] ?? '';
}
const firstColumn = (section: string): string[] =>
  [...section.matchAll(/^\| (`[^|]*`|\d[^|]*) +\|/gmu)].map(([, cell = '']) => cell.replaceAll('`', '').trim());

beforeAll(() => void mkdirSync(folder, { recursive: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('every example of the README', () => {
  it('is there', () => expect(examples.length).toBeGreaterThanOrEqual(4));

  it('compiles as a user would compile it', () => {
    const files = examples.map((code, index) => writeExample(index, code));
    const program = ts.createProgram(files, {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      allowImportingTsExtensions: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules', '@types')],
      paths: { socketchart: [join(root, 'src/index.ts')], 'socketchart/machines': [join(root, 'machines/index.ts')] },
    });
    const problems = ts.getPreEmitDiagnostics(program).map((problem) => {
      const text = ts.flattenDiagnosticMessageText(problem.messageText, '\n');
      return `${problem.file?.fileName ?? ''}:${problem.start ?? 0} ${text}`;
    });
    expect(problems).toEqual([]);
  });

  it.each(examples.map((code, index) => [index, code] as const))(
    'runs against a real server: number %i',
    async (index, code) => {
      const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
      onTestFinished(() => {
        for (const client of server.clients) client.terminate();
        server.close();
      });
      const heard: string[] = [];
      const opened = new Promise<void>((resolve) => {
        server.on('connection', (socket) => {
          socket.on('message', (data) => heard.push((data as Buffer).toString()));
          resolve();
        });
      });
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as { port: number };
      const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
      expect(code).toContain('wss://example.com/live');
      await import(writeExample(index, code.replaceAll('wss://example.com/live', `ws://127.0.0.1:${port}/live`)));
      await opened;
      if (code.includes('.send(')) await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0));
      const said = log.mock.calls.map((call) => call[0] as unknown);
      for (const [, expression, promised] of code.matchAll(/console\.log\((.*)\); \/\/ '(\w+)'/gu)) {
        expect(said, expression).toContain(promised);
      }
    },
  );
});

describe('the tables of the README', () => {
  it('are those that the code makes now', async () => {
    const { format, resolveConfig } = await import('prettier');
    const filepath = join(root, 'README.md');
    expect(await format(withTables(readme), { ...(await resolveConfig(filepath)), filepath })).toBe(readme);
  });

  it('name every option there is, each with a sentence', () => {
    expect(documentedOptions().filter(({ doc }) => doc === '')).toEqual([]);
  });

  it('name the defaults that hold', () => {
    const chart = chartSettings({});
    const defaults: Readonly<Record<string, number | string | null | boolean>> = {
      connectTimeoutMs: chart.connectTimeoutMs,
      closeTimeoutMs: chart.closeTimeoutMs,
      stableAfterMs: chart.stableAfterMs,
      maxBufferedBytes: dataDefaults.maxBufferedBytes,
      reconnect: chart.isReconnecting,
      'retry.baseMs': chart.retryBaseMs,
      'retry.capMs': chart.retryCapMs,
      'retry.maxAttempts': chart.maxAttempts,
      'retry.jitter': chart.jitter,
      'outbox.maxMessages': dataDefaults.outbox.maxMessages,
      'outbox.maxBytes': dataDefaults.outbox.maxBytes,
      'outbox.ttlMs': dataDefaults.outbox.ttlMs,
      'outbox.overflow': dataDefaults.outbox.overflow,
      'heartbeat.intervalMs': chart.pingIntervalMs,
      'heartbeat.timeoutMs': chart.pongTimeoutMs,
      'heartbeat.wakeTimeoutMs': chart.wakeTimeoutMs,
      'heartbeat.required': chart.isAnswerRequired,
    };
    for (const [name, value] of Object.entries(defaults)) {
      const { doc } = documentedOptions().find((option) => option.name === name) ?? { doc: 'not documented' };
      const [, said = doc] = /[Dd]efault ((?:\d{1,3}(?: \d{3})*|Infinity|true|false|`'[\w-]+'`))/u.exec(doc) ?? [];
      expect(said.replaceAll(/[ `']/gu, ''), name).toBe(String(value));
    }
  });

  it('name every code of ConnectionError, and no other', () => {
    expect(firstColumn(sectionOf('Errors')).sort()).toEqual([...errorCodes()].sort());
  });

  it('name every warning', () => {
    for (const code of warningCodes()) expect(sectionOf('Errors')).toContain(`\`${code}\``);
  });

  it('judge every close code as the code does', () => {
    const [fatal = '', unauthorized = '', overloaded = ''] = firstColumn(sectionOf('Close codes'));
    const codesIn = (cell: string): number[] => cell.split(', ').map(Number);
    const all = Array.from({ length: 4000 }, (_, index) => 1000 + index);
    expect(codesIn(fatal)).toEqual(all.filter((code) => verdictOf(code) === 'fail'));
    expect(codesIn(unauthorized)).toEqual(all.filter((code) => verdictOf(code) === 'refresh'));
    expect(codesIn(overloaded)).toEqual(all.filter(isOverloadCode));
  });
});
