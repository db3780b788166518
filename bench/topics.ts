/**
 * Do topics keep their word over real sockets, and what does that take?
 * `npm run bench:topics -- reconnects`, `publishes`, `resume` or `restart`
 *
 * `reconnects`: 200 cuts while 2 messages a millisecond are published, and who comes has to be asked about for 20 ms,
 * twice; beside socket.io with connection state recovery. `publishes`: 10,000 of them through random faults.
 * `resume`: 1,000 topics after a reconnect, in round trips. `restart`: 2,000 clients over a drained restart.
 */
import { parseArgs } from 'node:util';
import { publishesThroughFaults } from './topics/publishes.ts';
import { hubReconnects, socketIoReconnects } from './topics/reconnects.ts';
import { drainedRestart } from './topics/restart.ts';
import { resume } from './topics/resume.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string' },
    seed: { type: 'string', default: '1' },
    window: { type: 'string', default: '10000' },
  },
});
const count = (otherwise: number): number => Number(values.count ?? otherwise);

const experiments: Readonly<Record<string, () => Promise<void>>> = {
  reconnects: async () => {
    console.table({
      socketchart: await hubReconnects(count(200)),
      'socket.io': await socketIoReconnects(count(200)),
    });
  },
  publishes: async () => {
    const { faults, ...report } = await publishesThroughFaults(count(10_000), Number(values.seed));
    console.table({ socketchart: report });
    console.log('connections befallen:', faults);
  },
  resume: async () => console.table({ socketchart: await resume(count(1_000)) }),
  restart: async () => {
    const { perSecond, ...report } = await drainedRestart(count(2_000), Number(values.window));
    console.table({ socketchart: report });
    console.log('came back in each second:', perSecond.join(' '));
  },
};

const [name = ''] = positionals;
const experiment = experiments[name];
if (experiment === undefined) {
  console.error(`Which one? ${Object.keys(experiments).join(', ')}`);
  process.exitCode = 1;
} else await experiment();
