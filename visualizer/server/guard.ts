import type { IncomingMessage } from 'node:http';

/** The page was asked for by a name of this machine. Another name that leads here is a rebinding attack. */
export function isFromHere({ headers, socket }: IncomingMessage): boolean {
  const port = String(socket.localPort);
  return headers.host === `127.0.0.1:${port}` || headers.host === `localhost:${port}`;
}

/** The same, and it was our own page that asked: any page in the browser can dial a loopback port. */
export function isFromOurPage(request: IncomingMessage): boolean {
  return isFromHere(request) && request.headers.origin === `http://${request.headers.host ?? ''}`;
}
