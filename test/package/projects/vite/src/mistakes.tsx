/** What the compiler has to refuse, and why. */
import { ConnectionStatus, useTopic, useWebSocket } from '../../../../../src/react/index.ts';

export function Mistaken() {
  // @ts-expect-error TS2769: no option
  const { send } = useWebSocket<{ price: number }, { watch: string }>({ url: '/live', reconnectAttempt: 3 });
  // @ts-expect-error TS2345: not what this connection sends
  send('tea');
  // @ts-expect-error TS2339: nothing that the hook gives
  const { isOpen } = useWebSocket({ url: '/live' });
  // @ts-expect-error TS2554: a topic is needed
  useTopic();
  // @ts-expect-error TS2322: true or false
  return <ConnectionStatus isConnected="yes" hidden={isOpen as boolean} />;
}
