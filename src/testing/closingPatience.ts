import { FakeNodeSocket, type FakeSocket } from './fakeSocket.ts';

/** How long `ws` waits for the end of a closing handshake, whichever side began it. Unit ms. */
const WS_MS = 30_000;
/** How long Chromium waits for the peer's close frame, and after it for the end of the connection. Unit ms. */
const CHROMIUM_MS = { began: 60_000, answered: 2_000 };

/** How long a socket waits for the end of a closing handshake that it began or that it answers. Unit ms. */
export function closingPatienceMs(socket: FakeSocket, part: 'began' | 'answered'): number {
  return socket instanceof FakeNodeSocket ? WS_MS : CHROMIUM_MS[part];
}
