import { spawn } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { within } from '../fixtures/events.ts';
import { closedAddress, startServer, startSilentServer } from '../fixtures/server.ts';

const script = new URL('../fixtures/leaving.ts', import.meta.url).pathname;

/** Runs the script in a process of its own; settles when it has ended by itself. */
function leave(url: string, state: string, way: string): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, url, state, way], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<{ code: number | null; said: string }>((resolve) => {
    child.on('exit', (code) => resolve({ code, said: said.trim() }));
  });
  return within(`the process to end by itself after ${way}() in ${state}`, ended);
}

const addresses = {
  connecting: async () => (await startSilentServer()).url,
  open: async () => (await startServer()).url,
  backoff: async () => (await closedAddress()).url,
};

test.each(['connecting', 'open', 'backoff'] as const)(
  'dispose() and disconnect() in %s leave nothing that keeps a process alive',
  async (state) => {
    const url = await addresses[state]();

    const [disposed, disconnected] = await Promise.all([leave(url, state, 'dispose'), leave(url, state, 'disconnect')]);

    expect(disposed).toEqual({ code: 0, said: 'closed' });
    expect(disconnected).toEqual({ code: 0, said: 'closed' });
  },
);
