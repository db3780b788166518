/** What users import, and where it is on the source: `package.json` is the one list of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
};

/** By what users write, `socketchart/testing`: the absolute path of its source. */
export const entries: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(manifest.exports).map(([subpath, target]) => {
    const file = typeof target === 'string' ? target : target.default;
    return [subpath.replace(/^\./u, manifest.name), join(root, file.replace(/^\.\/dist\/(.*)\.js$/u, './$1.ts'))];
  }),
);
