import type { Contender } from './contender.ts';
import { byHand } from './contenders/byHand.ts';
import { graphQlWs } from './contenders/graphQlWs.ts';
import { reactUseWebSocket } from './contenders/reactUseWebSocket.ts';
import { partysocket, reconnecting } from './contenders/reconnectingSockets.ts';
import { retried, socketIo } from './contenders/socketIo.ts';
import { confirmed, socketchart } from './contenders/socketchart.ts';

export const contenders = {
  socketchart,
  "socketchart, `confirm: 'ping'`": confirmed,
  partysocket,
  'reconnecting-websocket': reconnecting,
  'react-use-websocket': reactUseWebSocket,
  'socket.io': socketIo,
  'socket.io, `retries`': retried,
  'graphql-ws': graphQlWs,
  'by hand': byHand,
} as const satisfies Record<string, Contender>;

export type Name = keyof typeof contenders;
