import { hubClose, type Rid } from '../protocol/topicFrames.ts';
import { parseFrame, type FrameOf, type ParsedFrame } from '../protocol/parseFrame.ts';
import type { Caller } from './caller.ts';
import type { HubContext } from './context.ts';
import { within } from './deadline.ts';
import { Listener } from './listener.ts';
import type { Principal } from './options.ts';
import { Outgoing } from './outgoing.ts';
import { objectionTo } from './permission.ts';
import { Publisher } from './publisher.ts';
import { Subscriptions } from './subscriptions.ts';
import { TokenBucket } from './tokenBucket.ts';
import { traceOf } from './traceOf.ts';

/** Frames that wait for those before them; who sends more than this meanwhile is cut off. */
const MAX_WAITING = 1_000;
/** And their bytes, beside one frame of the largest size: twice what a client of ours has on its way. */
const MAX_WAITING_BYTES = 512 * 1024;
const TOO_MANY = 'too many frames: limits.framesPerSecond';

/** A frame, and for how long it would have had to wait: 0 where it is to be acted on. */
interface Heard {
  readonly text: string;
  readonly byteLength: number;
  readonly afterMs: number;
}

/** What a client says and what it is answered, one frame after the other: only what is urgent overtakes an earlier frame. */
export class Dialogue {
  readonly subscriptions: Subscriptions;
  readonly #context: HubContext;
  readonly #caller: Caller;
  readonly #listener: Listener;
  readonly #publisher: Publisher;
  readonly #bucket: TokenBucket;
  readonly #waiting: Heard[] = [];
  readonly #patience: TokenBucket;
  #waitingBytes = 0;
  /** Frames that are being answered. */
  #underWay = 0;
  #isRenewing = false;
  #isFirst = true;

  constructor(context: HubContext, caller: Caller) {
    this.#context = context;
    this.#caller = caller;
    this.subscriptions = new Subscriptions(context, caller, () => this.#answerUrgent());
    this.#listener = new Listener(context, caller, this.subscriptions);
    this.#publisher = new Publisher(context, caller);
    const { framesPerSecond } = context.limits;
    const bucket = (): TokenBucket => TokenBucket.ofRate(framesPerSecond, () => context.scheduler.now());
    this.#bucket = bucket();
    this.#patience = bucket();
  }

  hear(text: string, byteLength: number): void {
    const afterMs = this.#bucket.take();
    // To refuse is work, too.
    if (afterMs > 0 && this.#patience.take() > 0) return this.#caller.close(hubClose.rate, TOO_MANY);
    const heard = { text, byteLength, afterMs };
    if (this.#underWay === 0) return this.#await(this.#take(heard));
    const urgent = this.#urgent(heard);
    if (urgent !== undefined) return this.#await(this.#act(urgent));
    this.#waitingBytes += byteLength;
    const isTooMuch = this.#waitingBytes > this.#context.limits.payloadBytes + MAX_WAITING_BYTES;
    if (this.#waiting.push(heard) > MAX_WAITING || isTooMuch)
      this.#caller.close(hubClose.rate, 'too many frames at once');
  }

  /** A ping or pong of WebSocket: it counts like any other frame, since each ping is answered. RFC 6455 §5.5. */
  hearControl(): void {
    if (this.#bucket.take() > 0 && this.#patience.take() > 0) this.#caller.close(hubClose.rate, TOO_MANY);
  }

  /** The logs of the broker may be others now. */
  renew(): void {
    this.#publisher.renew();
  }

  end(): void {
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.subscriptions.end();
  }

  /** As if it had asked for them, before anything else. */
  begin(topics: readonly string[]): void {
    if (topics.length > 0) this.#await(this.#listener.begin(topics));
  }

  #await(answering: Promise<void> | undefined): void {
    if (answering === undefined) return;
    this.#underWay++;
    void answering
      .catch((error: unknown) => this.#failed(error))
      .then(() => {
        this.#underWay--;
        this.#answerWaiting();
      });
  }

  #answerWaiting(): void {
    while (this.#underWay === 0) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#waitingBytes -= next.byteLength;
      this.#await(this.#take(next));
    }
  }

  #answerUrgent(): void {
    for (let i = 0; i < this.#waiting.length;) {
      const heard = this.#waiting[i] as Heard;
      const frame = this.#urgent(heard);
      if (frame === undefined) {
        i++;
        continue;
      }
      this.#waiting.splice(i, 1);
      this.#waitingBytes -= heard.byteLength;
      this.#await(this.#act(frame));
    }
  }

  /**
   * What need not wait for its turn: a fresh credential, since the old one may end meanwhile; and a ping behind a replay that
   * waits, which may be for longer than a client waits for its pong.
   */
  #urgent({ text, afterMs }: Heard): ParsedFrame | undefined {
    const types = [...(this.#isRenewing ? [] : ['auth']), ...(this.subscriptions.isWaiting ? ['ping'] : [])];
    if (afterMs > 0 || !types.some((type) => text.includes(`"${type}"`))) return undefined;
    const heard = parseFrame(text, this.#context.limits, this.#caller.isBasic);
    return heard.kind === 'client' && types.includes(heard.frame.type) ? heard.frame : undefined;
  }

  #failed(error: unknown): void {
    this.#context.logger.error({ ...traceOf(error), client: this.#caller.clientId }, 'a frame could not be answered');
    this.#caller.complain({ code: 'internal', message: 'something went wrong here; it has been noted' });
  }

  #take({ text, afterMs }: Heard): Promise<void> | undefined {
    const heard = parseFrame(text, this.#context.limits, this.#caller.isBasic);
    if (this.#isFirst) {
      this.#isFirst = false;
      if (heard.client !== undefined) this.#publisher.secret = heard.client;
    }
    if (afterMs > 0) this.#putOff(heard, afterMs);
    else if (heard.kind === 'client') return this.#act(heard.frame);
    else if (heard.kind === 'other') return this.#reply(heard.frame, text);
    else this.#caller.complain({ code: heard.code, message: heard.message, ...heard.about });
    return undefined;
  }

  /** Says which frame was refused, and lets no later publish overtake it. */
  #putOff(heard: ReturnType<typeof parseFrame>, afterMs: number): void {
    const complaint = { code: 'rate_limited', message: TOO_MANY, retry: true, afterMs } as const;
    if (heard.kind !== 'client')
      return this.#caller.complain({ ...complaint, ...('about' in heard ? heard.about : {}) });
    if (heard.frame.type === 'publish') return this.#publisher.holdBack(heard.frame, complaint);
    const { topic, rid }: { readonly type: string; readonly topic?: string; readonly rid?: Rid } = heard.frame;
    this.#caller.complain({ ...complaint, topic, rid });
  }

  #act(frame: ParsedFrame): Promise<void> | undefined {
    switch (frame.type) {
      case 'ping':
        this.#caller.tell(frame.t === undefined ? { type: 'pong' } : { type: 'pong', t: frame.t });
        return undefined;
      case 'unsubscribe':
        this.#listener.unsubscribe(frame);
        return undefined;
      case 'subscribe':
        return this.#listener.subscribe(frame);
      case 'resume':
        return this.#listener.resume(frame);
      case 'publish':
        return this.#publish(frame);
      case 'auth':
        return this.#authenticate(frame);
    }
  }

  async #publish(frame: FrameOf<'publish'>): Promise<void> {
    if (this.#publisher.refuses(frame)) return;
    const objection = await objectionTo('publish', frame.topic, this.#context, this.#caller);
    if (!this.#caller.isOpen) return;
    if (objection === undefined) return this.#publisher.publish(frame);
    if (objection.retry === true) this.#publisher.holdBack(frame, objection);
    else this.#publisher.complain(frame, objection);
  }

  async #authenticate({ token }: FrameOf<'auth'>): Promise<void> {
    const { reauthenticate } = this.#caller.info;
    if (reauthenticate === undefined) {
      return this.#caller.complain({ code: 'denied', message: 'nobody logs in here: there is no authenticate' });
    }
    this.#isRenewing = true;
    const principal = await reauthenticate(token).catch(() => undefined);
    this.#isRenewing = false;
    if (!this.#caller.isOpen) return;
    const isSame = principal !== undefined && principal.id === this.#caller.principal?.id;
    if (!isSame || isPast(principal, this.#context.scheduler.date()))
      return this.#caller.close(hubClose.credentials, 'the credential was refused');
    this.#caller.renewCredential(principal);
    const { expiresAt } = principal;
    this.#caller.tell({ type: 'authed', ...(Number.isFinite(expiresAt) ? { exp: expiresAt as number } : {}) });
    this.#answerUrgent();
  }

  #reply(frame: unknown, text: string): Promise<void> | undefined {
    const { onFrame } = this.#context.options;
    const { clientId, principal } = this.#caller;
    try {
      // It has been parsed: its text is JSON.
      if (onFrame === undefined) this.#caller.say(new Outgoing(`{"received":${text}}`));
      else {
        const answer = onFrame(frame, { clientId, principal });
        if (isPromise(answer)) {
          return within(this.#context.scheduler, answer, 'onFrame').then((settled) => this.#sayAnswer(settled));
        }
        this.#sayAnswer(answer);
      }
    } catch (error) {
      this.#failed(error);
    }
    return undefined;
  }

  #sayAnswer(answer: unknown): void {
    const text = JSON.stringify(answer) as string | undefined;
    if (text !== undefined) this.#caller.say(new Outgoing(text));
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function isPast({ expiresAt = Infinity }: Principal, nowMs: number): boolean {
  // What is no number is no time to come.
  return !(expiresAt > nowMs);
}
