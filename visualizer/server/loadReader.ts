import { cpus, freemem, totalmem } from 'node:os';
import type { LoadFrame } from '../frames.ts';

/** Reads how busy the machine is; the share of its processors is that since the reading before. */
export function loadReader(): () => LoadFrame {
  let before = times();
  return () => {
    const now = times();
    const passedMs = now.allMs - before.allMs;
    const cpuShare = passedMs > 0 ? 1 - (now.idleMs - before.idleMs) / passedMs : 0;
    before = now;
    const totalBytes = totalmem();
    return {
      type: 'load',
      at: Date.now(),
      cpuShare: Math.min(1, Math.max(0, cpuShare)),
      memory: { usedBytes: totalBytes - freemem(), totalBytes },
    };
  };
}

function times(): { readonly idleMs: number; readonly allMs: number } {
  const all = cpus().map((cpu) => cpu.times);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, ms) => total + ms, 0);
  return { idleMs: sum(all.map(({ idle }) => idle)), allMs: sum(all.flatMap((each) => Object.values(each))) };
}
