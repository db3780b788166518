import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { copyOfProduct, plant } from './copy.ts';
import type { PlantedFault } from './planted.ts';

/** What became of a planted fault. */
export interface Find {
  readonly fault: PlantedFault;
  /** Seeds it took; undefined: not found in as many as it has. */
  readonly seeds: number | undefined;
  /** The promise that was broken, and how. */
  readonly breach: string;
}

/** Those that look for faults, as files. */
export const simulators = {
  connection: 'test/simulation/simulate.ts',
  topics: 'test/simulation/topics/simulateTopics.ts',
} as const;

/** Plants a fault in a copy of the product and lets a simulator look for it there, in a process of its own. */
export async function findPlanted(
  fault: PlantedFault,
  simulator: keyof typeof simulators = 'connection',
): Promise<Find> {
  const copy = copyOfProduct();
  try {
    plant(copy.path, fault.edits);
    return { fault, ...(await look(copy.path, fault.withinSeeds, simulators[simulator])) };
  } finally {
    copy.remove();
  }
}

async function look(path: string, seeds: number, simulator: string): Promise<Omit<Find, 'fault'>> {
  const script = join(path, simulator);
  const args = ['--import', 'tsx', script, '--seeds', String(seeds), '--no-shrink'];
  const child = spawn(process.execPath, args, { cwd: path, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  let found: Omit<Find, 'fault'> = { seeds: undefined, breach: '' };
  for await (const line of createInterface(child.stdout)) {
    const match = /^seed (\d+) breaks (.*)$/u.exec(line);
    if (match !== null) found = { seeds: Number(match[1]) + 1, breach: match[2] ?? '' };
  }
  const code = child.exitCode ?? (await new Promise<number | null>((resolve) => child.on('exit', resolve)));
  // A fault that throws where nobody catches it is found as well: by the process that ends.
  if (code !== 0 && found.seeds === undefined) throw new Error(`the simulator ended with ${code}: ${said}`);
  return found;
}
