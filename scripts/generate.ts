/** Writes what is made from the code: the charts as JSON, the pictures, the reference and the tables of the documents. `--check`: tells what is stale instead. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { connectionMachine, subscriptionMachine } from '../machines/index.ts';
import { chartJson } from './chartJson.ts';
import { connectionPicture } from './connectionPicture.ts';
import { cacheDirectory, fingerprint } from './fingerprint.ts';
import { documentPaths, withTables } from './readmeTables.ts';
import { reference } from './reference.ts';
import { subscriptionPicture } from './subscriptionPicture.ts';
import { wholeChartPicture } from './wholeChartPicture.ts';

const root = join(import.meta.dirname, '..');
const isCheck = process.argv.includes('--check');
/** All that is read or written here: while it is as it was when nothing was stale, nothing is. */
const sources = [
  'README.md',
  'bench/results.md',
  'docs',
  'machines',
  'src',
  'visualizer/drawing',
  'tsconfig.json',
  '.prettierrc',
];
const stamp = join(cacheDirectory, 'generated');

const before = fingerprint(sources);
if (isCheck && readOrEmpty(stamp) === before) process.exit();
const generated = await generate();
const stale = Object.entries(generated).filter(([file, text]) => readOrEmpty(join(root, file)) !== text);
for (const [file, text] of stale) {
  if (isCheck) console.error(`${file} is stale: run npm run generate`);
  else {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
    console.log(`wrote ${file}`);
  }
}
if (stale.length === 0) {
  mkdirSync(cacheDirectory, { recursive: true });
  writeFileSync(stamp, before);
} else if (isCheck) process.exit(1);

async function generate(): Promise<Readonly<Record<string, string>>> {
  const documents = documentPaths.map(async (file): Promise<[string, string]> => [
    file,
    await formatted(file, withTables(readOrEmpty(join(root, file)))),
  ]);
  return {
    'machines/connection.json': chartJson(connectionMachine),
    'machines/subscription.json': chartJson(subscriptionMachine),
    'docs/connection-light.svg': connectionPicture('light'),
    'docs/connection-dark.svg': connectionPicture('dark'),
    'docs/chart-light.svg': wholeChartPicture('light'),
    'docs/chart-dark.svg': wholeChartPicture('dark'),
    'docs/subscription-light.svg': subscriptionPicture('light'),
    'docs/subscription-dark.svg': subscriptionPicture('dark'),
    ...(await reference()),
    ...Object.fromEntries(await Promise.all(documents)),
  };
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

async function formatted(file: string, text: string): Promise<string> {
  const filepath = join(root, file);
  return format(text, { ...(await resolveConfig(filepath)), filepath });
}
