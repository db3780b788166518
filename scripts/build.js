/** Compiles what is shipped into dist/, or into the directory that is named. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');
const outDir = resolve(root, process.argv[2] ?? 'dist');
rmSync(outDir, { recursive: true, force: true });
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
// Hub and test tools may know Node; the rest has to compile without it, and comes last, so that it is what is shipped.
for (const project of ['tsconfig.build.node.json', 'tsconfig.build.json']) {
  const options = ['-p', join(root, project), '--outDir', outDir];
  const { status } = spawnSync(process.execPath, [tsc, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
