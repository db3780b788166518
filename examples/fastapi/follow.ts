/** Topics of a server that knows no positions: the guarantee is `best-effort`, and what may be missing is told as a gap. */
import { WebSocket } from 'ws';
import { createConnection, type ConnectionOptions } from '../../src/index.ts';
import { createTopicClient, type TopicClient } from '../../src/topics/index.ts';

export function follow(url: string, options: Partial<ConnectionOptions> = {}): TopicClient {
  // Such a server answers {"type":"ping"}: that is the whole heartbeat.
  return createTopicClient(createConnection({ url, WebSocket, heartbeat: {}, ...options }));
}
