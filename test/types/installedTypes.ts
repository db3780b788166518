import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { installPackage } from '../fixtures/installedPackage.ts';

/** A project that has the package installed, and what TypeScript says of files in it. */
export interface TypedProject extends Disposable {
  /** Puts a file into it. */
  write(file: string, text: string): void;
  /** Everything that a program of these files is found fault with. */
  complaints(files: readonly string[], options: ts.CompilerOptions): string[];
}

/** The case files are part of this repository's own check, against the sources; here they import what is installed. */
export const cases = readdirSync(import.meta.dirname).filter((file) => /\.(cases|contract)\.tsx?$/u.test(file));
const peers = [
  'xstate',
  'zod',
  'react',
  '@types/react',
  '@xstate/react',
  'ws',
  '@types/ws',
  '@types/node',
  'undici-types',
];

export const nodeNext = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
export const bundler = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };

/** Makes one with the cases in it, and with the package's peers and `others` of this repository's packages beside it. */
export async function installTypes(others: readonly string[] = []): Promise<TypedProject> {
  const installed = await installPackage([...new Set([...peers, ...others])]);
  const pathOf = (file: string): string => join(installed.directory, file);
  const write = (file: string, text: string): void => writeFileSync(pathOf(file), text);
  write('package.json', '{ "name": "project", "type": "module" }');
  for (const file of cases) {
    const text = readFileSync(join(import.meta.dirname, file), 'utf8');
    const imports = text
      .replaceAll("'../../src/index.ts'", "'socketchart'")
      .replaceAll("'../../src/react/index.ts'", "'socketchart/react'")
      .replaceAll("'../../src/topics/index.ts'", "'socketchart/topics'");
    write(file, imports);
  }
  return {
    write,
    complaints: (files, options) => {
      const program = ts.createProgram({
        rootNames: files.map(pathOf),
        options: {
          strict: true,
          target: ts.ScriptTarget.ES2022,
          jsx: ts.JsxEmit.ReactJSX,
          lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
          types: [],
          typeRoots: [pathOf('node_modules/@types'), pathOf('node_modules')],
          noEmit: true,
          skipLibCheck: true,
          allowImportingTsExtensions: true,
          ...options,
        },
      });
      return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
        const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
        return `${file?.fileName ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
      });
    },
    [Symbol.dispose]: () => installed[Symbol.dispose](),
  };
}
