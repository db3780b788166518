import { token } from './connection.ts';
import type { Note } from './log.ts';

/** Asks the server for something, beside the line: it works while that is down, too. What goes wrong is noted. */
export async function command(path: '/hurt' | '/stream', wanted: Readonly<Record<string, string>>, note: Note) {
  const query = new URLSearchParams({ ...wanted, token });
  try {
    const { status } = await fetch(`${path}?${String(query)}`, { method: 'POST' });
    if (status === 403) note('command', 'refused: open the page by the address that npm start has printed');
  } catch {
    note('command', 'the server could not be asked: is it running?');
  }
}
