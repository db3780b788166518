import { clientId, connection } from './connection.ts';
import { keepFacts } from './facts.ts';
import { keepLog, note } from './log.ts';
import { addTraffic } from './traffic.ts';

/** Connects, and keeps what the page shows up to date; returns what ends both. */
export function startSession(): () => void {
  const stops = [
    keepFacts(),
    keepLog(),
    connection.onMessage((message) => {
      if ('received' in message) note('message', `the server received hello ${message.received.number}`);
      else addTraffic(message);
    }),
  ];
  connection.connect();
  return () => {
    connection.disconnect();
    for (const stop of stops) stop();
  };
}

let hellos = 0;

/** Sends a greeting that the server echoes, and notes where it went. */
export function sendHello(): void {
  const hello = { type: 'hello', number: ++hellos } as const;
  note('send()', `hello ${hello.number}: ${connection.send(hello)}`);
}

/** Has the server hurt us. It goes beside the connection, so it also works while that is down. */
export async function hurt(how: 'drop' | 'restart'): Promise<void> {
  try {
    await fetch(`/${how}?client=${clientId}`, { method: 'POST' });
  } catch {
    note(how, 'the server could not be asked: is it running?');
  }
}
