import type { Contender } from '../contender.ts';
import { plainServer } from '../plainServer.ts';
import { HandWritten } from './handWritten.ts';

export const byHand: Contender = {
  serve: plainServer,
  dial: (terms) => {
    const socket = new HandWritten(terms);
    return { send: (n) => socket.send(String(n)), close: () => socket.close() };
  },
  entry: `export { HandWritten } from './bench/comparison/contenders/handWritten.ts';`,
};
