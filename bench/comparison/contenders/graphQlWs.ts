import { EventEmitter, on, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buildSchema } from 'graphql';
import { createClient } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { passed } from '../../waiting.ts';
import type { Contender } from '../contender.ts';

const schema = buildSchema(`
  type Query { isThere: Boolean }
  type Mutation { say(n: Int!): Boolean }
  type Subscription { news: Int }
`);

/**
 * A subscription keeps the connection up, as in an application; messages are mutations. It retries on any problem, and
 * terminates where a pong fails to come, as its recipes do: https://the-guild.dev/graphql/ws/recipes
 */
export const graphQlWs: Contender = {
  serve: async ({ arrivals }) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    server.on('connection', (socket) => {
      arrivals.opened();
      socket.on('error', () => undefined);
    });
    const say = ({ n }: { n: number }): boolean => {
      arrivals.log.arrived(n);
      return true;
    };
    useServer(
      { schema, roots: { mutation: { say }, subscription: { news: () => on(new EventEmitter(), 'news') } } },
      server,
    );
    await once(server, 'listening');
    return {
      port: (server.address() as AddressInfo).port,
      close: () => {
        for (const client of server.clients) client.terminate();
        server.close();
      },
    };
  },
  dial: ({ url, pace, WebSocket, told }) => {
    let silence: ReturnType<typeof setTimeout> | undefined;
    const client = createClient({
      url,
      webSocketImpl: WebSocket,
      retryAttempts: Infinity,
      shouldRetry: () => true,
      retryWait: (retries) => passed(pace(2 ** retries * 1_000 + 300 + Math.random() * 2_700)),
      keepAlive: pace(10_000),
      on: {
        ping: (isReceived) => {
          if (!isReceived) silence = setTimeout(() => client.terminate(), pace(5_000));
        },
        pong: () => clearTimeout(silence),
        closed: () => clearTimeout(silence),
      },
    });
    const ignored = { next: () => undefined, error: () => undefined, complete: () => undefined };
    client.subscribe({ query: 'subscription { news }' }, ignored);
    return {
      send: (n) => {
        client.subscribe(
          { query: 'mutation ($n: Int!) { say(n: $n) }', variables: { n } },
          { ...ignored, next: ({ errors }) => errors && told(n), error: () => told(n) },
        );
      },
      close: async () => {
        // Where it is dialling, this waits for what may not come about.
        await Promise.resolve(client.dispose()).catch(() => undefined);
      },
    };
  },
  entry: `export { createClient } from 'graphql-ws/client';`,
};
