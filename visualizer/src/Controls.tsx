import { useRef } from 'react';
import { streamRates, topics } from '../frames.ts';
import { command } from './command.ts';
import { clientId, mayCommand, useConnection, useTopic, useTopicClient } from './connection.ts';
import type { Note } from './log.ts';

/** What people may do with the connection. */
export function Controls({ note }: { readonly note: Note }) {
  const { connect, disconnect, send } = useConnection();
  const { publish } = useTopicClient();
  const streamRate = useTopic(topics.streamRate, undefined, { last: 1 }) ?? 0;
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
      <label>
        <span>Stream, per second</span>
        <select
          value={streamRate}
          disabled={!mayCommand}
          onChange={({ target }) => void command('/stream', { perSecond: target.value }, note)}
        >
          {streamRates.map((perSecond) => (
            <option key={perSecond} value={perSecond}>
              {perSecond === 0 ? 'none' : perSecond.toLocaleString('en')}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
