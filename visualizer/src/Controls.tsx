import { useRef } from 'react';
import { topics } from '../frames.ts';
import { clientId, useConnection, useTopicClient } from './connection.ts';
import type { Note } from './log.ts';

/** What people may do to the connection, and what the world may do to it. */
export function Controls({ note }: { readonly note: Note }) {
  const { connect, disconnect, send } = useConnection();
  const { publish } = useTopicClient();
  const hellos = useRef(0);
  const remarks = useRef(0);

  const sendHello = (): void => {
    const hello = { type: 'hello', number: ++hellos.current } as const;
    note('send()', `hello ${hello.number}: ${send(hello)}`);
  };
  const sayToAll = async (): Promise<void> => {
    const number = ++remarks.current;
    try {
      const { offset } = await publish(topics.wall, { by: clientId, number });
      note('publish()', `${number}: in the log at #${offset}`);
    } catch (error) {
      note('publish()', `${number}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  // It goes beside the connection, so it also works while that is down.
  const hurt = async (how: 'drop' | 'restart'): Promise<void> => {
    try {
      await fetch(`/${how}?client=${clientId}`, { method: 'POST' });
    } catch {
      note(how, 'the server could not be asked: is it running?');
    }
  };

  return (
    <div className="controls">
      <fieldset>
        <legend>Use it</legend>
        <button type="button" onClick={connect}>
          Connect
        </button>
        <button type="button" onClick={() => disconnect()}>
          Disconnect
        </button>
        <button type="button" onClick={sendHello}>
          Send
        </button>
        <button type="button" onClick={() => void sayToAll()}>
          Publish
        </button>
      </fieldset>
      <fieldset className="hurt">
        <legend>Hurt it</legend>
        <button type="button" onClick={() => void hurt('drop')}>
          Drop my socket
        </button>
        <button type="button" onClick={() => void hurt('restart')}>
          Restart the server
        </button>
      </fieldset>
    </div>
  );
}
