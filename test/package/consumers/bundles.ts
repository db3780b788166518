/** What comes along where one export is imported. */
import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import { entries } from '../../../scripts/entries.ts';
import { Project } from './project.ts';

/** By entry and export: the folders of `dist` that are in a bundle of it, no more and no less. */
const folders: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  socketchart: {
    createConnection: ['machines', 'src/client', 'src/protocol'],
    isConnectionError: ['src/client'],
  },
  'socketchart/machines': {
    connectionMachine: ['machines'],
    subscriptionMachine: ['machines'],
  },
  'socketchart/react': {
    useWebSocket: ['machines', 'src/client', 'src/protocol', 'src/react'],
    ConnectionStatus: ['src/client', 'src/react'],
    useTopic: ['machines', 'src/client', 'src/protocol', 'src/react', 'src/topics'],
  },
  'socketchart/react-native': {
    reactNativeEnvironment: ['src/client', 'src/reactNative'],
  },
  'socketchart/server': {
    createHub: ['src/protocol', 'src/server'],
    memoryBroker: ['src/server'],
  },
  'socketchart/testing': {
    createFakePeer: ['src/client', 'src/protocol', 'src/testing'],
    createSimulatedNetwork: ['src/client', 'src/protocol', 'src/testing'],
    createFaultProxy: ['src/client', 'src/protocol', 'src/testing'],
    seededRandom: ['src/testing'],
  },
  'socketchart/topics': {
    createTopicClient: ['machines', 'src/client', 'src/protocol', 'src/topics'],
  },
};

const peers = ['xstate', 'ws', 'react', '@xstate/react'];
const installed = 'node_modules/socketchart/dist/';

interface Metafile {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

export interface Bundle {
  readonly entry: string;
  readonly import: string;
  readonly folders: string;
  /** Minified and with gzip, of our own files and nothing beside them. */
  readonly kB: string;
}

/** Bundles every entry for nothing, and one export after the other. Throws where something else comes along. */
export async function bundleAlone(tarball: string): Promise<Bundle[]> {
  const modules = entriesThatEnd('.ts');
  if (!isDeepStrictEqual(Object.keys(folders).sort(), modules.sort())) {
    throw new Error(`there are the entries ${modules.join(', ')}; the table of their bundles knows others`);
  }
  using project = new Project();
  await project.install([tarball, ...peers], ['esbuild']);

  const wanted = Object.entries(folders).flatMap(([entry, ofEntry]) => [
    { entry, name: '', statement: `import '${entry}';`, expected: [] },
    { entry, name: '*', statement: `import * as unused from '${entry}';`, expected: [] },
    ...Object.entries(ofEntry).map(([name, expected]) => {
      return { entry, name, statement: `export { ${name} } from '${entry}';`, expected };
    }),
  ]);
  const breaches: string[] = [];
  const bundles: Bundle[] = [];
  const statements = wanted.map(({ statement }) => statement);
  for (const [nth, { text, files }] of (await bundled(project, statements)).entries()) {
    const { entry = '', name = '', statement = '', expected = [] } = wanted[nth] ?? {};
    const seen = [...new Set(files.map((file) => folderOf(file)))].sort();
    const foreign = files.filter((file) => !expected.includes(folderOf(file)));
    const missing = expected.filter((folder) => !seen.includes(folder));
    if (foreign.length > 0) breaches.push(`${statement} brings along ${foreign.join(', ')}`);
    if (missing.length > 0) breaches.push(`${statement} brings along nothing of ${missing.join(', ')} any more`);
    if (expected.length > 0) {
      bundles.push({ entry, import: name, folders: seen.join(', '), kB: (gzipSync(text).length / 1_000).toFixed(1) });
    } else if (text.trim() !== '') {
      breaches.push(`${statement} should be bundled to nothing, and is ${text.length} bytes`);
    }
  }
  const sheets = entriesThatEnd('.css').map((entry) => `import '${entry}';`);
  for (const [nth, { css }] of (await bundled(project, sheets)).entries()) {
    if (css === '') breaches.push(`${sheets[nth]} should bring along a style sheet, and is bundled to nothing`);
  }
  if (breaches.length > 0) throw new Error(breaches.join('\n'));
  return bundles;
}

const entriesThatEnd = (ending: string): string[] =>
  Object.keys(entries).filter((entry) => entries[entry]?.endsWith(ending) === true);

/** Each statement, bundled on its own: what became of it, and which files of ours are in it. */
async function bundled(project: Project, statements: readonly string[]) {
  const name = (nth: number): string => `alone${nth}`;
  for (const [nth, statement] of statements.entries()) project.write(`${name(nth)}.js`, statement);
  await project.run('esbuild', [
    ...statements.map((_, nth) => `${name(nth)}.js`),
    ...['--bundle', '--format=esm', '--platform=node', '--minify', '--log-level=error', '--outdir=out'],
    ...peers.map((peer) => `--external:${peer}`),
    '--metafile=bundles.json',
  ]);
  const { outputs } = JSON.parse(project.read('bundles.json')) as Metafile;
  return statements.map((_, nth) => {
    const [js, css] = [`out/${name(nth)}.js`, `out/${name(nth)}.css`];
    const files = Object.entries(outputs[js]?.inputs ?? {})
      .filter(([file, { bytesInOutput }]) => file.startsWith(installed) && bytesInOutput > 0)
      .map(([file]) => file.slice(installed.length));
    return { text: project.read(js), css: outputs[css] === undefined ? '' : project.read(css), files };
  });
}

/** `src/client` of `src/client/wire.js`. */
const folderOf = (file: string): string =>
  file
    .split('/')
    .slice(0, file.startsWith('src/') ? 2 : 1)
    .join('/');
