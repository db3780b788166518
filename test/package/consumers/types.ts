import { isDeepStrictEqual } from 'node:util';
import type { Project } from './project.ts';

const strict = {
  target: 'ES2022',
  strict: true,
  noUncheckedSideEffectImports: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  jsx: 'react-jsx',
};

/** Writes its tsconfig.json. Nothing is taken for granted: where a style sheet is imported, the package has to type it. */
export function configureTypes(project: Project, compilerOptions: Readonly<Record<string, unknown>>): void {
  const config = { compilerOptions: { ...strict, types: [], ...compilerOptions }, include: ['src'] };
  project.write('tsconfig.json', JSON.stringify(config));
}

/** Compiles it without a word, with the compiler that it should have. */
export async function checkTypes(project: Project, version: string, also: readonly string[] = []): Promise<string> {
  const installed = JSON.parse(project.read('node_modules/typescript/package.json')) as { readonly version: string };
  if (installed.version !== version) throw new Error(`npm has installed TypeScript ${installed.version}`);
  await project.run('tsc', ['--noEmit']);
  if (also.length > 0) await project.run('tsc', ['--noEmit', ...also]);
  return ['yes', ...also.filter((option) => !option.startsWith('--'))].join(', also ');
}

/**
 * Takes every `@ts-expect-error` away, and makes sure that the compiler complains just there, and of just that: a type
 * that is lost, or a module that is not found, would satisfy the comment alone.
 */
export async function checkRefusals(project: Project): Promise<string> {
  const expected: string[] = [];
  const originals = new Map<string, string>();
  for (const file of project.sources()) {
    const text = project.read(file);
    const bare = text.split('\n').map((line, index) => {
      const [, code] = /^\s*\/\/ @ts-expect-error (TS\d+): /u.exec(line) ?? [];
      if (code === undefined) return line;
      expected.push(`${file}:${index + 2} ${code}`);
      return '//';
    });
    if (bare.join('\n') === text) continue;
    originals.set(file, text);
    project.write(file, bare.join('\n'));
  }
  const { stdout } = await project.attempt('tsc', ['--noEmit', '--pretty', 'false']);
  for (const [file, text] of originals) project.write(file, text);

  const refused = Array.from(
    stdout.matchAll(/^(\S+)\((\d+),\d+\): error (TS\d+)/gmu),
    ([, file = '', line = '', code = '']) => `${file}:${line} ${code}`,
  );
  if (expected.length === 0 || !isDeepStrictEqual([...refused].sort(), [...expected].sort())) {
    const wanted = expected.join('\n');
    throw new Error(
      `mistakes are refused otherwise than they should be.\nExpected:\n${wanted}\nSeen:\n${stdout.trimEnd()}`,
    );
  }
  return `${refused.length} of ${expected.length}`;
}
