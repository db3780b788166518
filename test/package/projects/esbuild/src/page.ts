/** What a page does, but for the page. */
import { createConnection } from '../../../../../src/index.ts';
import type { ConnectionOptions } from '../../../../../src/index.ts';

/** Says hello, and resolves with the answer. */
export async function sayHello(url: string, options: Pick<ConnectionOptions, 'WebSocket'>): Promise<unknown> {
  const connection = createConnection(url, options);
  const answer = new Promise((resolve) => connection.onMessage(resolve));
  connection.send({ hello: 'world' });
  connection.connect();
  try {
    return await answer;
  } finally {
    connection.dispose();
  }
}
