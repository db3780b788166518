import { hubClose } from '../protocol/topicFrames.ts';
import { MAX_ID_BYTES, nameProblem, topicProblem } from '../protocol/frameFields.ts';
import type { Published } from './broker.ts';
import type { HubContext } from './context.ts';
import { within } from './deadline.ts';
import { randomId } from './ids.ts';
import type { Logger } from './options.ts';
import { Flusher } from './outlet.ts';
import { Outgoing } from './outgoing.ts';
import type { Peer, PeerInfo } from './peer.ts';
import type { ResolvedOptions } from './resolve.ts';
import type { Scheduler } from './scheduler.ts';
import { Session } from './session.ts';
import { Counters, type HubStats } from './stats.ts';
import { TimerWheel } from './timerWheel.ts';
import { Topics } from './topic.ts';

/** Deadlines of heartbeats are kept to this. Unit ms. */
const WHEEL_STEP_MS = 250;
/** Peers that are hung up in one go, when all have to leave. */
const BATCH = 100;
/** How long peers may take to answer the last goodbye. Unit ms. */
const GOODBYE_MS = 2_000;

/** What platforms call an end without a close frame. RFC 6455 §7.1.5. */
const CUT = 1006;

/** A hub without a network: peers are handed to it, and time, chance and timers, too. */
export class HubCore {
  readonly context: HubContext;
  readonly counters = new Counters();
  isDraining = false;
  readonly #sessions = new Set<Session>();
  readonly #byClient = new Map<string, Set<Session>>();
  readonly #stopListening: () => void;
  #hasWarned = false;
  #isClosed = false;
  readonly #whenEmpty: (() => void)[] = [];
  /** Ends the time of grace. */
  readonly #hurries = new Set<() => void>();

  constructor({ options, limits, heartbeat, broker, logger }: ResolvedOptions, scheduler: Scheduler) {
    const newId = (bits: number): string => randomId(bits, options.random);
    this.context = {
      options,
      limits,
      heartbeat,
      broker,
      logger: careful(logger),
      scheduler,
      topics: new Topics({ broker, scheduler, logger: careful(logger) }),
      wheel: new TimerWheel(scheduler, WHEEL_STEP_MS),
      flusher: new Flusher((callback) => scheduler.soon(callback)),
      counters: this.counters,
      node: newId(64),
      newId,
    };
    this.#stopListening = broker.onGeneration((topic) => {
      for (const session of this.#sessions) session.renew();
      this.context.topics.renew(topic);
    });
    const { authenticate, onDuplicate = 'both' } = options;
    if (authenticate === undefined && onDuplicate !== 'both') {
      const what = `onDuplicate: '${onDuplicate}' without authenticate`;
      this.logger.warn({}, `${what}: anybody can claim any client id, and so keep others from being here`);
    }
  }

  get connections(): number {
    return this.#sessions.size;
  }

  get logger(): Logger {
    return this.context.logger;
  }

  accept(peer: Peer, info: PeerInfo): void {
    if (this.isDraining) {
      const code = this.#isClosed ? hubClose.exit : hubClose.drain;
      return this.#refuse(peer, code, 'the server is going away');
    }
    const { onDuplicate = 'both' } = this.context.options;
    const others = [...(this.#byClient.get(info.clientId) ?? [])].filter(
      ({ principal, isOpen }) => isOpen && principal?.id === info.principal?.id,
    );
    if (onDuplicate === 'refuse' && others.length > 0) {
      return this.#refuse(peer, hubClose.replaced, 'there is a connection with this client id already');
    }
    if (onDuplicate === 'replace')
      for (const other of others) other.close(hubClose.replaced, 'replaced by a newer connection');
    this.counters.accepted++;
    const session = new Session(this.context, peer, info, (ended) => this.#forget(ended));
    this.#sessions.add(session);
    const sessions = this.#byClient.get(info.clientId);
    if (sessions === undefined) this.#byClient.set(info.clientId, new Set([session]));
    else sessions.add(session);
  }

  /** Throws a TypeError for a topic that nobody could subscribe to. */
  checkTopic(topic: string): void {
    const problem = topicProblem(topic, this.context.limits.topicBytes);
    if (problem !== undefined) throw new TypeError(`topic: ${problem}`);
  }

  async publish(topic: string, data: unknown, { id }: { readonly id?: string | undefined } = {}): Promise<Published> {
    if (this.#isClosed) throw new Error('the hub is closed');
    this.checkTopic(topic);
    checkId(id);
    const { broker, scheduler } = this.context;
    const published = await within(scheduler, broker.publish(topic, textOf(data), { id, scope: 'hub' }));
    this.counters[published.duplicate ? 'duplicates' : 'published']++;
    return published;
  }

  sendTo(clientId: string, data: unknown, { id }: { readonly id?: string | undefined } = {}): number {
    const { authenticate } = this.context.options;
    if (authenticate === undefined && !this.#hasWarned) {
      this.#hasWarned = true;
      this.logger.warn({}, 'sendTo() without authenticate: anybody can claim any client id');
    }
    checkId(id);
    const text = textOf(data);
    const direct = `{"type":"direct",${id === undefined ? '' : `"id":${JSON.stringify(id)},`}"data":${text}}`;
    const sessions = this.#sessionsOf(clientId);
    // Framed once for each mode, however many there are.
    const [plain, framed] = [new Outgoing(text), new Outgoing(direct)];
    for (const session of sessions) session.say(session.isBasic ? plain : framed);
    return sessions.length;
  }

  disconnect(clientId: string, code: number = hubClose.normal, reason = ''): number {
    const sessions = this.#sessionsOf(clientId);
    if (code !== CUT && !isClosable(code))
      throw new TypeError(`code: 1000 to 1014 but for 1004 and 1005, or 3000 to 4999; got ${code}`);
    for (const session of sessions) {
      if (code === CUT) session.terminate();
      else session.close(code, reason);
    }
    return sessions.length;
  }

  stats(): HubStats {
    const { counters } = this;
    const { topics } = this.context;
    return {
      connections: this.#sessions.size,
      topics: topics.size,
      subscriptions: topics.subscriptions,
      isDraining: this.isDraining,
      accepted: counters.accepted,
      refused: Object.fromEntries(counters.refused),
      closed: Object.fromEntries(counters.closed),
      received: { frames: counters.receivedFrames, bytes: counters.receivedBytes },
      sent: { frames: counters.sentFrames, bytes: counters.sentBytes },
      published: counters.published,
      duplicates: counters.duplicates,
      delivered: counters.delivered,
      replayed: counters.replayed,
      recovered: counters.recovered,
      unrecovered: counters.unrecovered,
      resets: counters.resets,
      slowConsumers: counters.slowConsumers,
      errors: Object.fromEntries(counters.errors),
    };
  }

  /** Resolves when everybody has left. */
  async drain({ windowMs, graceMs }: { readonly windowMs: number; readonly graceMs: number }): Promise<void> {
    this.isDraining = true;
    const sessions = shuffled([...this.#sessions], this.context.options.random ?? Math.random);
    const delays = new Map<Session, number>();
    const random = this.context.options.random ?? Math.random;
    // A slot for each, and chance within it: evener than chance alone.
    sessions.forEach((session, i) => {
      const retryAfterMs = Math.round(graceMs + ((i + random()) / sessions.length) * windowMs);
      delays.set(session, retryAfterMs);
      if (!session.isBasic) session.tell({ type: 'drain', deadlineMs: graceMs, retryAfterMs });
    });
    await this.#pause(graceMs);
    await this.#closeAll(
      hubClose.drain,
      (session) => `retry-after=${Math.max(0, (delays.get(session) ?? graceMs) - graceMs)}`,
    );
  }

  async close(): Promise<void> {
    this.isDraining = true;
    this.#isClosed = true;
    for (const hurry of this.#hurries) hurry();
    await this.#closeAll(hubClose.exit, () => 'the server is going away');
    this.context.wheel.stop();
    this.#stopListening();
  }

  #sessionsOf(clientId: string): Session[] {
    if (typeof clientId !== 'string') throw new TypeError(`clientId: a string; got ${typeof clientId}`);
    return [...(this.#byClient.get(clientId) ?? [])].filter(({ isOpen }) => isOpen);
  }

  async #closeAll(code: number, reason: (session: Session) => string): Promise<void> {
    const sessions = [...this.#sessions];
    for (let i = 0; i < sessions.length; i += BATCH) {
      for (const session of sessions.slice(i, i + BATCH)) session.close(code, reason(session));
      await new Promise<void>((resolve) => this.context.scheduler.soon(resolve));
    }
    if (this.#sessions.size === 0) return;
    const timer = this.context.scheduler.setTimeout(() => {
      for (const session of this.#sessions) session.terminate();
    }, GOODBYE_MS);
    await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
    this.context.scheduler.clearTimeout(timer);
  }

  async #pause(delayMs: number): Promise<void> {
    const { scheduler } = this.context;
    let hurry = ignore;
    const over = new Promise<void>((resolve) => (hurry = resolve));
    const timer = scheduler.setTimeout(hurry, delayMs);
    this.#hurries.add(hurry);
    await over;
    this.#hurries.delete(hurry);
    scheduler.clearTimeout(timer);
  }

  /** Accepted only to be told why it may not stay: a browser shows no status of a refused upgrade. */
  #refuse(peer: Peer, code: number, reason: string): void {
    const { scheduler } = this.context;
    const timer = scheduler.setTimeout(() => peer.terminate(), GOODBYE_MS);
    const closed = (): void => scheduler.clearTimeout(timer);
    peer.listen({ text: ignore, binary: ignore, alive: ignore, drained: ignore, closed });
    peer.close(code, reason);
  }

  #forget(session: Session): void {
    this.#sessions.delete(session);
    const sessions = this.#byClient.get(session.clientId);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#byClient.delete(session.clientId);
    if (this.#sessions.size === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }
}

function ignore(): void {
  // There is nobody any more.
}

/** An id that no client could have is refused, too. */
function checkId(id: string | undefined): void {
  const problem = id === undefined ? undefined : nameProblem(id, MAX_ID_BYTES);
  if (problem !== undefined) throw new TypeError(`id: ${problem}`);
}

/** What a close frame may say. RFC 6455 §7.4. */
function isClosable(code: number): boolean {
  const isDefined = code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
  return Number.isInteger(code) && (isDefined || (code >= 3000 && code <= 4999));
}

/** A logger that throws must not keep a message from those whose turn would have been next. */
function careful(logger: Logger): Logger {
  const log = (level: keyof Logger) => (facts: object, message: string) => {
    try {
      logger[level](facts, message);
    } catch {
      // There is nobody who could be told.
    }
  };
  return { info: log('info'), warn: log('warn'), error: log('error') };
}

function textOf(data: unknown): string {
  const text = JSON.stringify(data) as string | undefined;
  if (text === undefined) throw new TypeError(`data: anything that has a JSON form; got ${typeof data}`);
  return text;
}

/** Fisher and Yates. */
function shuffled<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}
