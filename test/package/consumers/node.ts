import { isDeepStrictEqual } from 'node:util';
import { entries } from '../../../scripts/entries.ts';
import type { Consumer } from './consumer.ts';

const modules = Object.entries(entries)
  .filter(([, source]) => source.endsWith('.ts'))
  .map(([entry]) => entry);

/** Node, without a bundler: modules, and CommonJS that requires them. */
export const nodeConsumer: Consumer = {
  name: 'Node',
  files: 'node',
  installs: ['xstate', 'ws', 'react', '@xstate/react'],
  tools: ['@types/node', '@types/ws', '@types/react'],
  // Each as `tsc --init` has it. And the second cannot be without the first: the declarations of xstate.
  compilerOptions: {
    skipLibCheck: true,
    exactOptionalPropertyTypes: true,
    module: 'nodenext',
    lib: ['ES2022'],
    types: ['node'],
    rootDir: 'src',
    outDir: 'out',
  },
  alsoTypes: ['--module', 'node20'],
  // Such syntax cannot be erased, and so may not be in this repository itself.
  prepare(project) {
    const imports = modules.map((entry, nth) => `import entry${nth} = require('${entry}');\n`).join('');
    const all = modules.map((entry, nth) => `'${entry}': entry${nth}`).join(', ');
    const use = `entry${modules.indexOf('socketchart')}.createConnection`;
    project.write('src/required.cts', `${imports}export = { ${all} };\n`);
    project.write(
      'src/mistakes.cts',
      `${imports}${use}<string>('wss://example.com/').dispose();
      // @ts-expect-error TS2769: no address
      ${use}(4_000);
      `,
    );
  },
  async build(project) {
    await project.run('tsc', []);
    return 'yes';
  },
  async run(project) {
    const { stdout } = await project.run('node', ['out/main.js']);
    const expected = {
      disposition: 'queued',
      answered: { to: 'ann', frame: { hello: 'world' } },
      heard: 3,
      same: Object.fromEntries(modules.map((entry) => [entry, true])),
    };
    if (!isDeepStrictEqual(JSON.parse(stdout), expected)) {
      throw new Error(`out/main.js should print ${JSON.stringify(expected)}\nIt prints ${stdout}`);
    }
    return `a message to the hub and back, require() of ${modules.length} entries`;
  },
};
