/** Is what is published of use to those who install it? Does as they do, with each TypeScript: `npm run test:package`. */
import { packPackage } from '../fixtures/installedPackage.ts';
import { bundleAlone, type Bundle } from './consumers/bundles.ts';
import type { Consumer } from './consumers/consumer.ts';
import { esbuildConsumer } from './consumers/esbuild.ts';
import { nodeConsumer } from './consumers/node.ts';
import { Project } from './consumers/project.ts';
import { checkRefusals, checkTypes, configureTypes } from './consumers/types.ts';
import { viteConsumer } from './consumers/vite.ts';

const versions = ['5.9.3', '6.0.3'];
/** Installs of one machine at a time. */
const AT_ONCE = 2;

interface Trial {
  readonly project: string;
  readonly TypeScript: string;
  installs?: string;
  types?: string;
  'mistakes refused'?: string;
  builds?: string;
  runs?: string;
}

const failures: string[] = [];
const startedAt = performance.now();
const packed = await packPackage();

async function tryAs(consumer: Consumer, version: string): Promise<Trial> {
  const trial: Trial = { project: consumer.name, TypeScript: version };
  using project = new Project();
  const steps: readonly [Exclude<keyof Trial, 'project' | 'TypeScript'>, () => Promise<string>][] = [
    [
      'installs',
      async () => {
        await project.install([packed.tarball, ...consumer.installs], [...consumer.tools, `typescript@${version}`]);
        project.copy(consumer.files);
        consumer.prepare?.(project);
        configureTypes(project, consumer.compilerOptions);
        return 'yes';
      },
    ],
    ['types', () => checkTypes(project, version, consumer.alsoTypes)],
    ['mistakes refused', () => checkRefusals(project)],
    ['builds', () => consumer.build(project)],
    ['runs', () => consumer.run(project)],
  ];
  for (const [step, take] of steps) {
    try {
      trial[step] = await take();
    } catch (error) {
      trial[step] = 'FAILED';
      failures.push(`${consumer.name}, TypeScript ${version}, ${step}: ${messageOf(error)}`);
      break;
    }
  }
  return trial;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const trials: Trial[] = [];
let bundles: readonly Bundle[] = [];
const jobs: readonly (() => Promise<void>)[] = [
  ...[viteConsumer, nodeConsumer, esbuildConsumer].flatMap((consumer) =>
    versions.map((version) => async () => void trials.push(await tryAs(consumer, version))),
  ),
  async () => {
    try {
      bundles = await bundleAlone(packed.tarball);
    } catch (error) {
      failures.push(`Bundles of one export: ${messageOf(error)}`);
    }
  },
];
const left = jobs.values();
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (const job of left) await job();
  }),
);

console.log('\nOne export of each entry in a bundle of its own, beside the peers, minified and with gzip');
console.table(bundles);
console.log(
  `The tarball in fresh projects, Node ${process.versions.node}, ${Math.round((performance.now() - startedAt) / 1_000)} s`,
);
console.table(trials.sort((one, other) => (one.project + one.TypeScript < other.project + other.TypeScript ? -1 : 1)));
for (const failure of failures) console.error(`\nFAILED: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
