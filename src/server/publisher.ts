import type { FrameOf } from '../protocol/parseFrame.ts';
import { Barrier } from './barrier.ts';
import type { Caller, Complaint } from './caller.ts';
import type { HubContext } from './context.ts';
import { within } from './deadline.ts';
import { TokenBucket } from './tokenBucket.ts';
import { traceOf } from './traceOf.ts';

type PublishFrame = FrameOf<'publish'>;

/** What one client publishes: in order, once for each id, acknowledged when the broker holds it (I5, I8). */
export class Publisher {
  /** Of the first frame: the scope of ids for who has not logged in. Never shown to others. */
  secret: string | undefined = undefined;
  readonly #context: HubContext;
  readonly #caller: Caller;
  readonly #bucket: TokenBucket;
  readonly #barrier: Barrier;
  #hasIds = false;

  constructor(context: HubContext, caller: Caller) {
    this.#context = context;
    this.#caller = caller;
    const { publishPerSecond } = context.limits;
    const now = (): number => context.scheduler.now();
    this.#bucket = TokenBucket.ofRate(publishPerSecond, now);
    this.#barrier = new Barrier(context.broker.dedupeWindowMs, now);
  }

  /**
   * Acknowledged publishes may be gone, and the client may not have heard of all acknowledgements: what comes next must not
   * overtake what it will repeat (I8).
   */
  renew(): void {
    if (this.#hasIds) this.#barrier.raise();
  }

  /** Whether it may not even be tried; then that has been said. */
  refuses(frame: PublishFrame): boolean {
    const mostBytes = this.#context.limits.peerBytes / 2;
    if (Buffer.byteLength(frame.dataText) > mostBytes) {
      const message = `data are more than ${mostBytes} bytes, half of limits.peerBytes: they could not be replayed`;
      this.complain(frame, { code: 'too_large', message });
      return true;
    }
    const afterMs = this.#bucket.take();
    if (afterMs > 0) {
      const message = 'too many publishes: limits.publishPerSecond';
      this.holdBack(frame, { code: 'rate_limited', message, retry: true, afterMs });
      return true;
    }
    return this.#isStopped(frame);
  }

  async publish(frame: PublishFrame): Promise<void> {
    // While it was asked whether this is allowed, the log may have become another one.
    if (this.#isStopped(frame)) return;
    const { topic, id, rid } = frame;
    const { broker, scheduler, counters, options } = this.#context;
    if (id !== undefined) this.#hasIds = true;
    const from = options.showFrom === true ? this.#caller.clientId : undefined;
    try {
      const published = await within(
        scheduler,
        broker.publish(topic, frame.dataText, { id, scope: this.#scope(), from }),
      );
      counters[published.duplicate ? 'duplicates' : 'published']++;
      if (id === undefined && rid === undefined) return;
      const { epoch, offset, duplicate } = published;
      const names = { ...(id === undefined ? {} : { id }), ...(rid === undefined ? {} : { rid }) };
      this.#caller.tell({ type: 'ack', ...names, topic, epoch, offset, duplicate });
    } catch (error) {
      this.#context.logger.error({ ...traceOf(error), topic }, 'the broker could not be asked');
      this.holdBack(frame, { code: 'unavailable', message: 'the broker does not answer', retry: true });
    }
  }

  /** Whether an earlier one comes first; then that has been said. */
  #isStopped(frame: PublishFrame): boolean {
    if (frame.id === undefined || !this.#barrier.stops(frame.id)) return false;
    const message = 'an earlier publish may not have got through: begin again with the oldest that has no ack';
    this.holdBack(frame, { code: 'epoch_changed', message, retry: true });
    return true;
  }

  /** Answers where an answer was asked for, and keeps those behind it from overtaking. */
  holdBack(frame: PublishFrame, complaint: Complaint): void {
    if (frame.id !== undefined) this.#barrier.refuse(frame.id);
    this.complain(frame, complaint);
  }

  /** Answers where an answer was asked for. */
  complain({ id, rid, topic }: PublishFrame, complaint: Complaint): void {
    if (id !== undefined || rid !== undefined) this.#caller.complain({ ...complaint, topic, id, rid });
  }

  /** Never global: one user must not be able to suppress another's message. */
  #scope(): string {
    const { principal, conn } = this.#caller;
    if (principal !== undefined) return `principal ${principal.id}`;
    return this.secret === undefined ? `connection ${conn}` : `client ${this.secret}`;
  }
}
