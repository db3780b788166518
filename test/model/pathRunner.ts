/** Runs a generated path against the real actor and looks at it after every step. */
import { expect } from 'vitest';
import { connectionMachine, createConnection, type Connection, type ConnectionEvent } from '../../src/index.ts';
import { ModelClock } from './modelClock.ts';
import { pathOf } from '../../src/client/because.ts';
import { modelOptions, ownTimers, timerName, type ModelEvent, type ModelPath } from './paths.ts';

/** The other end of the wire, as a path needs it. */
export interface Peer {
  /** What was handed to any of the sockets, in order. */
  readonly received: readonly string[];
  /** Sockets that are connecting or open. */
  readonly live: number;
  createSocket(fate: Fate): object;
  open(): void;
  frame(): void;
  /** Answers the oldest ping; false where none is out. */
  pong(): boolean;
  close(code: number): void;
  refuse(httpStatus: number): void;
  /** Lets arrive what is under way, where that takes a while. */
  settle?(leaf: string): void;
}

/** What the path has in store for a socket that is being dialled. */
export interface Fate {
  readonly canPing: boolean;
  readonly isRefused: boolean;
}

/** Where facts of network and page matter. */
const watched = ['connecting', 'open', 'backoff', 'closed.closing'];
const tags = ['holding', 'ready', 'rejecting'] as const;
/** The `outbox.due` that a path schedules. Unit ms. */
const outboxDueMs = 7_777;

type Report = (event: never) => void;

export class PathRunner {
  readonly connection: Connection;
  readonly clock = new ModelClock();
  readonly #peer: Peer;
  readonly #path: ModelPath;
  readonly #nonSent = new Map<number, number>();
  readonly #signals: AbortSignal[] = [];
  #provider: { resolve: (url: string) => void; reject: (error: Error) => void } | undefined;
  #report: Report | undefined;
  #step = 0;
  #numbered = 0;
  /** The present socket was opened by telling the chart so: all that follows on it is told, too. */
  #isTold = false;
  #isDueScheduled = false;
  /** `stableAfter` has fired, and nothing has left `open` since. */
  #isStable = false;

  constructor(path: ModelPath, peer: Peer, options: { heartbeat?: 'auto' | false | object } = {}) {
    this.#path = path;
    this.#peer = peer;
    this.connection = createConnection({
      ...modelOptions,
      ...options,
      clock: this.clock,
      url: ({ signal }) => {
        this.#signals.push(signal);
        return new Promise((resolve, reject) => (this.#provider = { resolve, reject }));
      },
      createSocket: () => {
        this.#isTold = false;
        return this.#peer.createSocket(this.#fate());
      },
      environment: {
        start: (report) => {
          this.#report = report;
          return () => (this.#report = undefined);
        },
      },
    });
    this.connection.on('outcome', ({ outcome, message }) => {
      if (outcome === 'sent' || typeof message !== 'number') return;
      this.#nonSent.set(message, (this.#nonSent.get(message) ?? 0) + 1);
    });
  }

  async run(): Promise<void> {
    this.#check('idle', []);
    for (const { event, state } of this.#path.steps) {
      this.connection.send(this.#numbered++);
      this.#peer.settle?.(this.#leaf);
      this.#apply(event);
      this.#step++;
      await settled();
      this.#peer.settle?.(this.#leaf);
      await settled();
      this.#check(
        pathOf(state.value),
        ownTimers(state).map((type) => timerName({ type }) ?? type),
      );
    }
    this.#checkEnd();
  }

  get #leaf(): string {
    return pathOf(this.connection.getSnapshot().value);
  }

  #apply(event: ModelEvent): void {
    const timer = timerName(event);
    if (timer !== undefined) {
      if (timer === 'stableAfter') this.#isStable = true;
      if ('excusedMs' in event) return this.#tell(event as never);
      const isLate = 'isLate' in event && event.isLate;
      return this.clock.fire(this.#durationOf(timer), isLate ? 1_500 : 0);
    }
    const told = event as ConnectionEvent;
    switch (told.type) {
      case 'client.connect':
        return void this.connection.connect();
      case 'client.reconnect':
        return void this.connection.reconnect();
      case 'client.disconnect':
        return this.connection.disconnect();
      case 'client.send':
        return this.#tell({ ...told, message: this.#numbered++ });
      case 'transport.resolved':
        return this.#provider?.resolve('ws://peer.test/');
      case 'transport.rejected':
        return told.code === undefined ? this.#provider?.reject(new Error('no address')) : this.#tell(told);
      case 'socket.opened':
        this.#isTold = told.greets;
        return this.#isTold ? this.#tell(told) : this.#peer.open();
      case 'socket.alive':
        if (this.#isTold) return this.#tell(told);
        if (!told.pong) return this.#peer.frame();
        return this.#peer.pong() ? undefined : this.#tell(told);
      case 'socket.closed':
        if (this.#isTold || told.retryAfterMs !== undefined) return this.#tell(told);
        return told.httpStatus === undefined ? this.#peer.close(told.close.code) : this.#peer.refuse(told.httpStatus);
      case 'network.online':
      case 'network.offline':
      case 'page.hidden':
      case 'page.left':
      case 'page.resumed':
        return this.#report?.(told as never);
      case 'outbox.changed':
        this.#isDueScheduled = told.dueInMs !== undefined;
        return this.#tell(told);
      default:
        return this.#tell(told);
    }
  }

  #tell(event: ConnectionEvent): void {
    this.connection.actor.send(event);
  }

  #fate(): Fate {
    const ahead = this.#path.steps.slice(this.#step).map(({ event }) => event);
    const next = ahead.find(({ type }) => type === 'socket.opened' || type === 'socket.closed');
    return {
      canPing: next?.type === 'socket.opened' && 'heartbeat' in next && next.heartbeat !== false,
      isRefused: next?.type === 'socket.closed',
    };
  }

  #durationOf(timer: string): number {
    const { context } = this.connection.getSnapshot();
    const delays = connectionMachine.implementations.delays as Record<string, unknown>;
    const delay = delays[timer] as ((now: object) => number) | undefined;
    if (delay === undefined) throw new Error(`the chart has no delay ${timer}`);
    return delay({ context, event: { type: '' }, self: this.connection.actor });
  }

  #check(leaf: string, timers: readonly string[]): void {
    const snapshot = this.connection.getSnapshot();
    const at = `after ${this.#step} steps`;
    expect(pathOf(snapshot.value), `state ${at}`).toBe(leaf);
    expect(
      tags.filter((tag) => snapshot.hasTag(tag)),
      `tags ${at}`,
    ).toHaveLength(1);
    expect(this.connection.isConnected, `gate ⇔ ready ${at}`).toBe(snapshot.hasTag('ready'));
    const facts: unknown[] = Object.values(snapshot.context);
    expect([this.connection.now(), ...facts], `times ${at}`).not.toContain(NaN);
    expect(this.#peer.live, `P1: live sockets ${at}`).toBeLessThanOrEqual(1);
    if (leaf.startsWith('closed')) this.#isDueScheduled = false;
    if (!leaf.startsWith('open')) this.#isStable = false;
    const expected = timers
      .filter((timer) => !(timer === 'stableAfter' && this.#isStable))
      .map((timer) => this.#durationOf(timer));
    if (leaf.startsWith('open') && snapshot.context.drainUntil !== null) expected.push(this.#durationOf('drainDelay'));
    // Numbered messages fill and empty the outbox along the way; each change of its level withdraws a due that was told.
    const running = this.clock.durations.filter((ms) => ms !== outboxDueMs || !this.#isDueScheduled);
    expect(running, `timers ${at}`).toEqual(expected.sort((a, b) => a - b));
    this.#checkOrder(at);
    expect(this.#report !== undefined, `environment watched ${at}`).toBe(
      watched.some((state) => leaf.startsWith(state)),
    );
  }

  #checkOrder(at: string): void {
    const numbers = this.#numbersReceived();
    expect(numbers, `order ${at}`).toEqual([...numbers].sort((a, b) => a - b));
    for (let n = 0; n < this.#numbered; n++) {
      const outcomes = numbers.filter((number) => number === n).length + (this.#nonSent.get(n) ?? 0);
      expect(outcomes, `outcomes of message ${n} ${at}`).toBeLessThanOrEqual(1);
    }
  }

  #checkEnd(): void {
    const { actor } = this.connection;
    this.connection.dispose();
    expect(this.clock.durations, 'timers at the end').toEqual([]);
    expect(this.#peer.live, 'sockets at the end').toBe(0);
    expect(this.#report, 'environment at the end').toBeUndefined();
    expect(actor.getSnapshot().status).toBe('stopped');
    const numbers = this.#numbersReceived();
    for (let n = 0; n < this.#numbered; n++) {
      const outcomes = numbers.filter((number) => number === n).length + (this.#nonSent.get(n) ?? 0);
      expect(outcomes, `P4: outcomes of message ${n} at the end`).toBe(1);
    }
  }

  #numbersReceived(): number[] {
    return this.#peer.received.map((text) => JSON.parse(text) as unknown).filter((value) => typeof value === 'number');
  }
}

/** Providers answer in a microtask; so does everything that follows from it. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
}
