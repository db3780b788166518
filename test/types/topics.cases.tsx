/** What an editor knows of `socketchart/topics` and what it refuses. Each `@ts-expect-error` fails to compile if the mistake below it is let through. */
import { createConnection } from '../../src/index.ts';
import { createTopicHooks, useTopic } from '../../src/react/index.ts';
import {
  createTopicClient,
  type topicClientOf,
  type Gap,
  type Guarantee,
  type Position,
  type Published,
  type TopicClient,
  type TopicMessage,
  type TopicStatus,
  type TopicSubscription,
} from '../../src/topics/index.ts';

/** The very same type: `any` and a wider one are not. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Deferred conditional types are compared by identity.
type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Holds<Claim extends true> = Claim;

interface Sample {
  readonly bytes: number;
}
interface Load {
  readonly cpu: number;
}
interface Topics {
  readonly 'system/load': Load;
  readonly [topic: `traffic/${string}`]: Sample;
}

const url = 'wss://example.com/ws/ann';
const client = createTopicClient<Topics>(url, { retry: { maxAttempts: 3 } });

// ── The map says what a topic carries, by name and by pattern.
client.subscribe('system/load', ({ cpu }, { data, offset }) => `${cpu.toFixed()} ${data.cpu} ${offset ?? ''}`);
client.subscribe('traffic/eth0', ({ bytes }) => bytes.toFixed());
// @ts-expect-error -- That is in samples, and not in loads.
client.subscribe('system/load', ({ bytes }) => String(bytes));
// @ts-expect-error -- There is no such topic.
client.subscribe('weather', () => undefined);

void client.publish('traffic/eth0', { bytes: 1 }, { id: 'once', ttlMs: 1_000 });
// @ts-expect-error -- A load is no sample.
void client.publish('traffic/eth0', { cpu: 1 });
// @ts-expect-error -- There is no such topic.
void client.publish('weather', 'rain');
// @ts-expect-error -- There is no such option.
void client.publish('traffic/eth0', { bytes: 1 }, { retries: 3 });

// ── Without a map everything goes.
const open = createTopicClient(url);
open.subscribe('anything', (data: { goes: boolean }) => String(data.goes));
void open.publish('anything', { goes: true });

// ── Over a connection, and that of a connection.
const connection = createConnection({ url, protocols: ['topics.v1+json'] });
createTopicClient<Topics>(connection, { maxPublishes: 10 });
// @ts-expect-error -- Options of the connection belong to the connection.
createTopicClient(connection, { retry: { maxAttempts: 3 } });

// ── What is given back.
export const subscription = client.subscribe('system/load', () => undefined, {
  last: 10,
  since: client.positions()['system/load'],
  onGap: ({ from, to, reason }) => Promise.resolve(`${from?.offset ?? 0} ${to?.epoch ?? ''} ${reason}`),
});
export type Given = [
  Holds<Equals<typeof subscription, TopicSubscription>>,
  Holds<Equals<TopicSubscription['state'], 'idle' | 'subscribing' | 'live' | 'resyncing' | 'gap' | 'denied'>>,
  Holds<Equals<TopicSubscription['position'], Position | undefined>>,
  Holds<Equals<ReturnType<typeof client.positions>, Record<string, Position>>>,
  Holds<Equals<Awaited<ReturnType<typeof client.publish>>, Published>>,
  Holds<Equals<Published['duplicate'], boolean>>,
  Holds<Equals<Guarantee, 'exactly-once' | 'best-effort'>>,
  Holds<Equals<TopicStatus['gap'], Gap | undefined>>,
  Holds<Equals<ReturnType<typeof topicClientOf<Topics>>, TopicClient<Topics>>>,
];

// ── Hooks of the same map.
const hooks = createTopicHooks<Topics>();

export function Loads(): string {
  const load = hooks.useTopic('system/load');
  const { state } = hooks.useTopicState('traffic/eth0');
  hooks.useTopic('traffic/eth0', ({ bytes }, message: TopicMessage<Sample>) => bytes + message.data.bytes, { last: 3 });
  // @ts-expect-error -- There is no such topic.
  hooks.useTopic('weather');
  // @ts-expect-error -- There is no such topic.
  hooks.useTopicState('weather');
  void hooks.useTopicClient().publish('system/load', { cpu: 0.5 });
  useTopic('weather', (data: { rain: boolean }) => String(data.rain));
  return `${load?.cpu ?? ''} ${state}`;
}
