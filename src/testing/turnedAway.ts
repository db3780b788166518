import type { Socket } from 'node:net';
import type { Afflicted } from './faultBook.ts';
import { refusalOf } from './faultEffects.ts';
import type { RefuseFault } from './faults.ts';

const HEAD_END = '\r\n\r\n';
/** No request line with its headers is longer. Unit bytes. */
const MAX_HEAD_BYTES = 64 * 1024;

/** A connection that never gets to the server: its upgrade is refused, or nobody speaks to it. */
export class TurnedAway implements Afflicted {
  readonly #client: Socket;

  constructor(client: Socket, refusal: RefuseFault | undefined, over: (link: TurnedAway) => void) {
    this.#client = client;
    let head = '';
    client.on('error', () => undefined);
    client.on('end', () => client.end());
    client.on('close', () => over(this));
    client.on('data', (bytes: Uint8Array) => {
      if (refusal === undefined || head.length > MAX_HEAD_BYTES || head.endsWith(HEAD_END)) return;
      head += new TextDecoder('latin1').decode(bytes);
      if (!head.includes(HEAD_END)) return;
      head = HEAD_END;
      client.end(answer(refusal));
    });
  }

  apply({ spec }: { spec: { type: string } }): void {
    if (spec.type === 'reset' || spec.type === 'down') this.reset();
  }

  release(): void {
    // What was never said cannot be said later: the client has to dial again.
  }

  held(): number {
    return 0;
  }

  reset(): void {
    this.#client.resetAndDestroy();
  }
}

function answer(refusal: RefuseFault): string {
  const { status, headers } = refusalOf(refusal);
  const lines = Object.entries({ 'content-length': '0', connection: 'close', ...headers });
  return `HTTP/1.1 ${status} Refused\r\n${lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')}${HEAD_END}`;
}
