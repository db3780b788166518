/** Writes the charts for Stately's editor: as JSON, and as code in a single file. `npm run stately` */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectionMachine, subscriptionMachine } from '../machines/index.ts';
import { chartJson } from './chartJson.ts';
import { statelyCode } from './statelyCode.ts';

const directory = join(import.meta.dirname, '..', 'stately');
mkdirSync(directory, { recursive: true });
for (const [name, machine] of Object.entries({ connection: connectionMachine, subscription: subscriptionMachine })) {
  for (const [ending, text] of [
    ['json', chartJson(machine)],
    ['ts', statelyCode(machine)],
  ] as const) {
    const file = join(directory, `${name}.${ending}`);
    writeFileSync(file, text);
    console.log(`wrote ${file}`);
  }
}
console.log('In the editor (https://stately.ai/registry/editor): New machine, Import from code, and paste a .ts file.');
