import type { ReactNode } from 'react';
import { ConnectionProvider, ConnectionStatus, createTopicHooks } from '../../src/react/index.ts';
import type { Position } from '../../src/topics/index.ts';

/** What the server knows when it draws: the first message, and its place in the topic's log. */
export interface Known {
  readonly views: number;
  readonly since: Position;
}

const { useTopic } = createTopicHooks<{ views: number }>();

/** The same on the server and in the browser. A server draws `idle`, which is about to connect. */
export function App({ known }: { readonly known: Known }): ReactNode {
  return (
    <ConnectionProvider options={{ url: '/live', protocols: 'topics.v1+json' }}>
      <ConnectionStatus labels={{ idle: 'Connecting' }} />
      <Views known={known} />
    </ConnectionProvider>
  );
}

/** Goes on after what the server has drawn: nothing is missed in between. */
function Views({ known: { views, since } }: { readonly known: Known }): ReactNode {
  const newest = useTopic('views', undefined, { since });
  return <p>Views so far: {newest ?? views}</p>;
}
