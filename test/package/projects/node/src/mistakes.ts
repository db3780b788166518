/** What the compiler has to refuse, and why. */
import { createActor } from 'xstate';
import { connectionMachine } from '../../../../../machines/index.ts';
import { createConnection } from '../../../../../src/index.ts';
import { reactNativeEnvironment } from '../../../../../src/reactNative/index.ts';
import { createHub } from '../../../../../src/server/index.ts';
import { createFakePeer } from '../../../../../src/testing/index.ts';
import { createTopicClient } from '../../../../../src/topics/index.ts';

const connection = createConnection<{ price: number }, { watch: string }>('wss://example.com/');
// @ts-expect-error TS2561: not what this connection sends
connection.send({ wotch: 'tea' });
// @ts-expect-error TS2339: no field of its messages
connection.onMessage(({ prise }) => String(prise));
// @ts-expect-error TS2367: no state
export const isOpen = connection.state === 'opened';
// @ts-expect-error TS2561: no option
createConnection('wss://example.com/', { protocol: 'json' });
// @ts-expect-error TS2322: a time is a number
createHub({ limits: { handshakeTimeoutMs: '10 s' } });
// @ts-expect-error TS2345: no topic of this client
createTopicClient<{ tea: number }>('wss://example.com/').subscribe('coffee', () => undefined);
// @ts-expect-error TS2345: the modules have to be handed over
reactNativeEnvironment({});
// @ts-expect-error TS2345: a close code is a number
createFakePeer().close('1000');
// @ts-expect-error TS2345: no state of the chart
createActor(connectionMachine).getSnapshot().matches('opened');
