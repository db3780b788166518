/** What an editor knows and what it refuses. Each `@ts-expect-error` fails to compile if the mistake below it is let through. */
import { assign, createActor, setup, SimulatedClock } from 'xstate';
import { z } from 'zod';
import {
  connectionFrom,
  connectionMachine,
  createConnection,
  isConnectionError,
  provideConnection,
  type Connection,
  type ConnectionOutput,
  type ErrorCode,
  type StandardSchema,
} from '../../src/index.ts';

/** The very same type: `any` and a wider one are not. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Deferred conditional types are compared by identity.
type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Holds<Claim extends true> = Claim;
/** What listeners of a connection get. */
type Heard<C extends Connection> = Parameters<Parameters<C['onMessage']>[0]>[0];

const url = 'wss://example.com/';

// ── The schema says what arrives.
const Message = z.object({ kind: z.literal('price'), cents: z.number() });
type Message = z.infer<typeof Message>;

const priced = createConnection({ url, schema: Message });
priced.onMessage(({ kind, cents }) => kind.repeat(cents));
priced.on('message', ({ message }) => message.cents.toFixed());
// @ts-expect-error -- The schema knows of no such field.
priced.onMessage(({ dollars }) => String(dollars));

export const pricedToo = createConnection(url, { schema: Message });

/** A transform: what listeners get is what comes out of the schema. */
const dated = createConnection({ url, schema: z.string().transform((text) => new Date(text)) });
dated.onMessage((message) => message.getTime());

declare const ofAnotherLibrary: StandardSchema<unknown, { readonly id: bigint }>;
export const foreign = createConnection({ url, schema: ofAnotherLibrary });

// ── A codec says both.
const coded = createConnection({
  url,
  codec: { encode: (order: { readonly item: number }) => String(order.item), decode: (data) => Number(data) },
});
coded.send({ item: 1 });
// @ts-expect-error -- An order has an item.
coded.send({ thing: 1 });

export type Inferred = [
  Holds<Equals<typeof priced, Connection<Message>>>,
  Holds<Equals<typeof pricedToo, Connection<Message>>>,
  Holds<Equals<Heard<typeof priced>, Message>>,
  Holds<Equals<Heard<typeof dated>, Date>>,
  Holds<Equals<Heard<typeof foreign>, { readonly id: bigint }>>,
  Holds<Equals<Heard<typeof coded>, number>>,
];

// ── Or the caller does.
const typed = createConnection<Message, { readonly subscribe: string }>(url);
typed.send({ subscribe: 'prices' });
// @ts-expect-error -- Not what this connection sends.
typed.send('prices');
export const iterated = async (): Promise<void> => {
  for await (const { cents } of typed.messages()) cents.toFixed();
};

// ── States, tags and events by name.
const snapshot = typed.getSnapshot();
snapshot.matches('open');
snapshot.matches({ open: 'probing' });
snapshot.matches({ connecting: 'proving' });
snapshot.matches({ closed: 'closing' });
snapshot.hasTag('holding');
snapshot.context.attempt.toFixed();
// @ts-expect-error -- There is no such state.
snapshot.matches('opened');
// @ts-expect-error -- There is no such state in open.
snapshot.matches({ open: 'proving' });
// @ts-expect-error -- There is no such tag.
snapshot.hasTag('sending');
// @ts-expect-error -- The facts hold no address.
snapshot.context.url satisfies unknown;
// @ts-expect-error -- There is no such event.
typed.on('open', () => undefined);
typed.on('retrying', ({ delayMs, because }) => because.repeat(delayMs));
// @ts-expect-error -- `retrying` tells a delay in ms.
typed.on('retrying', ({ delay }) => delay as unknown);
typed.on('outcome', ({ outcome, message }) => [outcome === 'sent', message.subscribe]);
// @ts-expect-error -- One of a closed set.
typed.on('outcome', ({ outcome }) => outcome === 'delivered');
typed.subscribe((state) => state.matches('backoff'))();
typed.subscribe(() => undefined).unsubscribe();
typed.actor.send({ type: 'client.reconnect' });
// @ts-expect-error -- There is no such command.
typed.actor.send({ type: 'client.open' });

// ── Options.
// @ts-expect-error -- There is no such option.
createConnection({ url, retries: 3 });
// @ts-expect-error -- Only url is required, and it is.
createConnection({ heartbeat: false });
// @ts-expect-error -- Not a policy there is.
createConnection({ url, outbox: { overflow: 'block' } });
// @ts-expect-error -- The address stands once.
createConnection(url, { url });
createConnection({
  url: async ({ reason, signal }) => (signal.aborted ? url : await Promise.resolve(`${url}?${reason}`)),
  clock: new SimulatedClock(),
  inspect: ({ type }) => type,
});

// ── Errors.
export function codeOf(error: unknown): ErrorCode | undefined {
  return isConnectionError(error) ? error.code : undefined;
}

// ── The machine on its own.
createActor(connectionMachine, { input: { url } });
createActor(connectionMachine, { input: { url: () => new URL(url), retry: { maxAttempts: Infinity } } });
// @ts-expect-error -- Where is it to connect to?
createActor(connectionMachine, { input: {} });
// @ts-expect-error -- Not a URL.
createActor(connectionMachine, { input: { url: 1 } });
createActor(provideConnection({ url }));
createActor(connectionMachine, { input: { url } }).on('message', ({ message }) => String(message));
// @ts-expect-error -- It emits no such event.
createActor(connectionMachine, { input: { url } }).on('opening', () => undefined);
connectionFrom<Message>(createActor(connectionMachine, { input: { url } })).onMessage(({ cents }) => cents);

// ── In a machine of one's own: invoked, and told of by `connection.<name>`.
setup({
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-assertion -- XState takes its types from the cast.
  types: {} as { context: { readonly cents: number }; events: ConnectionOutput<Message> },
  actors: { connection: connectionMachine, bound: provideConnection({ url }) },
}).createMachine({
  context: { cents: 0 },
  invoke: [
    { src: 'connection', input: ({ self }) => ({ url, parentRef: self }) },
    { src: 'bound', input: ({ self }) => ({ parentRef: self }) },
    { src: 'bound' },
  ],
  on: {
    'connection.message': { actions: assign({ cents: ({ event }) => event.message.cents }) },
    'connection.state': { guard: ({ event }) => event.state === 'open' },
  },
});

export function wordsFor(output: ConnectionOutput<Message>): string {
  switch (output.type) {
    case 'connection.message':
      return String(output.message.cents);
    case 'connection.failed':
      return output.error.code;
    case 'connection.retrying':
      return `${output.because} ${output.delayMs}`;
    // @ts-expect-error -- A parent is told of no such thing.
    case 'connection.open':
      return '';
    default:
      // @ts-expect-error -- Not every event has an error.
      return String(output.error);
  }
}
