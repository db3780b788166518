/** The ways to the messages that are compared. Each counts its renders, and shows to `sightings` what its code gets to see. */
import { useEffect, useState, type ReactNode } from 'react';
import reactUseWebSocket from 'react-use-websocket';
import { createConnectionHooks, useWebSocket } from '../../src/react/index.ts';
import { FRAMES, type Frame } from './frames.ts';
import type { Sightings } from './sightings.ts';

const { ConnectionProvider, useConnection, useMessage, useLatestMessage, useMessages } = createConnectionHooks<Frame>();
const useReactUseWebSocket = reactUseWebSocket.default;

/** What a contender is given, and tells. */
export interface Watch {
  readonly url: string;
  readonly sightings: Sightings;
  readonly opened: () => void;
  /** To be called in each render. */
  readonly rendered: () => void;
}
interface WatchProps {
  readonly watch: Watch;
}
type Component = (props: WatchProps) => ReactNode;

/** In a provider of its own. */
function provided(Consumer: Component): Component {
  function Opened({ watch }: WatchProps): ReactNode {
    const connection = useConnection();
    useEffect(() => connection.on('opened', watch.opened), [connection, watch]);
    return <Consumer watch={watch} />;
  }
  return function Provided({ watch }) {
    return (
      <ConnectionProvider options={{ url: watch.url }}>
        <Opened watch={watch} />
      </ConnectionProvider>
    );
  };
}

/** As applications take up a value that a hook returns. */
function useSeen(frame: Frame | null | undefined, { sightings }: Watch): void {
  useEffect(() => {
    if (frame) sightings.see(frame);
  }, [frame, sightings]);
}

function logOf(last: number): Component {
  return provided(function UseMessages({ watch }) {
    watch.rendered();
    const log = useMessages({ last });
    useEffect(() => watch.sightings.seeLog(log), [log, watch]);
    return <output>{log.at(-1)?.seq}</output>;
  });
}

const parsed = ({ data }: MessageEvent): Frame => JSON.parse(data as string) as Frame;

function Each({ watch }: WatchProps): ReactNode {
  watch.rendered();
  useMessage((frame) => watch.sightings.see(frame));
  return <output />;
}

function Newest({ watch }: WatchProps): ReactNode {
  watch.rendered();
  const frame = useLatestMessage();
  useSeen(frame, watch);
  return <output>{frame?.seq}</output>;
}

function NewestNowAndThen({ watch }: WatchProps): ReactNode {
  watch.rendered();
  const frame = useLatestMessage(undefined, { everyMs: 100 });
  useSeen(frame, watch);
  return <output>{frame?.seq}</output>;
}

function WebSocketOfItsOwn({ watch }: WatchProps): ReactNode {
  watch.rendered();
  const { lastMessage } = useWebSocket<Frame>({
    url: watch.url,
    onOpen: watch.opened,
    onMessage: (frame) => watch.sightings.see(frame),
  });
  return <output>{lastMessage?.seq}</output>;
}

function Theirs({ watch }: WatchProps): ReactNode {
  watch.rendered();
  const { lastJsonMessage } = useReactUseWebSocket<Frame | null>(watch.url, { onOpen: watch.opened });
  useSeen(lastJsonMessage, watch);
  return <output>{lastJsonMessage?.seq}</output>;
}

function TheirsHandled({ watch }: WatchProps): ReactNode {
  watch.rendered();
  const onMessage = (event: MessageEvent): void => watch.sightings.see(parsed(event));
  useReactUseWebSocket(watch.url, { onOpen: watch.opened, onMessage, disableJson: true });
  return <output />;
}

function TheirsFiltered({ watch }: WatchProps): ReactNode {
  watch.rendered();
  const onMessage = (event: MessageEvent): void => watch.sightings.see(parsed(event));
  useReactUseWebSocket(watch.url, { onOpen: watch.opened, onMessage, disableJson: true, filter: () => false });
  return <output />;
}

function ByHand({ watch }: WatchProps): ReactNode {
  watch.rendered();
  const [frame, setFrame] = useState<Frame | null>(null);
  useEffect(() => {
    const socket = new WebSocket(watch.url);
    socket.onopen = watch.opened;
    socket.onmessage = (event) => setFrame(parsed(event));
    return () => socket.close();
  }, [watch]);
  useSeen(frame, watch);
  return <output>{frame?.seq}</output>;
}

export const components = {
  useMessage: provided(Each),
  useLatestMessage: provided(Newest),
  'useLatestMessage, everyMs: 100': provided(NewestNowAndThen),
  'useMessages, last: 100': logOf(100),
  'useMessages, last: 50,000': logOf(FRAMES),
  'useWebSocket, onMessage and lastMessage': WebSocketOfItsOwn,
  'react-use-websocket, lastJsonMessage': Theirs,
  'react-use-websocket, onMessage': TheirsHandled,
  'react-use-websocket, onMessage, filter: no': TheirsFiltered,
  'useState in onmessage, by hand': ByHand,
} satisfies Readonly<Record<string, Component>>;

export type HookName = keyof typeof components;

/** Without React: what all are measured by. Returns what closes it. */
export function openBareSocket({ url, opened, sightings }: Watch): () => void {
  const socket = new WebSocket(url);
  socket.onopen = opened;
  socket.onmessage = (event) => sightings.see(parsed(event));
  return () => socket.close();
}
