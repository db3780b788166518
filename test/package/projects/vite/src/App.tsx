import { ConnectionStatus, useWebSocket } from '../../../../../src/react/index.ts';
import '../../../../../src/react/status.css';

export function App() {
  const { isConnected, lastMessage, lastError, send, state } = useWebSocket<unknown>({ url: '/ws/ann' });
  return (
    <>
      <ConnectionStatus isConnected={isConnected} lastError={lastError} />
      <output>{state}</output>
      <button onClick={() => send({ hello: 'world' })}>Say hello</button>
      <pre>{JSON.stringify(lastMessage)}</pre>
    </>
  );
}
