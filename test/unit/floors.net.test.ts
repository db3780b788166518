import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

/** A copy of the floors to do forbidden things in. */
let copy: string;
beforeAll(() => {
  copy = realpathSync(mkdtempSync(join(tmpdir(), 'socketchart-floors-')));
  const kept = ['machines', 'src', 'package.json', 'tsconfig.json', 'eslint.config.js', '.dependency-cruiser.cjs'];
  for (const path of kept) cpSync(join(root, path), join(copy, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Does something while the files are in the copy. */
async function withPlanted<T>(files: Readonly<Record<string, string>>, look: () => T | Promise<T>): Promise<T> {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  }
  try {
    return await look();
  } finally {
    for (const path of Object.keys(files)) rmSync(join(copy, path));
  }
}

describe('an import that points up is refused', () => {
  /** The file, what it imports, and the rule that minds. */
  const breaches: readonly (readonly [file: string, imported: string, rule: string])[] = [
    ['machines/ofSources.ts', '../src/client/errors.ts', 'machines'],
    ['machines/ofNode.ts', 'node:fs', 'machines'],
    ['machines/ofPackage.ts', 'ws', 'machines'],
    ['src/protocol/ofClient.ts', '../client/errors.ts', 'protocol'],
    ['src/protocol/ofPackage.ts', 'xstate', 'protocol'],
    ['src/client/ofNode.ts', 'node:fs', 'client'],
    ['src/client/ofWs.ts', 'ws', 'client'],
    ['src/client/ofReact.ts', 'react', 'client'],
    ['src/client/ofEntry.ts', '../index.ts', 'client'],
    ['src/index.ts', 'xstate', 'public-entry'],
    ['src/reactNative/ofInsides.ts', '../client/errors.ts', 'react-native'],
    ['src/reactNative/ofApp.ts', 'react-native', 'react-native'],
    ['src/testing/ofFiles.ts', 'node:fs', 'testing'],
    ['src/testing/ofWs.ts', 'ws', 'testing'],
    ['src/testing/ofCharts.ts', '../../machines/backoff.ts', 'testing'],
    ['src/server/ofClient.ts', '../client/errors.ts', 'server'],
    ['src/server/ofCharts.ts', '../../machines/backoff.ts', 'server'],
    ['src/server/ofPackage.ts', 'xstate', 'server'],
    ['src/server/ofWs.ts', 'ws', 'ws-in-one-file'],
    ['src/client/ofHub.ts', '../server/index.ts', 'client'],
    ['src/ofTesting.ts', './testing/index.ts', 'no-testing'],
    ['visualizer/ofInsides.ts', '../src/client/wire.ts', 'visualizer'],
    ['visualizer/ofChart.ts', '../machines/connection.machine.ts', 'visualizer'],
    ['src/client/andRound.ts', './round.ts', 'no-cycles'],
  ];
  /** Stands beside them and is in order. */
  const innocent = {
    'src/testing/ofNet.ts': "import 'node:net';",
    'src/server/ofNode.ts': "import 'node:http';",
    'visualizer/ofEntry.ts': "import '../src/index.ts';",
    'visualizer/server/ofHub.ts': "import '../../src/server/index.ts';",
    'src/client/round.ts': "import './andRound.ts';",
    'machines/ofXstate.ts': "import 'xstate';",
  };
  let violations: readonly string[];

  beforeAll(async () => {
    const files = Object.fromEntries(breaches.map(([file, imported]) => [file, `import '${imported}';\n`]));
    violations = await withPlanted({ ...files, ...innocent }, cruise);
    cpSync(join(root, 'src', 'index.ts'), join(copy, 'src', 'index.ts'));
  });

  test.each(breaches)('%s may not import %s: rule "%s"', (file, _, rule) => {
    expect(violations).toContain(`${file}: ${rule}`);
  });

  test('and nothing else is: what points down, or to a public entry, passes', () => {
    const expected = breaches.map(([file, , rule]) => `${file}: ${rule}`);
    expect(violations.filter((one) => !expected.includes(one))).toEqual([]);
  });
});

/** `file: rule` of everything that dependency-cruiser minds, by the project's own rules. */
async function cruise(): Promise<string[]> {
  const cli = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const flags = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'machines', 'src', 'visualizer'];
  const run = promisify(execFile)(process.execPath, [cli, ...flags], { cwd: copy, maxBuffer: 2 ** 26 });
  // It leaves with the number of breaches as its status.
  const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
  const { summary } = JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  return summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`);
}

describe('what a floor may not touch is refused by the linter', () => {
  const use = (expression: string): string => `export const used: unknown = ${expression};\n`;
  const breaches: readonly (readonly [file: string, code: string, rule: string])[] = [
    ['machines/chance.ts', use('Math.random()'), 'no-restricted-properties'],
    ['machines/date.ts', use('Date.now()'), 'no-restricted-properties'],
    ['machines/performance.ts', use('performance.now()'), 'no-restricted-properties'],
    ['machines/timer.ts', use('setTimeout'), 'no-restricted-globals'],
    ['machines/interval.ts', use('setInterval'), 'no-restricted-globals'],
    ['machines/socket.ts', use('WebSocket'), 'no-restricted-globals'],
    ['machines/window.ts', use('window'), 'no-restricted-globals'],
    ['machines/document.ts', use('document'), 'no-restricted-globals'],
    ['machines/navigator.ts', use('navigator'), 'no-restricted-globals'],
    ['machines/process.ts', use('process'), 'no-restricted-globals'],
    ['machines/default.ts', 'export default 1;\n', 'no-restricted-syntax'],
    ['src/client/socketGlobal.ts', use('WebSocket'), 'no-restricted-globals'],
    ['src/client/timer.ts', use('setTimeout'), 'no-restricted-globals'],
    ['src/client/process.ts', use('process'), 'no-restricted-globals'],
    ['src/protocol/window.ts', use('window'), 'no-restricted-globals'],
    ['src/testing/timer.ts', use('setTimeout'), 'no-restricted-globals'],
    ['src/server/timer.ts', use('setTimeout'), 'no-restricted-globals'],
    ['src/server/soon.ts', use('setImmediate'), 'no-restricted-globals'],
    ['src/server/process.ts', use('process'), 'no-restricted-globals'],
    ['src/client/default.ts', 'export default 1;\n', 'no-restricted-syntax'],
    ['src/client/date.ts', use('Date.now()'), 'no-restricted-properties'],
    ['src/client/newDate.ts', use('new Date()'), 'no-restricted-syntax'],
    ['src/client/dateText.ts', use('Date()'), 'no-restricted-syntax'],
    ['src/client/performance.ts', use('performance.now()'), 'no-restricted-globals'],
    ['src/client/globalPerformance.ts', use('globalThis.performance.now()'), 'no-restricted-properties'],
    ['src/reactNative/date.ts', use('Date.now()'), 'no-restricted-properties'],
    ['src/react/performance.ts', use('performance.now()'), 'no-restricted-globals'],
    ['src/topics/date.ts', use('Date.now()'), 'no-restricted-properties'],
    ['src/testing/performance.ts', use('globalThis.performance.now()'), 'no-restricted-properties'],
    ['src/server/performance.ts', use('performance.now()'), 'no-restricted-globals'],
    ['src/server/brokers/date.ts', use('Date.now()'), 'no-restricted-properties'],
  ];
  const platforms = ['src/client/platform.ts', 'src/client/time.ts', 'src/server/scheduler.ts', 'src/testing/node.ts'];
  let found: ReadonlyMap<string, readonly (string | null)[]>;

  beforeAll(async () => {
    const planted = Object.fromEntries(breaches.map(([file, code]) => [file, code]));
    const eslint = new ESLint({ cwd: copy });
    const files = [...Object.keys(planted), ...platforms];
    const results = await withPlanted(planted, () => eslint.lintFiles(files));
    found = new Map(
      results.map(({ filePath, messages }) => [
        relative(copy, filePath).replaceAll('\\', '/'),
        messages.map(({ ruleId }) => ruleId),
      ]),
    );
  });

  test.each(breaches.map(([file, code, rule]) => [file, code.trim(), rule] as const))('%s: %s', (file, _, rule) => {
    expect(found.get(file)).toContain(rule);
  });

  test.each(platforms)('%s is where the platform is asked, and may', (file) => {
    expect(found.get(file)).toEqual([]);
  });
});

test('in machines/ the platform does not even compile', async () => {
  const names = ['setTimeout', 'setInterval', 'WebSocket', 'window', 'document', 'process', 'performance', 'console'];
  const uses = names.map((name) => `void ${name};`).join('\n');
  const diagnostics = await withPlanted({ 'machines/platform.ts': `${uses}\nvoid Math.max(1, 2);\n` }, () => {
    const path = join(copy, 'machines', 'tsconfig.json');
    const config: unknown = ts.readConfigFile(path, (file) => ts.sys.readFile(file)).config;
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(path), {}, path);
    return ts.getPreEmitDiagnostics(ts.createProgram([join(copy, 'machines', 'platform.ts')], options));
  });
  const refused = diagnostics.map(({ file, start = 0, length = 0 }) => file?.text.slice(start, start + length));
  expect(refused).toEqual(names);
});
