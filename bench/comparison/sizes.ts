import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Contender } from './contender.ts';

const root = new URL('../..', import.meta.url).pathname;

/** Of a bundle for browsers, minified and with gzip. Unit bytes. */
export interface Sizes {
  readonly withAll: number;
  /** Without what such an application has anyhow. */
  readonly beside?: number;
}

async function bundled(entry: string, external: readonly string[]): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"' },
    external: [...external],
  });
  return gzipSync(outputFiles[0]?.contents ?? '').byteLength;
}

export async function sizesOf({ entry, beside }: Contender): Promise<Sizes> {
  const withAll = await bundled(entry, []);
  return beside === undefined ? { withAll } : { withAll, beside: await bundled(entry, beside) };
}
