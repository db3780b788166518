/** Are the simulators sharp? Plants faults in copies of the product and lets them look for these: `npm run simulate:planted`, or `-- topics`. */
import { availableParallelism } from 'node:os';
import { findPlanted, type Find } from './findPlanted.ts';
import { plantedFaults } from './planted.ts';
import { plantedTopicFaults } from './topics/plantedTopicFaults.ts';

const finds: Find[] = [];
const isOfTopics = process.argv.includes('topics');
const left = (isOfTopics ? plantedTopicFaults : plantedFaults).entries();

async function work(): Promise<void> {
  for (const [nth, fault] of left) {
    const find = await findPlanted(fault, isOfTopics ? 'topics' : 'connection');
    finds[nth] = find;
    console.log(`${find.seeds === undefined ? 'NOT FOUND' : `seed ${find.seeds - 1}`}: ${fault.name}`);
  }
}

await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
console.table(
  finds.map(({ fault, seeds, breach }) => ({
    fault: fault.name,
    'found after': seeds ?? 'not found',
    'has to be within': fault.withinSeeds,
    breach: breach.slice(0, 90),
  })),
);
const missed = finds.filter(({ seeds }) => seeds === undefined);
console.log(`${finds.length - missed.length} of ${finds.length} planted faults were found`);
process.exitCode = missed.length === 0 ? 0 : 1;
