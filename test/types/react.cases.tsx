/** What an editor knows of `socketchart/react` and what it refuses. Each `@ts-expect-error` fails to compile if the mistake below it is let through. */
import type { ReactNode } from 'react';
import { createConnection, type Close, type Connection, type Disposition, type StateName } from '../../src/index.ts';
import {
  ConnectionProvider,
  ConnectionStatus,
  createConnectionHooks,
  useConnection,
  useConnectionState,
  useConnectionStatus,
  useLatestMessage,
  useMessage,
  useMessages,
  useWebSocket,
  type ConnectionHooks,
  type ConnectionProviderProps,
  type Status,
  type StatusTone,
  type UseWebSocketOptions,
  type UseWebSocketResult,
} from '../../src/react/index.ts';

/** The very same type: `any` and a wider one are not. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Deferred conditional types are compared by identity.
type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Holds<Claim extends true> = Claim;

interface Price {
  readonly cents: number;
}
interface Order {
  readonly item: number;
}

const url = 'wss://example.com/';
const untyped = createConnection(url);
const typed = createConnection<Price, Order>(url);

// ── A provider takes a connection or options, and not both.
export const providers: readonly ReactNode[] = [
  <ConnectionProvider connection={untyped} />,
  <ConnectionProvider connection={typed}>children</ConnectionProvider>,
  <ConnectionProvider options={{ url, retry: { maxAttempts: 3 } }} />,
  <ConnectionProvider options={{ url: () => Promise.resolve(url) }} />,
  // @ts-expect-error -- Both of them.
  <ConnectionProvider connection={untyped} options={{ url }} />,
  // @ts-expect-error -- Neither of them.
  <ConnectionProvider />,
  // @ts-expect-error -- Options have an address.
  <ConnectionProvider options={{ heartbeat: false }} />,
  // @ts-expect-error -- An address that is not known yet is for useWebSocket.
  <ConnectionProvider options={{ url: null }} />,
  // @ts-expect-error -- There is no such option.
  <ConnectionProvider options={{ url, retries: 3 }} />,
  // @ts-expect-error -- There is no such prop.
  <ConnectionProvider url={url} />,
];
// @ts-expect-error -- The same, without JSX.
export const props: ConnectionProviderProps = { connection: untyped, options: { url } };

// ── Hooks of no set know of the messages what they are told.
export function useUntyped() {
  const connection = useConnection();
  connection.send({ whatever: 1 });
  const state = useConnectionState();
  const isOpen = useConnectionState((snapshot) => snapshot.matches('open'));
  // @ts-expect-error -- There is no such state.
  useConnectionState((snapshot) => snapshot.matches('opened'));
  const status = useConnectionStatus({ open: 'Verbunden', countdown: (seconds) => `in ${seconds} Sekunden` });
  // @ts-expect-error -- There is no such label.
  useConnectionStatus({ opened: 'Verbunden' });
  useMessage((message, event) => String(message) + String(event));
  useMessage((message: Price) => message.cents.toFixed());
  // @ts-expect-error -- A listener is needed.
  useMessage();
  useLatestMessage(undefined, { everyMs: 100 });
  useLatestMessage(undefined, { everyMs: 'frame' });
  // @ts-expect-error -- Milliseconds, or 'frame'.
  useLatestMessage(undefined, { everyMs: 'second' });
  const cents = useLatestMessage((message: Price) => message.cents);
  const latest = useLatestMessage<Price>();
  const all = useMessages<Price>({ last: 10 });
  // @ts-expect-error -- It is called last.
  useMessages({ max: 10 });
  return { connection, state, isOpen, status, cents, latest, all };
}
type Untyped = ReturnType<typeof useUntyped>;
export type UntypedKnows = [
  Holds<Equals<Untyped['connection'], Connection>>,
  Holds<Equals<Untyped['state'], StateName>>,
  Holds<Equals<Untyped['isOpen'], boolean>>,
  Holds<Equals<Untyped['status'], Status>>,
  Holds<Equals<Status['tone'], StatusTone>>,
  Holds<Equals<Status['retryAt'], number | undefined>>,
  Holds<Equals<Untyped['cents'], number | undefined>>,
  Holds<Equals<Untyped['latest'], Price | undefined>>,
  Holds<Equals<Untyped['all'], readonly Price[]>>,
];

// ── Those of a set know them.
const prices: ConnectionHooks<Price, Order> = createConnectionHooks<Price, Order>();

export const setProviders: readonly ReactNode[] = [
  <prices.ConnectionProvider connection={typed} />,
  <prices.ConnectionProvider options={{ url, outbox: { keyOf: ({ item }) => String(item) } }} />,
  // @ts-expect-error -- An order has no such field.
  <prices.ConnectionProvider options={{ url, outbox: { keyOf: ({ thing }) => String(thing) } }} />,
  // @ts-expect-error -- Another kind of messages.
  <prices.ConnectionProvider connection={createConnection<string, string>(url)} />,
];

export function useTyped() {
  const connection = prices.useConnection();
  connection.send({ item: 1 });
  // @ts-expect-error -- An order has an item.
  connection.send({ thing: 1 });
  prices.useMessage(({ cents }) => cents.toFixed());
  // @ts-expect-error -- A price has no such field.
  prices.useMessage(({ dollars }) => String(dollars));
  const latest = prices.useLatestMessage();
  const cents = prices.useLatestMessage((price) => (price.cents > 0 ? price.cents : undefined));
  // @ts-expect-error -- A price has no such field.
  prices.useLatestMessage((price) => price.dollars as unknown);
  const all = prices.useMessages();
  return { connection, latest, cents, all };
}
type Typed = ReturnType<typeof useTyped>;
export type TypedKnows = [
  Holds<Equals<Typed['connection'], Connection<Price, Order>>>,
  Holds<Equals<Typed['latest'], Price | undefined>>,
  Holds<Equals<Typed['cents'], number | undefined>>,
  Holds<Equals<Typed['all'], readonly Price[]>>,
];

// ── useWebSocket.
export function useAlone() {
  useWebSocket(url);
  useWebSocket(new URL(url), { share: true, enabled: false, reconnectAttempts: Infinity, reconnectInterval: 100 });
  useWebSocket(() => url, { protocols: ['v1'] });
  useWebSocket({ url: null, onMessage: undefined, onOpen: undefined, onClose: undefined, onError: undefined });
  // @ts-expect-error -- The address may be null, and has to be said.
  useWebSocket();
  // @ts-expect-error -- It may be null, and not undefined: that is more often a mistake.
  useWebSocket(undefined);
  // @ts-expect-error -- The same among the options.
  useWebSocket({ onMessage: () => undefined });
  // @ts-expect-error -- The address stands once.
  useWebSocket(url, { url });
  // @ts-expect-error -- There is no such option.
  useWebSocket(url, { retries: 3 });
  // @ts-expect-error -- A number of milliseconds.
  useWebSocket(url, { reconnectInterval: '3s' });
  // @ts-expect-error -- There is no such handler.
  useWebSocket(url, { onmessage: () => undefined });

  const untyped = useWebSocket(url, {
    onMessage: (message, event) => String(message) + String(event),
    onOpen: ({ attempt, protocol }) => protocol.repeat(attempt),
    onClose: (close) => close satisfies Close,
    onError: (error, data) => error.message + String(data),
  });
  const { isConnected, lastMessage, lastError, state, send, reconnect, disconnect } = useWebSocket<Price, Order>(url, {
    onMessage: ({ cents }) => cents.toFixed(),
  });
  const same = useWebSocket<Price, Order>({ url, onMessage: ({ cents }) => cents.toFixed() });
  // @ts-expect-error -- A price has no such field.
  useWebSocket<Price>(url, { onMessage: ({ dollars }) => String(dollars) });
  const sent = send({ item: 1 }, { ttlMs: 1_000, key: 'k', queue: false });
  // @ts-expect-error -- An order has an item.
  send({ thing: 1 });
  reconnect();
  disconnect(4000, 'enough');
  return { untyped, same, isConnected, lastMessage, lastError, state, sent };
}
type Alone = ReturnType<typeof useAlone>;
export type AloneKnows = [
  Holds<Equals<Alone['untyped'], UseWebSocketResult>>,
  Holds<Equals<Alone['same'], UseWebSocketResult<Price, Order>>>,
  Holds<Equals<Alone['isConnected'], boolean>>,
  Holds<Equals<Alone['lastMessage'], Price | null>>,
  Holds<Equals<Alone['lastError'], Error | null>>,
  Holds<Equals<Alone['state'], StateName>>,
  Holds<Equals<Alone['sent'], Disposition>>,
  Holds<Equals<UseWebSocketOptions<Price, Order>['share'], boolean | undefined>>,
];

export function change(result: UseWebSocketResult): void {
  // @ts-expect-error -- Nothing of a result is to be set.
  result.isConnected = true;
}

// ── The status line: within a provider, or told how things are.
export const lines: readonly ReactNode[] = [
  <ConnectionStatus />,
  <ConnectionStatus isConnected lastError={new Error('broken')} className="line" title="Connection" />,
  <ConnectionStatus labels={{ retry: 'Noch einmal' }} />,
  <ConnectionStatus>{({ text, retry }) => <button onClick={retry}>{text}</button>}</ConnectionStatus>,
  // @ts-expect-error -- A function draws the inside.
  <ConnectionStatus>text</ConnectionStatus>,
  // @ts-expect-error -- There is no such label.
  <ConnectionStatus labels={{ opened: 'Verbunden' }} />,
  // @ts-expect-error -- True or false.
  <ConnectionStatus isConnected="yes" />,
];
