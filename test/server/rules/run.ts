import { seededRandom } from '../../../src/testing/random.ts';
import { at } from './frames.ts';
import { Ledger } from './ledger.ts';
import { ModelBroker } from './modelBroker.ts';
import { ModelClient } from './modelClient.ts';
import { ModelHub, ModelSession, type Operation } from './modelHub.ts';
import { Breach, type RulesInForce } from './rules.ts';

const CLIENTS = 3;
const HUBS = 3;
/** While people publish, and after that, when only the world goes on: what is missing at the end is then seen. */
const LIVELY_STEPS = 150;
const QUIET_STEPS = 100;
const WINDOW_MS = 400;
/** What is under way for longer is lost: heartbeats see to that between client and hub, deadlines between hub and broker. */
const MAX_TRANSIT_MS = 60;
/** Up to the hub, and from there to the broker. */
const MARGIN_MS = 2 * MAX_TRANSIT_MS + 2;
const MAX_WAIT_MS = 160;
/** Steps without faults until everything has to be where it belongs. */
const MAX_STEPS_TO_REST = 20_000;

type Deed = (run: Run) => void;

type WeightedDeed = readonly [name: string, weight: number, deed: Deed];

/** How things go on, and how often beside the others. */
const ordinary: readonly WeightedDeed[] = [
  ['connect', 6, (run) => run.connect(run.anyClient())],
  ['hub reads', 20, (run) => run.anySession()?.read()],
  ['client reads', 20, (run) => run.clientReads(run.anyClient())],
  ['broker works', 16, (run) => run.brokerWorks(run.anyOperation())],
  ['broker answers', 16, (run) => run.brokerAnswers(run.anyOperation())],
  ['hub hears', 20, (run) => run.hubHears(run.anyHub())],
];
/** What can happen beside. */
const eventful: readonly WeightedDeed[] = [
  ...ordinary,
  ['log forgets', 1, (run) => run.broker.forgetOldest()],
  ['cut', 2, (run) => run.cut(run.anyClient())],
  ['leave behind', 2, (run) => run.leaveBehind(run.anyClient())],
  ['lose an answer', 2, (run) => run.loseAnswer(run.anyOperation())],
  ['lose what was told', 1, (run) => run.anyHub().lose()],
  ['leak', 1, (run) => run.leak(run.anyClient())],
  ['dump', 2, (run) => run.broker.dump()],
  ['broker comes back', 1, (run) => run.broker.comeBack()],
  ['hub restarts', 0.5, (run) => run.restart(run.anyHub())],
  ['subscribe again', 2, (run) => run.anyClient().subscribe()],
  ['wait', 1, (run) => run.wait()],
];
const lively: readonly WeightedDeed[] = [...eventful, ['publish', 8, (run) => run.anyClient().publish()]];

/** One run from one seed: chance decides what happens next; every step is checked where it happens. */
export class Run {
  readonly broker: ModelBroker;
  readonly operations = new Set<Operation>();
  readonly rules: RulesInForce;
  readonly ledger: Ledger;
  readonly maxRetryAgeMs = WINDOW_MS - MARGIN_MS;
  nowMs = 0;
  readonly steps: string[] = [];
  readonly #clients: readonly ModelClient[];
  readonly #hubs: ModelHub[];
  readonly #random: () => number;

  constructor(seed: number, rules: RulesInForce) {
    this.#random = seededRandom(seed);
    this.rules = rules;
    this.ledger = new Ledger((message) => this.#clients[message.publisher]?.isGivenUp(message) ?? false);
    this.broker = new ModelBroker(rules, this.ledger, WINDOW_MS, (told) =>
      this.#hubs.forEach(({ feed }) => feed.push(told)),
    );
    this.#clients = Array.from({ length: CLIENTS }, (_, number) => new ModelClient(number, this));
    this.#hubs = Array.from({ length: HUBS }, () => new ModelHub(this, 0));
  }

  /** Throws a {@link Breach}. */
  play(): void {
    for (let i = 0; i < LIVELY_STEPS + QUIET_STEPS; i++) {
      this.#step(i < LIVELY_STEPS ? lively : eventful);
      this.#passTime(1);
    }
    this.#comeToRest();
    this.#checkAtRest();
    for (const client of this.#clients) client.publish();
    this.#comeToRest();
    this.#checkEnd();
  }

  brokerTop() {
    return this.broker.position;
  }

  anyClient(): ModelClient {
    return this.#pick(this.#clients) as ModelClient;
  }

  anyHub(): ModelHub {
    return this.#pick(this.#hubs) as ModelHub;
  }

  anySession(): ModelSession | undefined {
    return this.#pick(this.#hubs.flatMap(({ sessions }) => [...sessions]));
  }

  anyOperation(): Operation | undefined {
    return this.#pick([...this.operations]);
  }

  connect(client: ModelClient): void {
    if (client.link === undefined) client.connect(new ModelSession(this.anyHub()));
  }

  clientReads(client: ModelClient): void {
    const frame = client.link?.down.shift();
    if (frame !== undefined) client.hear(frame);
  }

  brokerWorks(operation: Operation | undefined): void {
    if (operation === undefined || operation.answer !== undefined) return;
    if (operation.type === 'read') operation.answer = this.broker.read(operation.sub.since);
    else {
      const { message, generation, seenTop } = operation;
      operation.answer = this.broker.publish(message, generation, seenTop, this.nowMs);
    }
  }

  brokerAnswers(operation: Operation | undefined): void {
    if (operation?.answer === undefined) return;
    this.operations.delete(operation);
    if (!operation.session.isGone) operation.session.settle(operation);
  }

  hubHears(hub: ModelHub): void {
    const told = hub.feed.shift();
    if (told !== undefined) hub.hear(told);
  }

  /** Both ends know at once. */
  cut(client: ModelClient): void {
    if (client.link !== undefined) this.#end(client.link);
    client.link = undefined;
  }

  /** The client has gone; the hub does not know yet, and reads what was under way. */
  leaveBehind(client: ModelClient): void {
    client.link = undefined;
  }

  /** Done or not, nobody will know. */
  loseAnswer(operation: Operation | undefined): void {
    if (operation !== undefined) operation.answer = 'lost';
  }

  leak(client: ModelClient): void {
    const { link } = client;
    if (link?.down[0]?.type !== 'message') return;
    link.down.shift();
    link.hasLeaked = true;
  }

  restart(hub: ModelHub): void {
    for (const session of hub.sessions) this.#end(session);
    this.#hubs[this.#hubs.indexOf(hub)] = new ModelHub(this, this.broker.generation);
  }

  wait(): void {
    this.#passTime(Math.ceil(this.#random() * MAX_WAIT_MS));
  }

  #end(session: ModelSession): void {
    session.isGone = true;
    session.hub.sessions.delete(session);
    for (const client of this.#clients) if (client.link === session) client.link = undefined;
  }

  #passTime(ms: number): void {
    this.nowMs += ms;
    const isOverdue = (sinceMs: number) => this.nowMs - sinceMs > MAX_TRANSIT_MS;
    for (const { sessions } of this.#hubs) {
      for (const session of sessions)
        if (session.up[0] !== undefined && isOverdue(session.up[0].sentMs)) this.#end(session);
    }
    for (const operation of this.operations) {
      if (operation.answer === undefined && isOverdue(operation.sinceMs)) operation.answer = 'lost';
    }
  }

  /** No more faults, and time stands still: everybody comes, and everything under way arrives, in whatever order. */
  #comeToRest(): void {
    for (let i = 0; i < MAX_STEPS_TO_REST; i++) {
      if (this.#isAtRest) return;
      this.#step(ordinary);
    }
    throw new Breach('liveness', `not at rest after ${MAX_STEPS_TO_REST} steps without a fault`);
  }

  get #isAtRest(): boolean {
    if (this.operations.size > 0) return false;
    for (const { link } of this.#clients) if (link === undefined || link.down.length > 0) return false;
    for (const { feed, sessions } of this.#hubs) {
      if (feed.length > 0) return false;
      for (const { up } of sessions) if (up.length > 0) return false;
    }
    return true;
  }

  /** Who has missed something that nobody can know of yet is behind; nobody else is. */
  #checkAtRest(): void {
    for (const client of this.#clients) {
      const { link } = client;
      if (link === undefined || link.hasLeaked || link.sub?.hasMissed !== false) continue;
      this.#checkPosition('P9', client);
    }
  }

  #checkEnd(): void {
    for (const client of this.#clients) {
      if (client.unacknowledged > 0) throw new Breach('P4', `${client.unacknowledged} messages have no outcome`);
      this.#checkPosition('P9', client);
    }
  }

  #checkPosition(invariant: string, { number, position, link }: ModelClient): void {
    const top = this.broker.position;
    if (position?.epoch === top.epoch && position.offset === top.offset) return;
    const there = position === undefined ? 'nowhere' : `at ${at(position)}`;
    throw new Breach(
      invariant,
      `client ${number} (${link?.sub === undefined ? 'not ' : ''}subscribed) rests ${there}, the log at ${at(top)}`,
    );
  }

  #step(deeds: readonly WeightedDeed[]): void {
    let left = this.#random() * deeds.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight, deed] of deeds) {
      left -= weight;
      if (left >= 0) continue;
      this.steps.push(name);
      return deed(this);
    }
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }
}
