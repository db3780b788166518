import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** What is made from the repository and need not be made again while its fingerprint is the same. */
export const cacheDirectory = join(root, 'node_modules', '.cache', 'socketchart');

/** A digest of files and folders, by their paths from the root; those that every build depends on are added. */
export function fingerprint(paths: readonly string[]): string {
  const hash = createHash('sha256').update(process.version);
  for (const path of [...paths, 'package-lock.json', 'scripts']) {
    const isFolder = statSync(join(root, path)).isDirectory();
    const entries = isFolder ? readdirSync(join(root, path), { recursive: true, encoding: 'utf8' }).sort() : [''];
    for (const entry of entries) {
      const file = join(root, path, entry);
      if (statSync(file).isFile()) hash.update(`${path}/${entry}\0`).update(readFileSync(file));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
