import { hubClose, type Rid } from '../protocol/topicFrames.ts';
import { parseFrame, type ParsedFrame } from '../protocol/parseFrame.ts';
import type { HubContext } from './context.ts';
import { within } from './deadline.ts';
import type { Action, Principal } from './options.ts';
import { Outgoing } from './outgoing.ts';
import { Publisher } from './publisher.ts';
import type { Session } from './session.ts';
import type { SubscribeWish } from './subscription.ts';
import { Subscriptions } from './subscriptions.ts';
import { TokenBucket } from './tokenBucket.ts';

/** Frames that wait for those before them; who sends more than this meanwhile is cut off. */
const MAX_WAITING = 1_000;
const TOO_MANY = 'too many frames: limits.framesPerSecond';

type FrameOf<T extends ParsedFrame['type']> = Extract<ParsedFrame, { type: T }>;

/** A frame, and for how long it would have had to wait: 0 where it is to be acted on. */
interface Heard {
  readonly text: string;
  readonly afterMs: number;
}

/** What a client says and what it is answered, one frame after the other: an answer never overtakes that to an earlier frame. */
export class Dialogue {
  readonly subscriptions: Subscriptions;
  readonly #context: HubContext;
  readonly #session: Session;
  readonly #publisher: Publisher;
  readonly #bucket: TokenBucket;
  readonly #waiting: Heard[] = [];
  #isBusy = false;
  #isFirst = true;
  #refusedInARow = 0;

  constructor(context: HubContext, session: Session) {
    this.#context = context;
    this.#session = session;
    this.subscriptions = new Subscriptions(context, session);
    this.#publisher = new Publisher(context, session);
    const { framesPerSecond } = context.limits;
    this.#bucket = new TokenBucket(framesPerSecond, 2 * framesPerSecond, () => context.scheduler.now());
  }

  hear(text: string): void {
    const afterMs = this.#bucket.take();
    this.#refusedInARow = afterMs > 0 ? this.#refusedInARow + 1 : 0;
    if (this.#refusedInARow > 2 * this.#context.limits.framesPerSecond)
      return this.#session.close(hubClose.rate, TOO_MANY);
    if (!this.#isBusy) return this.#answer({ text, afterMs });
    if (this.#waiting.push({ text, afterMs }) > MAX_WAITING)
      this.#session.close(hubClose.rate, 'too many frames at once');
  }

  end(): void {
    this.#waiting.length = 0;
    this.subscriptions.end();
  }

  #answer(heard: Heard): void {
    const answering = this.#take(heard);
    if (answering === undefined) return;
    this.#isBusy = true;
    void answering
      .catch((error: unknown) => this.#failed(error))
      .then(() => {
        this.#isBusy = false;
        this.#answerWaiting();
      });
  }

  #answerWaiting(): void {
    while (!this.#isBusy && this.#waiting.length > 0) this.#answer(this.#waiting.shift() as Heard);
  }

  #failed(error: unknown): void {
    this.#context.logger.error({ error, client: this.#session.clientId }, 'a frame could not be answered');
    this.#session.complain({ code: 'internal', message: 'something went wrong here; it has been noted' });
  }

  #take({ text, afterMs }: Heard): Promise<void> | undefined {
    const heard = parseFrame(text, this.#context.limits, this.#session.isBasic);
    if (this.#isFirst) {
      this.#isFirst = false;
      this.#session.hasSpoken();
      if (heard.client !== undefined) this.#publisher.secret = heard.client;
    }
    if (afterMs > 0) this.#putOff(heard, afterMs);
    else if (heard.kind === 'client') return this.#act(heard.frame);
    else if (heard.kind === 'other') this.#reply(heard.frame, text);
    else this.#session.complain({ code: heard.code, message: heard.message, ...heard.about });
    return undefined;
  }

  /** Says which frame was refused, and lets no later publish overtake it. */
  #putOff(heard: ReturnType<typeof parseFrame>, afterMs: number): void {
    const complaint = { code: 'rate_limited', message: TOO_MANY, retry: true, afterMs } as const;
    if (heard.kind !== 'client')
      return this.#session.complain({ ...complaint, ...('about' in heard ? heard.about : {}) });
    if (heard.frame.type === 'publish') return this.#publisher.holdBack(heard.frame, complaint);
    const { topic, rid }: { readonly type: string; readonly topic?: string; readonly rid?: Rid } = heard.frame;
    this.#session.complain({ ...complaint, topic, rid });
  }

  #act(frame: ParsedFrame): Promise<void> | undefined {
    switch (frame.type) {
      case 'ping':
        this.#session.tell(frame.t === undefined ? { type: 'pong' } : { type: 'pong', t: frame.t });
        return undefined;
      case 'unsubscribe':
        this.#unsubscribe(frame);
        return undefined;
      case 'subscribe':
        return this.#subscribe(frame);
      case 'resume':
        return Promise.all(
          frame.topics.map(({ topic, ...since }) => this.#subscribe({ topic, since, rid: frame.rid })),
        ).then();
      case 'publish':
        return this.#publish(frame);
      case 'auth':
        return this.#authenticate(frame);
    }
  }

  async #subscribe(wish: SubscribeWish): Promise<void> {
    const about = { topic: wish.topic, rid: wish.rid };
    if (!(await this.#isAllowed('subscribe', wish.topic))) {
      // What was allowed once may be no more.
      this.subscriptions.leave(wish.topic);
      return this.#session.complain({ code: 'denied', message: 'not allowed to subscribe here', ...about });
    }
    if (!this.#session.isOpen) return;
    if (!this.subscriptions.hasRoomFor(wish.topic)) {
      const message = `at most ${this.#context.limits.topics} topics for one connection: limits.topics`;
      return this.#session.complain({ code: 'limit', message, ...about });
    }
    try {
      await within(this.#context.scheduler, this.subscriptions.join(wish));
    } catch (error) {
      this.#context.logger.error({ error, topic: wish.topic }, 'the broker could not be asked');
      this.subscriptions.leave(wish.topic);
      this.#session.complain({ code: 'unavailable', message: 'the broker does not answer', retry: true, ...about });
    }
  }

  #unsubscribe({ topic, rid }: FrameOf<'unsubscribe'>): void {
    const wasThere = this.subscriptions.leave(topic);
    if (this.#session.isBasic) return;
    if (wasThere) return this.#session.tell({ type: 'unsubscribed', topic, ...(rid === undefined ? {} : { rid }) });
    this.#session.complain({ code: 'not_subscribed', message: 'there is no subscription to this topic', topic, rid });
  }

  async #publish(frame: FrameOf<'publish'>): Promise<void> {
    if (this.#publisher.refuses(frame)) return;
    if (await this.#isAllowed('publish', frame.topic)) return this.#publisher.publish(frame);
    this.#publisher.complain(frame, { code: 'denied', message: 'not allowed to publish here' });
  }

  async #authenticate({ token }: FrameOf<'auth'>): Promise<void> {
    const { reauthenticate } = this.#session.info;
    if (reauthenticate === undefined) {
      return this.#session.complain({ code: 'denied', message: 'nobody logs in here: there is no authenticate' });
    }
    const principal = await reauthenticate(token).catch(() => undefined);
    const isSame = principal !== undefined && principal.id === this.#session.principal?.id;
    if (!isSame || isPast(principal, this.#context.scheduler.date()))
      return this.#session.close(hubClose.credentials, 'the credential was refused');
    this.#session.renewCredential(principal);
    const { expiresAt } = principal;
    this.#session.tell({ type: 'authed', ...(expiresAt === undefined ? {} : { exp: expiresAt }) });
  }

  async #isAllowed(action: Action, topic: string): Promise<boolean> {
    const { authorize, authenticate } = this.#context.options;
    if (authorize === undefined) return authenticate === undefined;
    const { clientId, principal } = this.#session;
    try {
      const answer: unknown = await authorize({ clientId, principal }, action, topic);
      return answer === true;
    } catch (error) {
      this.#context.logger.error({ error, client: clientId, topic }, 'authorize failed: taken for a no');
      return false;
    }
  }

  #reply(frame: unknown, text: string): void {
    const { onFrame } = this.#context.options;
    // It has been parsed: its text is JSON.
    if (onFrame === undefined) return this.#session.say(new Outgoing(`{"received":${text}}`));
    const { clientId, principal } = this.#session;
    try {
      const answer = JSON.stringify(onFrame(frame, { clientId, principal })) as string | undefined;
      if (answer !== undefined) this.#session.say(new Outgoing(answer));
    } catch (error) {
      this.#failed(error);
    }
  }
}

function isPast({ expiresAt = Infinity }: Principal, nowMs: number): boolean {
  return expiresAt <= nowMs;
}
