import { useEffect, useMemo, type RefObject } from 'react';
import {
  ConnectionError,
  deliveryError,
  type Close,
  type Connection,
  type ConnectionEvents,
  type ConnectionOptions,
  type StateName,
} from '../index.ts';
import { stateOf, useSnapshot } from './connectionState.ts';
import { useKept } from './kept.ts';
import { useLease } from './lease.ts';
import { useNewest } from './newest.ts';
import { useOwnConnection, type OwnOptions } from './ownConnection.ts';
import { Paced, usePacedValue } from './paced.ts';

/** What happens, told to the newest of these functions. None of them causes a render. */
export interface WebSocketHandlers<In = any> {
  /** Every message, parsed, once; and the event of the socket. */
  readonly onMessage?: ((message: In, event: unknown) => void) | undefined;
  /** The connection is open, for the first time or again. */
  readonly onOpen?: ((opened: { attempt: number; protocol: string }) => void) | undefined;
  /** Once for each `onOpen`, whichever side closed. Code 1006: without a closing handshake. RFC 6455 §7.4.1. */
  readonly onClose?: ((close: Close) => void) | undefined;
  /** An attempt that failed, the end of all attempts, a malformed frame (`data`), a message that was not delivered. */
  readonly onError?: ((error: Error, data?: unknown) => void) | undefined;
}

/** {@link ConnectionOptions} and what hooks of this kind usually have. */
export interface UseWebSocketOptions<In = any, Out = any>
  extends Omit<ConnectionOptions<In, Out>, 'url'>, WebSocketHandlers<In> {
  /** As the option of `createConnection`, or null as long as it is not known: nothing is dialled, what is sent is held, and goes out when it is known. Another address is another connection. */
  readonly url: ConnectionOptions<In, Out>['url'] | null;
  /** Retries after a loss or a failed attempt, then `failed`. Default 5, about a minute: a person is looking, and can press a button · range 0 … ∞. The same as `retry.maxAttempts`. */
  readonly reconnectAttempts?: number | undefined;
  /** The wait before the first retry; it doubles up to 30 s, and the second half of each wait is left to chance. Unit ms · default 3,000, as in most such hooks · range 1 … 2³¹−1. The same as `retry.baseMs`. */
  readonly reconnectInterval?: number | undefined;
  /** False: not dialled yet, and what is sent is held; or, after it was true, hung up, and what is sent is `'rejected'`. Default true. */
  readonly enabled?: boolean | undefined;
  /** True: all hooks with this address and `share` have one connection, with the options of the first. The last that is unmounted ends it. Default false: what one component does should not end what another has. */
  readonly share?: boolean | undefined;
}

/** What {@link useWebSocket} gives. Its functions stay the same as long as the address does. */
export interface UseWebSocketResult<In = any, Out = any> {
  /** Whether it is open: the same as `state === 'open'`. */
  readonly isConnected: boolean;
  /** The newest message, rendered once per frame at most: `onMessage` gets them all. Null until there is one. */
  readonly lastMessage: In | null;
  /** What `onError` was told last; null again when the connection opens. */
  readonly lastError: Error | null;
  /** One of the six states of the chart. */
  readonly state: StateName;
  /** Sends, or holds it while there is no connection, and says which. After `disconnect()`, in `failed` and after unmounting it is `'rejected'`. */
  readonly send: Connection<In, Out>['send'];
  /** Dials at once, also after `disconnect()` and `failed`. Does nothing while connecting, open, disabled or unmounted. */
  readonly reconnect: () => void;
  /** Hangs up and stays so. What is held is `'dropped'`, and told. */
  readonly disconnect: Connection['disconnect'];
}

type Address = ConnectionOptions['url'] | null;

/**
 * A WebSocket of one component: dialled when it is mounted, hung up when it is unmounted. Messages are JSON unless `codec`
 * says otherwise; what is sent while it is down is held, in order and bounded, and goes out when it is open.
 * Throws a ConnectionError `'invalid-option'` for an address or an option that cannot be used.
 */
export function useWebSocket<In = any, Out = any>(
  url: ConnectionOptions['url'] | null,
  options?: Omit<UseWebSocketOptions<In, Out>, 'url'>,
): UseWebSocketResult<In, Out>;
export function useWebSocket<In = any, Out = any>(options: UseWebSocketOptions<In, Out>): UseWebSocketResult<In, Out>;
export function useWebSocket<In, Out>(
  first: Address | UseWebSocketOptions<In, Out>,
  rest?: Omit<UseWebSocketOptions<In, Out>, 'url'>,
): UseWebSocketResult<In, Out> {
  const given = isAddress(first) ? { ...rest, url: first } : first;
  const { onMessage, onOpen, onClose, onError, enabled = true, share = false, ...options } = given;
  const handlers = useNewest({ onMessage, onOpen, onClose, onError });
  const connection = useOwnConnection(connectionOptions(options), share) as Connection<In, Out>;
  const view = useKept(() => new View<In>(), [connection]);
  const { lastMessage, lastError } = usePacedValue(view.paced);
  const state = useSnapshot(connection, stateOf);

  useEffect(() => tell(connection, view, handlers), [connection, view, handlers]);
  const isWanted = enabled && options.url !== null;
  const held = useLease(connection, true, isWanted, () => tellEnd(connection, view, handlers));

  const { send, disconnect } = connection;
  const reconnect = useMemo(
    () => () => {
      if (held.current === connection) connection.connect();
    },
    [connection, held],
  );
  return { isConnected: state === 'open', lastMessage, lastError, state, send, reconnect, disconnect };
}

function isAddress(value: unknown): value is Address {
  return typeof value !== 'object' || value === null || value instanceof URL;
}

type Wish = OwnOptions & Pick<UseWebSocketOptions, 'reconnectAttempts' | 'reconnectInterval'>;

function connectionOptions({ reconnectAttempts, reconnectInterval, retry, ...options }: Wish): OwnOptions {
  const twice = [
    ['reconnectAttempts', reconnectAttempts, 'maxAttempts'],
    ['reconnectInterval', reconnectInterval, 'baseMs'],
  ] as const;
  for (const [name, value, same] of twice) {
    if (value === undefined || retry?.[same] === undefined) continue;
    throw new ConnectionError('invalid-option', `${name}: is the same as retry.${same}; leave one of them out`);
  }
  const baseMs = reconnectInterval ?? retry?.baseMs ?? 3_000;
  const maxAttempts = reconnectAttempts ?? retry?.maxAttempts ?? 5;
  return { ...options, retry: { ...retry, jitter: retry?.jitter ?? 'equal', baseMs, maxAttempts } };
}

/** What the component shows of a connection beside its state, and what it was told of it. */
class View<In> {
  lastMessage: In | null = null;
  lastError: Error | null = null;
  /** There was an open that no close has followed. */
  isOpen = false;
  readonly paced = new Paced(() => ({ lastMessage: this.lastMessage, lastError: this.lastError }), 'frame');
}

type Opened = ConnectionEvents['opened'];

const lastOpened = new WeakMap<Connection, Opened>();

type Handlers<In> = Readonly<RefObject<WebSocketHandlers<In>>>;

function tell<In>(connection: Connection<In>, view: View<In>, handlers: Handlers<In>): () => void {
  const open = (opened: Opened): void => {
    view.isOpen = true;
    view.lastError = null;
    view.paced.changed();
    handlers.current.onOpen?.(opened);
  };
  // A connection that others share may be open already.
  const opened = lastOpened.get(connection);
  if (connection.isConnected && !view.isOpen && opened !== undefined) open(opened);
  const stops = [
    connection.onMessage((message, event) => {
      view.lastMessage = message;
      view.paced.changed();
      handlers.current.onMessage?.(message, event);
    }),
    connection.on('opened', (opened) => {
      lastOpened.set(connection, opened);
      open(opened);
    }),
    connection.on('state', ({ state, previous, error }) => {
      // A loss is no error until the connection cannot be had back; that is told by `failed`.
      if (previous === 'connecting' && state === 'backoff' && error !== undefined) failed(view, handlers, error);
    }),
    connection.on('failed', ({ error }) => failed(view, handlers, error)),
    connection.on('invalid', ({ data, error }) => failed(view, handlers, asError(error), data)),
  ];
  return () => stops.forEach((stop) => stop());
}

/** What is told also while the component goes: closes, and messages that were not delivered. */
function tellEnd<In>(connection: Connection<In>, view: View<In>, handlers: Handlers<In>): () => void {
  const closed = (close: Close): void => {
    if (!view.isOpen) return;
    view.isOpen = false;
    handlers.current.onClose?.(close);
  };
  const stops = [
    connection.on('lost', ({ close }) => closed(close)),
    connection.on('closed', ({ close = { code: 1006, reason: '', wasClean: false } }) => closed(close)),
    connection.on('dropped', ({ outcome, reason, message }) => {
      // A newer one of the same key took its place: that is what keys are for.
      if (reason === 'replaced') return;
      const error = deliveryError(outcome, reason);
      if (error !== undefined) failed(view, handlers, error, message);
    }),
  ];
  return () => stops.forEach((stop) => stop());
}

function failed<In>(view: View<In>, handlers: Handlers<In>, error: Error, data?: unknown): void {
  view.lastError = error;
  view.paced.changed();
  handlers.current.onError?.(error, data);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error), { cause: error });
}
