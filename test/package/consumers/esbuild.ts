import { isDeepStrictEqual } from 'node:util';
import type { Consumer } from './consumer.ts';

/** esbuild: a bundle for pages, which must not need Node, and one for the server. */
export const esbuildConsumer: Consumer = {
  name: 'esbuild',
  files: 'esbuild',
  installs: ['xstate', 'ws'],
  tools: ['esbuild', '@types/node', '@types/ws'],
  // Without `skipLibCheck`: our declarations, and those of xstate and ws, have to hold up.
  compilerOptions: {
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['ES2022', 'DOM'],
    types: ['node'],
    noEmit: true,
  },
  async build(project) {
    const common = ['--bundle', '--format=esm', '--minify', '--log-level=warning', '--outdir=out'];
    const page = await project.run('esbuild', ['src/page.ts', ...common, '--platform=browser']);
    const ofNode = ['--platform=node', '--external:ws', '--external:./page.js'];
    const server = await project.run('esbuild', ['src/server.ts', ...common, ...ofNode]);
    const warnings = page.stderr + server.stderr;
    if (warnings !== '') throw new Error(`esbuild warns:\n${warnings}`);
    return 'yes, for browser and Node';
  },
  async run(project) {
    const { stdout } = await project.run('node', ['out/server.js']);
    const expected = { to: 'ann', frame: { hello: 'world' } };
    if (!isDeepStrictEqual(JSON.parse(stdout), expected)) {
      throw new Error(`out/server.js should print ${JSON.stringify(expected)}\nIt prints ${stdout}`);
    }
    return 'a message to the hub and back, by ws';
  },
};
