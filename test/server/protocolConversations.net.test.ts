import { expect, it } from 'vitest';
import { SimulatedClock } from '../../src/testing/simulatedClock.ts';
import type { HubOptions } from '../../src/server/index.ts';
import type { BareClient, Frame } from './fixtures/bareClient.ts';
import { FaultyBroker } from './fixtures/faultyBroker.ts';
import { conversations } from './fixtures/protocolText.ts';
import { startHub, type RealHub } from './fixtures/realHub.ts';
import { Template } from './fixtures/template.ts';

const FILLING = 'x'.repeat(60_000);

/** Where hubs keep what a conversation can change: their log, and what time it is. */
interface Backstage {
  readonly clock: SimulatedClock;
  readonly broker: FaultyBroker;
}

/** What "a hub that …" means. */
const hubs: Readonly<Record<string, HubOptions | ((backstage: Backstage) => HubOptions)>> = {
  'lets everybody in': {},
  'may lose what is newest': ({ broker }) => ({ broker }),
  'tells slow clients the newest only': { slowConsumer: 'latest' },
  'takes one publish a second': ({ clock }) => ({ now: () => clock.now(), limits: { publishPerSecond: 1 } }),
  'keeps 2 messages of each topic': { history: { maxMessages: 2 } },
  'denies the topic secrets': { authorize: (_, __, topic) => topic !== 'secrets' },
  'takes the tokens morning and noon of ann': {
    authenticate: ({ url, token = url.searchParams.get('token') }) =>
      token === 'morning'
        ? { id: 'ann', expiresAt: 4_102_444_800_000 }
        : token === 'noon'
          ? { id: 'ann', expiresAt: 4_102_488_000_000 }
          : null,
    authorize: () => true,
  },
};

/** Does what the lines of a conversation say, and holds what is heard to them. */
class Play {
  readonly #clients = new Map<string, BareClient>();
  readonly #template = new Template();
  readonly #clock = new SimulatedClock();
  readonly #broker = new FaultyBroker({ clock: this.#clock });
  /** What was heard already, and not been looked at. */
  readonly #heard = new Map<string, string>();
  #real: RealHub | undefined;
  #drained: Promise<void> = Promise.resolve();

  readonly #lines: readonly (readonly [RegExp, (...groups: string[]) => void | Promise<void>])[] = [
    [/^a hub that (.+)$/u, (what) => this.#start(what)],
    [/^(\w+) opens (\S+)$/u, (name, path) => this.#open(name, path)],
    [/^(\w+) opens (\S+) with (\S+)$/u, (name, path, protocol) => this.#open(name, path, protocol)],
    [/^(\w+) > (.+)$/u, (name, text) => this.#client(name).say(this.#template.fill(text))],
    [/^(\w+) < (.+)$/u, async (name, text) => this.#template.match(await this.#next(name), text)],
    [/^the hub publishes (.+) to (\w+)$/u, (data, topic) => void this.#at.hub.publish(topic, JSON.parse(data))],
    [/^the hub sends (.+) to (\w+)$/u, (data, name) => expect(this.#at.hub.sendTo(name, JSON.parse(data))).toBe(1)],
    [/^the hub drains within (\d+) ms$/u, (graceMs) => this.#drain(Number(graceMs))],
    [/^the hub publishes to (\w+) until there is no room for \w+$/u, (topic) => this.#fill(topic)],
    [/^the log comes back without its newest message$/u, () => this.#broker.comeBack({ without: 1 })],
    [/^(\d+) ms pass$/u, (ms) => this.#clock.advance(Number(ms))],
    [/^(\w+) stops reading$/u, (name) => this.#client(name).socket.pause()],
    [/^(\w+) reads on, and hears what there was room for$/u, (name) => this.#readOn(name)],
    [/^(\w+) closes$/u, (name) => this.#leave(name, (client) => client.socket.close())],
    [/^(\w+) is cut off$/u, (name) => this.#leave(name, (client) => client.socket.terminate())],
    [/^(\w+) is closed with (\d+) (.+)$/u, (name, code, reason) => this.#isClosed(name, Number(code), reason)],
  ];

  async perform(line: string): Promise<void> {
    for (const [pattern, act] of this.#lines) {
      const match = pattern.exec(line);
      if (match !== null) return act(...match.slice(1));
    }
    throw new Error(`nobody knows how to do this: ${line}`);
  }

  /** Nothing was heard besides. */
  async end(): Promise<void> {
    for (const client of this.#clients.values()) await client.hearsNothing();
    await this.#drained;
  }

  get #at(): RealHub {
    if (this.#real === undefined) throw new Error('the first line says which hub it is');
    return this.#real;
  }

  async #start(what: string): Promise<void> {
    const options = hubs[what];
    if (options === undefined) throw new Error(`there is no hub that ${what}`);
    this.#real = await startHub(
      typeof options === 'function' ? options({ clock: this.#clock, broker: this.#broker }) : options,
    );
  }

  async #next(name: string): Promise<string> {
    const heard = this.#heard.get(name);
    this.#heard.delete(name);
    return heard ?? this.#client(name).nextText();
  }

  async #fill(topic: string): Promise<void> {
    const { hub } = this.#at;
    while (hub.stats().slowConsumers === 0) await hub.publish(topic, FILLING);
  }

  /** In order, up to the first that is something else. */
  async #readOn(name: string): Promise<void> {
    const client = this.#client(name);
    client.socket.resume();
    for (let offset = 1; ; offset++) {
      const text = await client.nextText();
      const frame = JSON.parse(text) as Frame;
      if (frame['data'] !== FILLING) return void this.#heard.set(name, text);
      expect(frame).toMatchObject({ type: 'message', offset });
    }
  }

  async #open(name: string, path: string, ...protocols: string[]): Promise<void> {
    this.#clients.set(name, await this.#at.open(path, ...protocols));
  }

  #drain(graceMs: number): void {
    this.#drained = this.#at.hub.drain({ graceMs, windowMs: 1_000 });
  }

  async #leave(name: string, how: (client: BareClient) => void): Promise<void> {
    const client = this.#client(name);
    this.#clients.delete(name);
    how(client);
    await client.end();
  }

  async #isClosed(name: string, code: number, reason: string): Promise<void> {
    const client = this.#client(name);
    this.#clients.delete(name);
    const end = await client.end();
    expect(end.code).toBe(code);
    this.#template.matchText(end.reason, reason);
  }

  #client(name: string): BareClient {
    const client = this.#clients.get(name);
    if (client === undefined) throw new Error(`${name} is not there`);
    return client;
  }
}

it('PROTOCOL.md holds whole conversations', () => {
  expect(conversations.length).toBeGreaterThanOrEqual(13);
});

it.each(conversations.map(({ title, lines }) => [title, lines] as const))(
  'the conversation "%s" happens exactly so',
  async (_, lines) => {
    const play = new Play();
    for (const line of lines) await play.perform(line);
    await play.end();
  },
);
