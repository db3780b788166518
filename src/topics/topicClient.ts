import { createConnection, type Connection } from '../client/connection.ts';
import { ConnectionError, invalidOption } from '../client/errors.ts';
import { speakOn } from '../client/line.ts';
import { Listeners } from '../client/listeners.ts';
import type { ConnectionOptions, Provider } from '../client/options.ts';
import type { Line } from '../client/speaker.ts';
import { utf8Length } from '../protocol/codec.ts';
import { SUBPROTOCOL, type Position } from '../protocol/topicFrames.ts';
import { Listening } from './listening.ts';
import { PublishLedger } from './publishLedger.ts';
import { randomId } from './randomId.ts';
import { TopicDialogue, WITHOUT_ACKS } from './topicDialogue.ts';
import type { Published, TopicClient, TopicClientOptions, TopicMap, TopicStatus } from './types.ts';
import { validateClient, validatePublish, validateSubscribe, validateTopic } from './validate.ts';

/** Of its options. */
export const topicDefaults = { maxPublishes: 1_024, maxPublishBytes: 1024 * 1024 } as const;
const idle: TopicStatus = { state: 'idle', gap: undefined, denial: undefined };

/** A connection that is made for its topics, and what is said of them. */
export type TopicConnectionOptions = TopicClientOptions & Omit<ConnectionOptions, 'url'>;

const clients = new WeakMap<Connection, TopicClient>();

/**
 * Topics over a connection: every message once and in order, or a gap that is told; publishes that enter the log once.
 * Over a connection that offers `topics.v1+json` among its `protocols`, before it dials; or over one that is made from a URL
 * and options, and dials when the first topic is wanted. A server that does not agree is spoken to as people do:
 * `guarantee` says so.
 * Throws a ConnectionError `'invalid-option'`, also where the connection has a topic client already: see {@link topicClientOf}.
 */
export function createTopicClient<Topics extends TopicMap = Record<string, any>>(
  connection: Connection,
  options?: TopicClientOptions,
): TopicClient<Topics>;
export function createTopicClient<Topics extends TopicMap = Record<string, any>>(
  url: Provider<string | URL>,
  options?: TopicConnectionOptions,
): TopicClient<Topics>;
export function createTopicClient(
  target: Connection | Provider<string | URL>,
  options: TopicConnectionOptions = {},
): TopicClient {
  const { maxPublishes, maxPublishBytes, topicOf, dataOf, ...forConnection } = options;
  const own = { maxPublishes, maxPublishBytes, topicOf, dataOf };
  validateClient(own);
  if (!isConnection(target)) {
    const protocols = offering(forConnection.protocols);
    return makeClient(createConnection({ ...forConnection, url: target, protocols }), own, true);
  }
  const [extra] = Object.keys(forConnection);
  if (extra !== undefined)
    throw new ConnectionError(
      'invalid-option',
      `${extra}: is an option of the connection; give it to createConnection`,
    );
  return makeClient(target, own, false);
}

/** The topic client of a connection: the one that was made for it, or a new one. Throws like {@link createTopicClient}. */
export function topicClientOf<Topics extends TopicMap = Record<string, any>>(
  connection: Connection,
): TopicClient<Topics> {
  return (clients.get(connection) ?? makeClient(connection, {}, false)) as TopicClient<Topics>;
}

function makeClient(connection: Connection, options: TopicClientOptions, isOurs: boolean): TopicClient {
  let made: TopicClient | undefined;
  speakOn(connection, (line) => {
    const maker = new ClientMaker(connection, line, options, isOurs);
    made = maker.face;
    return maker.speaker;
  });
  const client = made as TopicClient;
  clients.set(connection, client);
  return client;
}

/** What a topic client is made of. */
class ClientMaker {
  readonly face: TopicClient;
  readonly speaker;
  readonly #connection: Connection;
  readonly #line: Line;
  readonly #isOurs: boolean;
  readonly #ledger: PublishLedger;
  readonly #dialogue: TopicDialogue;
  readonly #statusListeners = new Map<string, Listeners<TopicStatus>>();
  #isDisposed = false;

  constructor(connection: Connection, line: Line, options: TopicClientOptions, isOurs: boolean) {
    this.#connection = connection;
    this.#line = line;
    this.#isOurs = isOurs;
    const { maxPublishes = topicDefaults.maxPublishes, maxPublishBytes = topicDefaults.maxPublishBytes } = options;
    this.#ledger = new PublishLedger(line, { messages: maxPublishes, bytes: maxPublishBytes });
    const dialogue = new TopicDialogue({
      line,
      ledger: this.#ledger,
      secret: randomId(line.random),
      options,
      changed: ({ topic, status }) => this.#statusListeners.get(topic)?.call(status, undefined),
    });
    this.#dialogue = dialogue;
    this.speaker = {
      opened: dialogue.opened.bind(dialogue),
      greeted: dialogue.greeted.bind(dialogue),
      ready: dialogue.ready.bind(dialogue),
      lost: dialogue.lost.bind(dialogue),
      take: dialogue.take.bind(dialogue),
      closed: () =>
        this.#ledger.settleAll('closed', 'disconnected', 'disconnect() was called before the publish was acknowledged'),
      disposed: () => this.#dispose(),
    };
    this.face = {
      subscribe: (topic, listener, given) => this.#subscribe(topic, listener, given),
      publish: (topic, data, given) => {
        const published = this.#publish(topic, data, given);
        // Nobody has to wait for it: what becomes of it is an outcome of the connection, too.
        published.catch(() => undefined);
        return published;
      },
      positions: () => this.#positions(),
      get guarantee() {
        return dialogue.guarantee;
      },
      connection,
      status: (topic) => dialogue.feed(topic)?.status ?? idle,
      onStatus: (topic, listener) => this.#onStatus(topic, listener),
      dispose: () => this.#dispose(),
    };
  }

  #subscribe(
    ...[topic, listener, options = {}]: Parameters<TopicClient['subscribe']>
  ): ReturnType<TopicClient['subscribe']> {
    validateTopic(topic);
    validateSubscribe(listener, options);
    this.#checkAlive();
    const listening = new Listening(listener, options);
    const feed = this.#dialogue.open(topic);
    feed.add(listening);
    this.#dial();
    let isOver = false;
    return {
      get state() {
        return isOver ? 'idle' : feed.status.state;
      },
      get position() {
        return listening.position;
      },
      unsubscribe: () => {
        if (isOver) return;
        isOver = true;
        if (!feed.delete(listening)) this.#dialogue.close(feed);
      },
    };
  }

  async #publish(...[topic, data, options = {}]: Parameters<TopicClient['publish']>): Promise<Published> {
    validateTopic(topic);
    validatePublish(options);
    this.#checkAlive();
    const { id = randomId(this.#line.random), ttlMs = Infinity } = options;
    const text = frameText(topic, id, data);
    const { state } = this.#connection;
    const reject = (code: 'closed' | 'unavailable', reason: string, message: string): never => {
      this.#line.settle('rejected', { type: 'publish', topic, id, data: data as unknown }, reason);
      throw new ConnectionError(code, message);
    };
    if (state === 'closed' || state === 'failed')
      return reject('closed', state, 'the connection is closed or has failed; call connect() first');
    if (this.#dialogue.isPlain) return reject('unavailable', 'best-effort', WITHOUT_ACKS);
    this.#dial();
    const dueAt = ttlMs === Infinity ? Infinity : this.#line.now() + ttlMs;
    return new Promise((resolve, refuse) => {
      this.#ledger.add({ id, topic, data, text, bytes: utf8Length(text), dueAt, resolve, reject: refuse });
    });
  }

  #positions(): Record<string, Position> {
    const places = [...this.#dialogue.feeds].flatMap(({ topic, position }) =>
      position === undefined ? [] : [[topic, position] as const],
    );
    return Object.fromEntries(places);
  }

  #onStatus(topic: string, listener: (status: TopicStatus) => void): () => void {
    let listeners = this.#statusListeners.get(topic);
    if (listeners === undefined) this.#statusListeners.set(topic, (listeners = new Listeners()));
    const mine = listeners;
    const stop = mine.add(listener);
    return () => {
      stop();
      if (mine.isEmpty && this.#statusListeners.get(topic) === mine) this.#statusListeners.delete(topic);
    };
  }

  /** A connection of ours is there for its topics alone. */
  #dial(): void {
    if (this.#isOurs && this.#connection.state === 'idle') this.#connection.connect();
  }

  #checkAlive(): void {
    if (this.#isDisposed || this.#line.isOver())
      throw new ConnectionError(
        'disposed',
        'this topic client, or its connection, has been disposed of; make a new one',
      );
  }

  #dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    for (const feed of [...this.#dialogue.feeds]) {
      feed.end();
      this.#dialogue.close(feed);
    }
    this.#ledger.settleAll(
      'disposed',
      'disposed',
      'the topic client was disposed of before the publish was acknowledged',
    );
    this.#line.leave();
    clients.delete(this.#connection);
    if (this.#isOurs) this.#connection.dispose();
  }
}

/** Data as JSON, around which nothing is parsed again. */
function frameText(topic: string, id: string, data: unknown): string {
  const json = jsonOf(data);
  if (json === undefined) throw invalidOption('data', 'something that JSON can hold', data);
  return `{"type":"publish","topic":${JSON.stringify(topic)},"id":${JSON.stringify(id)},"data":${json}}`;
}

function jsonOf(data: unknown): string | undefined {
  try {
    return JSON.stringify(data);
  } catch (cause) {
    throw new ConnectionError('invalid-option', 'data: has to be something that JSON can hold; see cause', { cause });
  }
}

function isConnection(target: unknown): target is Connection {
  return typeof target === 'object' && target !== null && 'onMessage' in target;
}

type Protocols = string | string[] | undefined;

/** Ours first, then those of the application: where browsers put a token. */
function offering(protocols: Provider<Protocols>): Provider<Protocols> {
  const withOurs = (given: Protocols): string[] => [
    SUBPROTOCOL,
    ...[given ?? []].flat().filter((name) => name !== SUBPROTOCOL),
  ];
  if (typeof protocols !== 'function') return withOurs(protocols);
  return (attempt) => {
    const given = protocols(attempt);
    return given instanceof Promise ? given.then(withOurs) : withOurs(given);
  };
}
