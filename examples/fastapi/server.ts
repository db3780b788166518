/** Starts server.py with what Debian has: `apt-get install python3-fastapi python3-uvicorn python3-websockets`. */
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

const candidates = [process.env['PYTHON'], '/usr/bin/python3', 'python3'].flatMap((python) => python ?? []);

/** A Python that has what the server needs; undefined where there is none. */
export const python: string | undefined = candidates.find(
  (command) => spawnSync(command, ['-c', 'import fastapi, uvicorn, websockets']).status === 0,
);

export interface PythonServer {
  readonly port: number;
  /** As a deployment ends it: SIGTERM, by default. Resolves when it has gone. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

/** `port` 0: any that is free. Rejects where there is no Python for it, or where it does not come up. */
export async function startPythonServer(port = 0): Promise<PythonServer> {
  if (python === undefined)
    throw new Error('no Python has fastapi: apt-get install python3-fastapi python3-uvicorn python3-websockets');
  const flags = ['-m', 'uvicorn', 'server:app', '--host', '127.0.0.1', '--port', String(port), '--no-access-log'];
  const child = spawn(python, flags, { cwd: import.meta.dirname, stdio: ['ignore', 'ignore', 'pipe'] });
  const end = (): void => void child.kill();
  process.once('exit', end);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve())).finally(() =>
    process.off('exit', end),
  );
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    child.kill(signal);
    return gone;
  };
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    void gone.then(() => reject(new Error(`the server did not come up:\n${said.join('\n')}`)));
    // To the end of its life: a server that cannot say anything any more does not live long.
    createInterface(child.stderr).on('line', (line) => {
      said.push(line);
      const match = /running on http:\/\/127\.0\.0\.1:(\d+)/u.exec(line);
      if (match !== null) resolve({ port: Number(match[1]), stop });
    });
  });
}
