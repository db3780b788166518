import { hubClose, SUBPROTOCOL, type HubFrame, type ResetReason, type Rid } from '../protocol/topicFrames.ts';
import type { Entry } from './broker.ts';
import type { Caller, Complaint } from './caller.ts';
import type { HubContext } from './context.ts';
import { Dialogue } from './dialogue.ts';
import type { Principal } from './options.ts';
import { Outgoing } from './outgoing.ts';
import { Outlet } from './outlet.ts';
import type { Peer, PeerInfo } from './peer.ts';
import { SlowTopics } from './slowTopics.ts';
import { Counters } from './stats.ts';
import type { Subscription } from './subscription.ts';
import type { Broadcast } from './topic.ts';

/** How long a peer that has been told to go may take. Unit ms. */
const CLOSE_TIMEOUT_MS = 5_000;

/** The hub's end of one connection: what it may still take, whether it lives, and how it ends. */
export class Session implements Caller {
  readonly clientId: string;
  readonly isBasic: boolean;
  readonly conn: string;
  principal: Principal | undefined;
  readonly info: PeerInfo;
  readonly #context: HubContext;
  readonly #peer: Peer;
  readonly #outlet: Outlet;
  readonly #dialogue: Dialogue;
  readonly #slow = new SlowTopics(() => this.#hasRoom());
  readonly #onEnd: (session: Session) => void;
  #heardAt: number;
  #isPinged = false;
  #isClosing = false;
  /** Why we hung up: what the peer makes of that is another matter. */
  #ownCode: number | undefined = undefined;
  #isOver = false;
  #closeTimer: unknown = undefined;
  #silence: unknown = undefined;
  #isBehind = false;
  #onRoom: (() => void) | undefined = undefined;
  readonly #expiry = { visit: () => this.#expire() };

  constructor(context: HubContext, peer: Peer, info: PeerInfo, onEnd: (session: Session) => void) {
    this.#context = context;
    this.#peer = peer;
    this.#onEnd = onEnd;
    this.info = info;
    this.clientId = info.clientId;
    this.principal = info.principal;
    this.isBasic = info.protocol !== SUBPROTOCOL;
    this.conn = context.newId(128);
    this.#heardAt = context.scheduler.now();
    this.#outlet = new Outlet(peer, context.flusher);
    this.#dialogue = new Dialogue(context, this);
    peer.listen({
      text: (text, byteLength) => this.#receive(text, byteLength),
      binary: () => this.close(hubClose.protocol, 'binary frames are not spoken here: send JSON text'),
      alive: () => {
        this.#heard();
        if (this.isOpen) this.#dialogue.hearControl();
      },
      drained: () => this.catchUp(),
      closed: (code) => this.#end(code),
    });
    this.#watch();
    if (this.isBasic) this.#dialogue.begin(info.topics ?? []);
    // It knows where it was, and asks for what it wants: unasked, all would come a second time, or with a gap.
    else this.tell(this.#hello());
  }

  get isOpen(): boolean {
    return !this.#isClosing && !this.#isOver;
  }

  tell(frame: HubFrame): void {
    this.say(new Outgoing(JSON.stringify(frame)));
  }

  say(frame: Outgoing): void {
    if (!this.isOpen) return;
    // Answers wait where messages may not, but not without end either.
    if (this.#isTooMuch(frame, 2 * this.#context.limits.peerBytes)) return this.#tooSlow();
    this.#count(frame);
    this.#outlet.push(frame);
  }

  complain({ retry = false, ...complaint }: Complaint): void {
    const { code, message } = complaint;
    Counters.count(this.#context.counters.errors, code);
    if (this.isBasic) return this.say(new Outgoing(JSON.stringify({ type: 'error', code, message })));
    this.tell({ type: 'error', ...without(complaint), retry } as HubFrame);
  }

  deliver(subscription: Subscription, broadcast: Broadcast): void {
    if (!this.isOpen) return;
    if (!this.#slow.isEmpty) this.catchUp();
    const frame = this.isBasic ? broadcast.plain : broadcast.numbered(subscription.number);
    if (this.#isTooMuch(frame, this.#context.limits.peerBytes)) return this.#fallBehind(subscription, broadcast.entry);
    this.#context.counters.delivered++;
    this.#count(frame);
    this.#outlet.push(frame);
  }

  reset(subscription: Subscription, reason: ResetReason, rid?: Rid): void {
    if (subscription.isOver) return;
    const { topic, number } = subscription;
    this.#context.counters.resets++;
    this.#dialogue.subscriptions.forget(subscription);
    this.tell({ type: 'reset', topic: topic.name, ...(rid === undefined ? {} : { rid }), sub: number, reason });
  }

  catchUp(): void {
    if (!this.#hasRoom()) return;
    this.#isBehind = false;
    this.#onRoom?.();
    void this.#slow.catchUp();
  }

  forgetSlow(subscription: Subscription): void {
    this.#slow.delete(subscription);
  }

  async untilRoom(): Promise<void> {
    while (this.isOpen && !this.#hasRoom()) {
      // What the network takes at once need not be waited for.
      this.#outlet.flush();
      if (!this.#hasRoom()) await new Promise<void>((resolve) => (this.#onRoom = resolve));
    }
  }

  /** Acknowledged entries may be gone. */
  renew(): void {
    this.#dialogue.renew();
  }

  /** With a closing handshake, and by force where that takes too long. */
  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.#outlet.flush();
    this.#isClosing = true;
    this.#ownCode = code;
    this.#closeTimer = this.#context.scheduler.setTimeout(() => this.#peer.terminate(), CLOSE_TIMEOUT_MS);
    this.#leave();
    this.#peer.close(code, reason);
  }

  terminate(): void {
    this.#peer.terminate();
  }

  renewCredential(principal: Principal): void {
    this.principal = principal;
    this.#watchExpiry();
  }

  visit(nowMs: number): number | undefined {
    const { heartbeat } = this.#context;
    if (heartbeat === undefined || !this.isOpen) return undefined;
    const silentMs = nowMs - this.#heardAt;
    if (silentMs >= heartbeat.intervalMs + heartbeat.timeoutMs && this.#isPinged) {
      this.close(hubClose.heartbeat, 'nothing was heard for too long');
      this.#peer.terminate();
      return undefined;
    }
    if (silentMs < heartbeat.intervalMs) return this.#heardAt + heartbeat.intervalMs;
    if (!this.#isPinged) {
      this.#isPinged = true;
      this.#peer.ping();
    }
    return nowMs + heartbeat.timeoutMs;
  }

  #receive(text: string, byteLength: number): void {
    if (!this.isOpen) return;
    this.#heard();
    const { counters, scheduler } = this.#context;
    scheduler.clearTimeout(this.#silence);
    counters.receivedFrames++;
    counters.receivedBytes += byteLength;
    this.#dialogue.hear(text, byteLength);
  }

  #heard(): void {
    this.#heardAt = this.#context.scheduler.now();
    this.#isPinged = false;
  }

  #watch(): void {
    const { heartbeat, wheel, scheduler } = this.#context;
    if (heartbeat !== undefined) wheel.set(this, scheduler.now() + heartbeat.intervalMs);
    const { firstFrameTimeoutMs } = this.#context.limits;
    if (this.principal === undefined && firstFrameTimeoutMs !== Infinity) {
      const leave = (): void => this.close(hubClose.protocol, 'no first frame came: limits.firstFrameTimeoutMs');
      this.#silence = scheduler.setTimeout(leave, firstFrameTimeoutMs);
    }
    this.#watchExpiry();
  }

  #watchExpiry(): void {
    const { wheel, scheduler } = this.#context;
    const { expiresAt } = this.principal ?? {};
    if (expiresAt === undefined) return wheel.delete(this.#expiry);
    wheel.set(this.#expiry, scheduler.now() + Math.max(0, expiresAt - scheduler.date()));
  }

  #expire(): undefined {
    this.close(hubClose.credentials, 'the credential has expired');
  }

  #hasRoom(): boolean {
    return this.#outlet.bytes <= this.#context.limits.peerBytes / 2;
  }

  #isTooMuch({ byteLength }: Outgoing, mostBytes: number): boolean {
    if (this.#outlet.bytes + byteLength <= mostBytes) return false;
    // What the network takes at once does not wait: a burst alone makes nobody slow.
    this.#outlet.flush();
    // One that is larger than the budget goes out alone: there will never be more room for it.
    return this.#outlet.bytes > 0 && this.#outlet.bytes + byteLength > mostBytes;
  }

  #fallBehind(subscription: Subscription, entry: Entry): void {
    const policy = this.#context.options.slowConsumer ?? 'disconnect';
    // Without positions there is nothing to begin again from.
    if (policy === 'disconnect' || (policy === 'resync' && this.isBasic)) return this.#tooSlow();
    if (!this.#isBehind) this.#context.counters.slowConsumers++;
    this.#isBehind = true;
    // It is told behind all that waits for it: when it asks again, there is room again.
    if (policy === 'resync') return this.reset(subscription, 'slow');
    subscription.fallBehind(entry);
    this.#slow.add(subscription);
  }

  #tooSlow(): void {
    this.#context.counters.slowConsumers++;
    this.#context.logger.warn(
      { client: this.clientId },
      'a peer took too little for too long: limits.peerBytes was used up',
    );
    this.close(hubClose.slowConsumer, 'slow consumer: limits.peerBytes was used up');
  }

  #count(frame: Outgoing): void {
    this.#context.counters.sentFrames++;
    this.#context.counters.sentBytes += frame.byteLength;
  }

  #hello(): HubFrame {
    const { broker, limits, heartbeat, node } = this.#context;
    const { expiresAt } = this.principal ?? {};
    return {
      type: 'hello',
      v: 1,
      conn: this.conn,
      node,
      caps: ['subscribe', 'resume', 'unsubscribe', 'publish', 'ping', 'auth'],
      heartbeat: heartbeat ?? { intervalMs: 0, timeoutMs: 0 },
      limits: {
        payloadBytes: limits.payloadBytes,
        topics: limits.topics,
        publishPerSecond: limits.publishPerSecond,
        dedupeWindowMs: broker.dedupeWindowMs,
        history: broker.history,
      },
      ...(Number.isFinite(expiresAt) ? { exp: expiresAt as number } : {}),
    };
  }

  #end(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave();
    this.#context.scheduler.clearTimeout(this.#closeTimer);
    this.#context.scheduler.clearTimeout(this.#silence);
    this.#context.wheel.delete(this);
    this.#context.wheel.delete(this.#expiry);
    Counters.count(this.#context.counters.closed, this.#ownCode ?? code);
    this.#onEnd(this);
  }

  #leave(): void {
    this.#outlet.shut();
    this.#dialogue.end();
  }
}

function without(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
