/** What comes along where one export is imported. */
import { mkdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import { entries } from '../../../scripts/entries.ts';
import { esbuild } from './esbuild.ts';
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
  const modules = Object.keys(entries).filter((entry) => entries[entry]?.endsWith('.ts') === true);
  if (!isDeepStrictEqual(Object.keys(folders).sort(), modules.sort())) {
    throw new Error(`there are the entries ${modules.join(', ')}; the table of their bundles knows others`);
  }
  using project = new Project();
  await project.install([tarball, 'xstate', 'ws', 'react', '@xstate/react'], [esbuild]);

  const wanted = Object.entries(folders).flatMap(([entry, ofEntry]) => [
    { entry, name: '', statement: `import '${entry}';`, expected: [] },
    { entry, name: '*', statement: `import * as unused from '${entry}';`, expected: [] },
    ...Object.entries(ofEntry).map(([name, expected]) => {
      return { entry, name, statement: `export { ${name} } from '${entry}';`, expected };
    }),
  ]);
  mkdirSync(`${project.directory}/src`);
  for (const [nth, { statement }] of wanted.entries()) project.write(`src/${nth}.js`, statement);
  await project.run('esbuild', [
    ...wanted.map((_, nth) => `src/${nth}.js`),
    ...['--bundle', '--format=esm', '--platform=node', '--minify', '--log-level=error', '--outdir=out'],
    ...['xstate', 'ws', 'react', '@xstate/react'].map((peer) => `--external:${peer}`),
    '--metafile=bundles.json',
  ]);

  const { outputs } = JSON.parse(project.read('bundles.json')) as Metafile;
  const breaches: string[] = [];
  const bundles: Bundle[] = [];
  for (const [nth, { entry, name, statement, expected }] of wanted.entries()) {
    const output = `out/${nth}.js`;
    const files = Object.entries(outputs[output]?.inputs ?? {})
      .filter(([file, { bytesInOutput }]) => file.startsWith(installed) && bytesInOutput > 0)
      .map(([file]) => file.slice(installed.length));
    const seen = [...new Set(files.map((file) => folderOf(file)))].sort();
    const foreign = files.filter((file) => !expected.includes(folderOf(file)));
    const missing = expected.filter((folder) => !seen.includes(folder));
    if (foreign.length > 0) breaches.push(`${statement} brings along ${foreign.join(', ')}`);
    if (missing.length > 0) breaches.push(`${statement} brings along nothing of ${missing.join(', ')} any more`);
    const text = project.read(output);
    if (expected.length > 0) {
      const kB = (gzipSync(text).length / 1_000).toFixed(1);
      bundles.push({ entry, import: name, folders: seen.join(', '), kB });
    } else if (text.trim() !== '') breaches.push(`${statement} should be bundled to nothing, and is ${text}`);
  }
  if (breaches.length > 0) throw new Error(breaches.join('\n'));
  return bundles;
}

/** `src/client` of `src/client/wire.js`; an entry that only hands on has no code of its own. */
const folderOf = (file: string): string =>
  file
    .split('/')
    .slice(0, file.startsWith('src/') ? 2 : 1)
    .join('/');
