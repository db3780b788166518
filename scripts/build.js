/** Compiles what is shipped into dist/, or into the directory that is named. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');
const outDir = resolve(root, process.argv[2] ?? 'dist');
rmSync(outDir, { recursive: true, force: true });
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const options = ['-p', join(root, 'tsconfig.build.json'), '--outDir', outDir];
const { status } = spawnSync(process.execPath, [tsc, ...options], { stdio: 'inherit' });
process.exit(status ?? 1);
