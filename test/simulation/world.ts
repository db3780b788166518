import {
  createConnection,
  isConnectionError,
  type Connection,
  type ConnectionOptions,
  type RawData,
} from '../../src/index.ts';
import { SUBPROTOCOL } from '../../src/protocol/topicFrames.ts';
import { nthSeed, seededRandom } from '../../src/testing/random.ts';
import {
  createSimulatedNetwork,
  SimulatedClock,
  type FakeSocket,
  type SimulatedNetwork,
  type SimulatedPeer,
} from '../../src/testing/index.ts';
import type { Breach, PromiseName } from './breach.ts';
import { connectionOptions } from './connectionOptions.ts';
import { Invariants } from './invariants.ts';
import { MessageLedger, numberOf, type Manner } from './messageLedger.ts';
import { observedSockets } from './observedSocket.ts';
import { Page } from './page.ts';
import type { Reaction } from './scenario.ts';
import type { Schedule } from './schedule.ts';
import { repeat, say } from './serverHabits.ts';
import { authFrame, createSite, serverKinds } from './servers.ts';

type Greeting = Parameters<NonNullable<ConnectionOptions<unknown, unknown>['greet']>>[0];

const URL = 'ws://server.test/live';
/** When a run begins. Unit ms. */
const START = 1_000;

/** What is in a run: a connection, the page it lives in, the network, the server, and those who look after the promises. */
export class World {
  readonly clock = new SimulatedClock(START);
  readonly page: Page;
  readonly network: SimulatedNetwork;
  /** Every peer of the server, also of sockets that are gone. */
  readonly peers: SimulatedPeer[] = [];
  readonly connection: Connection<unknown, unknown>;
  readonly messages: MessageLedger;
  readonly invariants: Invariants;
  readonly schedule: Schedule;
  /** Everything worth telling, in order: the same schedule gives the same lines. */
  readonly trace: string[] = [];
  readonly breaches: Breach[] = [];
  isDisposed = false;
  /** Nothing goes wrong any more. */
  isCalm = false;
  /** The server does not say anything. */
  isHushed = false;
  readonly #pending = new Set<Promise<unknown>>();
  /** Something in the run is made of promises. */
  readonly #isAsync: boolean;
  /** What sockets have taken and send none of, for now. Unit bytes. */
  readonly #clogged = new Map<FakeSocket, number>();
  #clogs = 0;
  #reentries: number;
  #credentials = 0;
  #greetings = 0;

  constructor(schedule: Schedule) {
    const { scenario, seed } = schedule;
    this.schedule = schedule;
    this.#isAsync = scenario.provider !== null || scenario.isAuthenticating || scenario.greeting !== 'none';
    this.#reentries = scenario.reentries;
    this.page = new Page(this.clock, () => this.invariants.check());
    this.messages = new MessageLedger(this.complain, this.page, scenario.confirm !== 'none');
    this.invariants = new Invariants(scenario, this.page, this.messages, this.complain, this.log);
    this.network = createSimulatedNetwork({
      clock: this.clock,
      latencyMs: scenario.latencyMs,
      hasPing: scenario.hasPing,
      seed: nthSeed(seed, 2),
      ...(scenario.line === null ? {} : { line: scenario.line }),
    });
    this.#serve();
    const chance = seededRandom(nthSeed(seed, 4));
    this.connection = createConnection<unknown, unknown>({
      ...connectionOptions(scenario),
      url: scenario.provider === null ? URL : () => this.#address(),
      ...(scenario.isAuthenticating ? { authenticate: () => this.#credential() } : {}),
      ...(scenario.greeting === 'none' ? {} : { greet: (greeting: Greeting) => this.#greet(greeting) }),
      WebSocket: observedSockets(this.network.WebSocket, this.page, this.invariants, (...taken) =>
        this.#taking(...taken),
      ),
      clock: this.page.clock,
      environment: this.page.environment,
      random: () => this.invariants.drew(chance()),
    });
    this.invariants.connection = this.connection;
    this.#listen();
  }

  /** Unit ms from the beginning. */
  get atMs(): number {
    return this.clock.now() - START;
  }

  readonly log = (text: string): void => {
    this.trace.push(`${this.atMs} ${text}`);
  };

  readonly complain = (promise: PromiseName, what: string): void => {
    this.log(`✗ ${promise}: ${what}`);
    this.breaches.push({ promise, what, atMs: this.atMs });
  };

  /** Lets time pass. Promises get their turn where something in the run is made of them. Unit ms. */
  async pass(ms: number): Promise<void> {
    if (this.#isAsync) await this.clock.advanceAsync(ms);
    else this.clock.advance(ms);
  }

  /** Sends a message now. The result is its number. */
  send(manner: Manner, options: { ttlMs?: number; key?: string; queue?: false } = {}): number {
    const { messages, connection, invariants } = this;
    invariants.silence.looked();
    const message = messages.compose(manner);
    const given = this.schedule.scenario.codec === 'raw' ? JSON.stringify(message) : message;
    const { queue, ...others } = options;
    if (manner.by === 'send') messages.disposed(message.n, connection.send(given, options), queue !== false);
    else if (manner.by === 'deliver')
      this.await(connection.deliver(given, others).then((delivery) => messages.delivered(message.n, delivery)));
    else
      connection.actor.send({
        type: 'client.send',
        message: given,
        ...others,
        ...(queue === undefined ? {} : { queue }),
      });
    return message.n;
  }

  /** A promise that has to settle before the run is over. */
  await(promise: Promise<unknown>): void {
    this.#pending.add(promise);
    void promise.then(() => this.#pending.delete(promise));
  }

  /** Whether all of them have settled, once they have had their turn. */
  async hasSettled(): Promise<boolean> {
    for (let turn = 0; turn < 32 && this.#pending.size > 0; turn++) await Promise.resolve();
    return this.#pending.size === 0;
  }

  /** From now on sockets take what they get and send none of it. */
  clog(): void {
    this.#clogs++;
  }

  unclog(): void {
    if (--this.#clogs > 0) return;
    for (const [socket, bytes] of this.#clogged) socket.bufferedAmount -= bytes;
    this.#clogged.clear();
  }

  /** For so long, what is sent on the present sockets is lost. Unit ms. */
  darken(direction: 'toServer' | 'both', forMs: number): void {
    this.invariants.silence.harmed(forMs);
    if (!this.isCalm) this.network.inject({ type: 'blackhole', direction, on: 'existing', forMs });
  }

  /** For so long, the server says something so often to whoever is there. Unit ms. */
  talkOn(everyMs: number, forMs: number): void {
    const until = this.clock.now() + forMs;
    for (const peer of this.peers.filter(({ isOpen }) => isOpen)) {
      repeat(peer, this, {
        nextMs: () => (!this.isCalm && this.clock.now() < until ? everyMs : undefined),
        act: () => say(peer, { type: 'tick' }),
      });
    }
  }

  dispose(): void {
    this.connection.dispose();
    this.isDisposed = true;
    this.invariants.isStopped = true;
    this.invariants.checkDisposed();
  }

  #taking(socket: FakeSocket, data: RawData): void {
    if (this.#clogs > 0) {
      const bytes = typeof data === 'string' ? data.length : 0;
      socket.bufferedAmount += bytes;
      this.#clogged.set(socket, (this.#clogged.get(socket) ?? 0) + bytes);
    }
    if (numberOf(data) === undefined || this.#reentries <= 0) return;
    // Once it is open and nothing is held, a message goes out at once: also from within the one before.
    if (this.connection.isConnected && this.connection.stats().outbox.messages === 0) return;
    this.#reentries--;
    this.command('send');
  }

  #serve(): void {
    const { scenario, seed } = this.schedule;
    const site = createSite(this.clock, seededRandom(nthSeed(seed, 3)));
    this.network.serve(URL, (peer) => {
      const nth = this.peers.push(peer);
      peer.onMessage((data) => this.messages.arrived(peer, nth, data));
      if (scenario.isHub) say(peer, { type: 'hello' });
      const send = peer.send.bind(peer);
      peer.send = (data) => {
        if (!this.isHushed) send(data);
      };
      let isAnswering = true;
      Object.defineProperty(peer, 'answersPings', {
        get: () => isAnswering && !this.isHushed,
        set: (is: boolean) => (isAnswering = is),
      });
      serverKinds[scenario.server].behave(peer, site);
      return scenario.isHub ? SUBPROTOCOL : undefined;
    });
  }

  /** What the provider of the address answers this time. */
  #address(): string | Promise<string> {
    const { provider, connectTimeoutMs } = this.schedule.scenario;
    const nth = this.invariants.asked();
    const address = `${URL}?answer=${nth}`;
    const habit = this.isCalm ? 'prompt' : provider?.[nth % provider.length];
    if (habit === 'failing') throw new Error('no address is to be had');
    if (habit === 'prompt') return address;
    const delayMs = habit === 'late' ? connectTimeoutMs + 500 : 50;
    return new Promise((resolve) => this.clock.setTimeout(() => this.page.task(() => resolve(address)), delayMs));
  }

  /** A fresh one at every attempt. */
  async #credential(): Promise<string> {
    this.invariants.askedForCredential();
    await Promise.resolve();
    return `credential ${++this.#credentials}`;
  }

  async #greet({ send, receive, credential }: Greeting): Promise<void> {
    const { isAuthenticating, greeting, canGreetingFail, codec } = this.schedule.scenario;
    if (isAuthenticating && credential !== `credential ${this.#credentials}`)
      this.complain('other', `greet is given ${String(credential)}, the newest is ${this.#credentials}`);
    if (canGreetingFail && !this.isCalm && ++this.#greetings % 3 === 0) throw new Error('they were not at home');
    send(codec === 'raw' ? JSON.stringify(authFrame) : authFrame);
    if (greeting === 'asks') await receive();
  }

  #listen(): void {
    const { connection, invariants, messages } = this;
    connection.on('state', (event) => invariants.stateTold(event));
    this.watchSteps();
    connection.on('retrying', (event) => invariants.retries.planned(event, connection.getSnapshot()));
    connection.on('outcome', (event) => {
      this.log(`message ${numberOf(event.message)} is ${event.outcome} (${event.reason ?? 'no reason'})`);
      messages.told(event);
    });
    connection.on('warned', ({ code }) => {
      this.log(`warned: ${code}`);
      invariants.silence.warned(code);
      if (code === 'unconfirmable') messages.unconfirmable();
    });
    connection.on('failed', ({ error }) => invariants.failureTold(error, connection.getSnapshot()));
    connection.onMessage(() => invariants.messageHeard());
    for (const reaction of this.schedule.scenario.reactions) this.#react(reaction);
  }

  /** What a promise has led to is no turn of the page. An actor that is revived has lost its observers. */
  watchSteps(): void {
    if (this.#isAsync) this.connection.subscribe(() => queueMicrotask(() => this.invariants.check()));
  }

  #react({ on, call, times }: Reaction): void {
    let left = times;
    this.connection.on(on, () => {
      if (left-- <= 0 || this.isCalm || this.isDisposed) return;
      this.log(`◂ ${on}: ${call}`);
      try {
        this.command(call);
      } catch (error) {
        this.complain('other', `${call} in a listener of ${on} threw ${String(error)}`);
      }
    });
  }

  /** A call of the public face. */
  command(call: Reaction['call'], code?: number, reason?: string): void {
    const { connection, invariants } = this;
    switch (call) {
      case 'send':
        return void this.send({ by: 'send', bytes: 0, ttlMs: this.schedule.scenario.outbox.ttlMs || undefined });
      case 'disconnect':
        invariants.hungUp();
        return connection.disconnect(code, reason);
      default:
        invariants.commanded(call);
        connection[call]();
    }
  }

  /** Waits for `open` as an application would. */
  awaitOpen(): void {
    const opened = this.connection.opened().catch((error: unknown) => {
      if (!isConnectionError(error)) this.complain('other', `opened() rejected with ${String(error)}`);
    });
    this.await(opened);
  }
}
