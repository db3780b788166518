import { WebSocket as NodeWebSocket } from 'ws';
import { keepContract } from './fixtures/contract.tsx';
import { startServer } from './fixtures/contractInNode.ts';

keepContract({ startServer, WebSocket: NodeWebSocket as unknown as typeof WebSocket });
