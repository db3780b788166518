import type { ConnectionEvents, Delivery, Disposition, Outcome, RawData } from '../../src/index.ts';
import type { FakeSocket, SimulatedPeer } from '../../src/testing/index.ts';
import type { Complain } from './breach.ts';
import type { Moment, Page } from './page.ts';
import { messageOf } from './servers.ts';

/** How a message is sent. */
export interface Manner {
  readonly by: 'send' | 'deliver' | 'client.send';
  readonly bytes: number;
  readonly ttlMs: number | undefined;
}

/** All that is known of one message. */
interface Entry extends Manner {
  readonly n: number;
  /** Its ttl counts from here, sleep and all. */
  readonly since: Moment;
  disposition: Disposition | undefined;
  /** Told by the event `outcome`. */
  readonly told: Outcome[];
  delivery: Outcome | undefined;
  /** Sockets that took it, by their number. */
  readonly tookBy: number[];
  /** How many servers' ends of sockets it has come to. */
  arrivals: number;
}

type Sent = ReturnType<typeof messageOf> & { readonly pad?: string };

/** What rounding may change. Unit ms. */
const EPSILON_MS = 1e-3;
/** Times a message is handed over without being confirmed, at most. */
const MAX_HAND_OVERS = 5;

/** Outcomes of messages that never were on a socket. */
const neverOut: ReadonlySet<Outcome> = new Set(['dropped', 'expired', 'rejected']);

/** The books of all messages: P4, one outcome each and the right one, and P5, their order. */
export class MessageLedger {
  readonly #entries: Entry[] = [];
  readonly #lastOn = new Map<object, number>();
  readonly #complain: Complain;
  readonly #page: Page;
  readonly #isConfirming: boolean;
  readonly #blameless = new Set<number>();
  /** Sockets that the client has let go of before it had heard of their end. */
  readonly #left = new Set<number>();
  #newestOut = -1;
  #newestIn = -1;
  #newestPeer = -1;
  #isUnconfirmable = false;

  constructor(complain: Complain, page: Page, isConfirming: boolean) {
    this.#complain = complain;
    this.#page = page;
    this.#isConfirming = isConfirming;
  }

  get count(): number {
    return this.#entries.length;
  }

  /** A new message, before it is sent. */
  compose(manner: Manner): Sent {
    const n = this.#entries.length;
    this.#entries.push({
      ...manner,
      n,
      since: this.#page.moment(),
      disposition: undefined,
      told: [],
      delivery: undefined,
      tookBy: [],
      arrivals: 0,
    });
    return manner.bytes === 0 ? messageOf(n) : { ...messageOf(n), pad: 'x'.repeat(manner.bytes) };
  }

  /** The peer is found not to confirm anything: from here on `sent` is all that can be said. */
  unconfirmable(): void {
    this.#isUnconfirmable = true;
  }

  /** What `send()` said. `isKept`: it may wait, and with `confirm` has to be confirmed. */
  disposed(n: number, disposition: Disposition, isKept: boolean): void {
    const entry = this.#entry(n);
    entry.disposition = disposition;
    if (disposition === 'sent' && entry.tookBy.length === 0)
      this.#complain('P4', `send() said that message ${n} was sent, and no socket took it`);
    if (disposition === 'sent' && isKept && this.#isConfirming)
      this.#complain('P4', `send() said that message ${n} was sent, where it has to be confirmed`);
  }

  delivered(n: number, { outcome }: Delivery): void {
    const entry = this.#entry(n);
    if (entry.delivery !== undefined) this.#complain('P4', `deliver() of message ${n} resolved twice`);
    entry.delivery = outcome;
  }

  told({ outcome, message }: ConnectionEvents['outcome']): void {
    const entry = this.#entry(numberOf(message) ?? -1);
    const { n, told, tookBy, arrivals, since, ttlMs = Infinity, disposition } = entry;
    told.push(outcome);
    if (told.length > 1) this.#complain('P4', `message ${n} has more than one outcome: ${told.join(', ')}`);
    if (disposition === 'sent') this.#complain('P4', `message ${n} was sent, and then ${outcome}`);
    if (neverOut.has(outcome) && tookBy.length > 0)
      this.#complain('P4', `message ${n} is ${outcome}, and a socket took it`);
    const { mostMs } = this.#page.since(since);
    if (outcome === 'expired' && mostMs < ttlMs - EPSILON_MS)
      this.#complain('P4', `message ${n} is expired ${ttlMs - mostMs} ms too early`);
    if (outcome === 'sent' && tookBy.length === 0)
      this.#complain('P4', `message ${n} is told to be sent, and no socket took it`);
    if (outcome === 'sent' && this.#isConfirming && !this.#isUnconfirmable)
      this.#complain('P4', `message ${n} is only said to be sent, and has to be confirmed`);
    if (outcome === 'confirmed' && arrivals === 0)
      this.#complain('P4', `message ${n} is confirmed, and came to no server`);
    if (outcome === 'uncertain' && tookBy.length === 0)
      this.#complain('P4', `message ${n} is uncertain, and no socket took it`);
  }

  /** A socket is about to take a frame. */
  handedOver(socket: FakeSocket, nth: number, data: RawData): void {
    const n = numberOf(data);
    if (n === undefined) return;
    const { told, tookBy, since, ttlMs = Infinity } = this.#entry(n);
    if (told.length > 0) this.#complain('P4', `message ${n} goes out, and is ${told.join()} already`);
    const { leastMs } = this.#page.since(since);
    if (leastMs >= ttlMs + EPSILON_MS)
      this.#complain('P4', `message ${n} goes out ${leastMs - ttlMs} ms after its ttl`);
    if (tookBy.length > 0 && !this.#isConfirming) this.#complain('P4', `message ${n} goes out a second time`);
    if (tookBy.filter((taken) => !this.#blameless.has(taken)).length >= MAX_HAND_OVERS)
      this.#complain('P4', `message ${n} goes out more than ${MAX_HAND_OVERS} times`);
    if (tookBy.includes(nth)) this.#complain('P4', `message ${n} goes out twice on one socket`);
    this.#inOrder(socket, n, 'goes out');
    if (tookBy.length === 0) {
      if (n < this.#newestOut) this.#complain('P5', `message ${n} goes out after ${this.#newestOut}`);
      this.#newestOut = Math.max(this.#newestOut, n);
    }
    tookBy.push(nth);
  }

  /** A socket has ended since it was too much for the peer: no message is to blame. */
  blameless(nth: number): void {
    this.#blameless.add(nth);
  }

  /** What the client has let go of before its end may still be on its way, and come behind what the next one brings. */
  left(nth: number): void {
    this.#left.add(nth);
  }

  /** A frame has come to a server, on the `nth` socket that has reached it. */
  arrived(peer: SimulatedPeer, nth: number, data: RawData): void {
    const n = numberOf(data);
    if (n === undefined) return;
    const entry = this.#entry(n);
    this.#inOrder(peer, n, 'arrives');
    if (entry.arrivals++ === 0) this.#arrivesFirst(entry, nth);
  }

  /** However many sockets it takes: the order in which the application has sent is the order in which messages arrive. */
  #arrivesFirst({ n, tookBy }: Entry, nthPeer: number): void {
    const isLate = nthPeer < this.#newestPeer && tookBy.some((nth) => this.#left.has(nth));
    if (n < this.#newestIn && !isLate) this.#complain('P5', `message ${n} arrives after ${this.#newestIn}`);
    this.#newestIn = Math.max(this.#newestIn, n);
    this.#newestPeer = Math.max(this.#newestPeer, nthPeer);
  }

  /** What this socket took and no server has seen yet. */
  missing(nth: number): number[] {
    return this.#entries.filter(({ tookBy, arrivals }) => tookBy.includes(nth) && arrivals === 0).map(({ n }) => n);
  }

  isArrived(n: number): boolean {
    return this.#entry(n).arrivals > 0;
  }

  /** At the end, when nothing is held any more. */
  settle(): void {
    for (const { n, by, disposition, told, delivery, tookBy } of this.#entries) {
      const name = `message ${n}, by ${by}`;
      const isSaid = disposition !== undefined && disposition !== 'queued';
      if (by === 'deliver') {
        if (delivery === undefined) this.#complain('P4', `${name}: deliver() never resolved`);
        else if (told[0] !== undefined && told[0] !== delivery)
          this.#complain('P4', `${name}: deliver() said ${delivery}, the event ${told[0]}`);
      } else if (disposition === 'queued' && told.length === 0) this.#complain('P4', `${name}, has no outcome`);
      else if (isSaid && disposition !== 'sent' && told[0] !== disposition)
        this.#complain('P4', `${name}: send() said ${disposition}, the event ${told[0] ?? 'nothing'}`);
      else if (by === 'client.send' && told.length === 0 && tookBy.length === 0)
        this.#complain('P4', `${name}, has no outcome`);
    }
  }

  #inOrder(where: object, n: number, verb: string): void {
    const last = this.#lastOn.get(where) ?? -1;
    if (n < last) this.#complain('P5', `message ${n} ${verb} after ${last} on one socket`);
    this.#lastOn.set(where, n);
  }

  #entry(n: number): Entry {
    const entry = this.#entries[n];
    if (entry === undefined) throw new RangeError(`there is no message ${n}`);
    return entry;
  }
}

/** The number of one of our messages, encoded or not. */
export function numberOf(message: unknown): number | undefined {
  if (typeof message === 'object') return (message as Partial<Sent> | null)?.n;
  const match = typeof message === 'string' ? /^\{"type":"message","n":(\d+)/u.exec(message) : null;
  return match === null ? undefined : Number(match[1]);
}
