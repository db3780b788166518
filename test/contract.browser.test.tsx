import { keepContract } from './fixtures/contract.tsx';
import { startServer } from './fixtures/contractInBrowser.ts';

keepContract({ startServer, WebSocket });
