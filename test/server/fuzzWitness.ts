import { once } from 'node:events';
import { WebSocket } from 'ws';
import { SUBPROTOCOL, type Hub } from '../../src/server/index.ts';
import { Inbox, within } from '../fixtures/events.ts';

const TOPIC = 'witness';

type Frame = Readonly<Record<string, unknown>>;

/** Two who listen to one topic while others do what they want, one in each mode: both hear every message once and in order. */
export class Witnesses {
  /** The longest of all waits. Unit ms. */
  longestMs = 0;
  rounds = 0;
  readonly #hub: Hub;
  readonly #topics: Line;
  readonly #basic: Line;
  #count = 0;

  private constructor(hub: Hub, topics: Line, basic: Line) {
    this.#hub = hub;
    this.#topics = topics;
    this.#basic = basic;
  }

  static async open(hub: Hub, url: (clientId: string) => string): Promise<Witnesses> {
    const topics = await openLine(url('witness-topics'), [SUBPROTOCOL]);
    const basic = await openLine(url('witness-basic'), []);
    for (const { socket } of [topics, basic]) socket.send(JSON.stringify({ type: 'subscribe', topic: TOPIC }));
    await topics.next('hello');
    await topics.next('subscribed');
    basic.socket.send('{"type":"ping"}');
    await basic.next('pong');
    return new Witnesses(hub, topics, basic);
  }

  /** One of them publishes, and so does the hub: both hear both. */
  async round(): Promise<void> {
    const startedAt = performance.now();
    this.#topics.socket.send(
      JSON.stringify({ type: 'publish', topic: TOPIC, data: { n: this.#count + 1 }, id: `n${this.#count + 1}` }),
    );
    const answers = [await this.#topics.read(), await this.#topics.read()];
    const isAcked = answers.some(({ type, offset }) => type === 'ack' && offset === this.#count + 1);
    if (!isAcked) throw new Error(`no ack: ${JSON.stringify(answers)}`);
    await this.#heard(answers.find(({ type }) => type === 'message'));
    await this.#hub.publish(TOPIC, { n: this.#count + 1 });
    await this.#heard(await this.#topics.read());
    this.longestMs = Math.max(this.longestMs, performance.now() - startedAt);
    this.rounds++;
  }

  async leave(): Promise<void> {
    for (const { socket, inbox } of [this.#topics, this.#basic]) {
      if (inbox.unread.length > 0) throw new Error(`a witness heard more than was said: ${inbox.unread.join(' ')}`);
      socket.close();
      await within('the end of a witness', once(socket, 'close'));
    }
  }

  async #heard(message: Frame | undefined): Promise<void> {
    const n = ++this.#count;
    const { offset, data } = (message ?? {}) as { readonly offset?: unknown; readonly data?: { readonly n?: unknown } };
    if (offset !== n || data?.n !== n) throw new Error(`message ${n} in topics.v1+json: ${JSON.stringify(message)}`);
    const plain = await this.#basic.read();
    if (plain['n'] !== n) throw new Error(`message ${n} in basic mode: ${JSON.stringify(plain)}`);
  }
}

class Line {
  readonly socket: WebSocket;
  readonly inbox = new Inbox<string>('message of a witness');

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => this.inbox.put(data.toString()));
  }

  async read(): Promise<Frame> {
    return JSON.parse(await this.inbox.next()) as Frame;
  }

  async next(type: string): Promise<void> {
    const frame = await this.read();
    if (frame['type'] !== type) throw new Error(`${type} was awaited, and not ${JSON.stringify(frame)}`);
  }
}

async function openLine(url: string, protocols: string[]): Promise<Line> {
  const line = new Line(new WebSocket(url, protocols, { perMessageDeflate: false }));
  await within('the witness', once(line.socket, 'open'));
  return line;
}
