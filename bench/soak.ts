/** Does anything stay behind when connections come and go? `npm run soak -- --cycles 10000` */
import { parseArgs } from 'node:util';
import { soak, type Remains } from './soakCycles.ts';

const { values } = parseArgs({ options: { cycles: { type: 'string', default: '10000' } } });
const startedAt = performance.now();
const { cycles, before, after, echoes } = await soak(Number(values.cycles));

const row = ({ heapBytes, resources, serverClients, listeners }: Remains) => ({
  'heap, KiB': Math.round(heapBytes / 1024),
  'timers and sockets': resources.length === 0 ? 'none' : resources.join(),
  'clients at the server': serverClients,
  listeners,
});
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
console.log(`${cycles} cycles of connect and disconnect, ${echoes} messages echoed, in ${seconds} s`);
console.table({ 'after the warm-up': row(before), 'at the end': row(after) });
const perCycle = (after.heapBytes - before.heapBytes) / (cycles * 0.9);
console.log(`the heap changed by ${perCycle.toFixed(1)} bytes per cycle`);
