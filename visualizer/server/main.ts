/** `npm start`: one process, one port. */
import { join } from 'node:path';
import { startServer, type RunningServer } from './startServer.ts';

const DEFAULT_PORT = 4177;
/** Ports tried where none was asked for. */
const TRIES = 10;

const asked = process.env['PORT'];
const first = asked === undefined ? DEFAULT_PORT : Number(asked);

try {
  if (!Number.isInteger(first) || first < 0 || first > 65_535) {
    throw new Error(`PORT has to be a whole number from 0 to 65535; got ${asked ?? 'none'}.`);
  }
  const { address } = await start(first, asked === undefined ? TRIES : 1);
  console.log(`The connection, live: ${address}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function start(port: number, tries: number): Promise<RunningServer> {
  try {
    return await startServer({ port, page: join(import.meta.dirname, '..', 'dist') });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (tries > 1) return start(port + 1, tries - 1);
    throw new Error(`Port ${port} is in use. Set another: PORT=5000 npm start`, { cause: error });
  }
}
