import { connection } from './connection.ts';
import { hurt, sendHello } from './session.ts';

/** What people may do to the connection, and what the world may do to it. */
export function Controls() {
  return (
    <div className="controls">
      <fieldset>
        <legend>Use it</legend>
        <button type="button" onClick={() => connection.connect()}>
          Connect
        </button>
        <button type="button" onClick={() => connection.disconnect()}>
          Disconnect
        </button>
        <button type="button" onClick={sendHello}>
          Send
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
