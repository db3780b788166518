import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Edit } from './planted.ts';

const root = join(import.meta.dirname, '..', '..');

/** The product and its simulator, copied, so that faults can be planted in it. Its dependencies are those of the original. */
export function copyOfProduct(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'socketchart-planted-'));
  for (const part of [
    'machines',
    'src',
    'test/simulation',
    'test/fixtures',
    'test/server/fixtures',
    'package.json',
    'tsconfig.json',
  ])
    cpSync(join(root, part), join(path, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'), 'junction');
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The text of a file after an edit. Throws where its place is not there exactly once. */
export function edited(text: string, { file, from, to }: Edit): string {
  const places = text.split(from).length - 1;
  if (places !== 1)
    throw new RangeError(`${file}: the place of an edit has to be there once, and is ${places} times: ${from}`);
  return text.replace(from, () => to);
}

/** Changes a copy. Throws like {@link edited}. */
export function plant(path: string, edits: readonly Edit[]): void {
  for (const edit of edits) {
    const file = join(path, edit.file);
    writeFileSync(file, edited(readFileSync(file, 'utf8'), edit));
  }
}

/** The text of a file of the product. */
export function productText(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
