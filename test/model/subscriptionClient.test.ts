/** The ways through the chart of a topic, walked by the client: whatever it makes the chart do, the real world did. */
import { createActor, SimulatedClock } from 'xstate';
import { describe, expect, it } from 'vitest';
import { subscriptionMachine, type SubscriptionEvent } from '../../machines/index.ts';
import type { TopicSubscription } from '../../src/topics/index.ts';
import { message, ScriptedHub, type Frame } from '../topics/fixtures/scriptedHub.ts';
import { branchName, staticBranches } from './staticBranches.ts';
import { branchPaths, labelOf, pathOf, type ModelEvent, type Snapshot } from './subscriptionPaths.ts';

const TOPIC = 'news';
/** Longer than the chart waits for anything. Unit ms. */
const LONG_MS = 60_000;

const isAsked = (state: Snapshot): boolean => pathOf(state).endsWith('.asked');
const isHeld = (state: Snapshot): boolean => state.matches('live') || state.matches('gap');

/** What the world can do in a state. */
const possible: Readonly<Record<string, (state: Snapshot, event: ModelEvent) => boolean>> = {
  'topic.wanted': (state) => state.matches('idle') || state.matches('denied'),
  'topic.unwanted': (state) => !state.matches('idle'),
  'topic.rewound': (state) => isHeld(state) || isAsked(state),
  'peer.ready': ({ context }) => !context.isReady,
  'peer.lost': ({ context }) => context.isReady,
  'hub.subscribed': (state, event) => isAsked(state) || (isHeld(state) && !(event as { isWhole: boolean }).isWhole),
  'hub.reset': (state) => isHeld(state) || isAsked(state),
  'hub.postponed': (state) => isHeld(state) || isAsked(state),
  'hub.denied': (state) => isHeld(state) || isAsked(state),
  'gap.found': isHeld,
  'gap.handled': (state) => state.matches('gap'),
  retryDelay: () => true,
};

/** Branches that the config has, and no client comes to, by leaf and event. */
const impossible: Readonly<Record<string, string>> = {
  'subscribing.waiting peer.lost': 'the peer is gone',
  'resyncing.waiting peer.lost': 'the peer is gone',
};

/** A client at a hub that does what the chart is told. */
class World {
  readonly hub = new ScriptedHub({ isLate: true });
  questions = 0;
  #subscriptions: TopicSubscription[] = [];
  #handled: (() => void)[] = [];
  /** The newest question. */
  #question: Frame = {};
  #isAnswered = true;
  #hasOpened = false;
  #sub = 0;
  #epoch = 1;
  /** Where the log is, as the client knows it. */
  #at = 50;
  /** The earliest position that anybody wanted. */
  #lowest = 50;

  readonly #does: Readonly<Record<string, (event: SubscriptionEvent) => unknown>> = {
    'topic.wanted': () => this.#subscribe(this.#at),
    'topic.unwanted': () => {
      for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
    },
    'topic.rewound': () => this.#subscribe(--this.#lowest),
    'peer.ready': () => this.#open(),
    'peer.lost': () => this.hub.cut(),
    'hub.subscribed': (event) => ((event as { isWhole: boolean }).isWhole ? this.#goOn() : this.#leaveOut()),
    'hub.reset': () => this.#reset('epoch'),
    'hub.postponed': () => (this.#isAnswered ? this.#reset('slow') : this.#refuse('unavailable', true)),
    'hub.denied': () => this.#refuse('denied', false),
    'gap.found': () => this.hub.tell(message(TOPIC, this.#at + 5, 'too early', { sub: this.#sub })),
    'gap.handled': () => {
      for (const handled of this.#handled.splice(0)) handled();
    },
    retryDelay: () => this.hub.pass(LONG_MS),
  };

  /** Does it, and reads what the client says to that. */
  async perform(event: ModelEvent): Promise<void> {
    const act = this.#does[labelOf(event)];
    if (act === undefined) throw new Error(`nobody knows how to do ${event.type}`);
    await act(event as SubscriptionEvent);
    for (const frame of await this.hub.heard()) {
      const places = frame['type'] === 'resume' ? (frame['topics'] as Frame[]) : [];
      if (frame['type'] !== 'subscribe' && places.length === 0) continue;
      this.questions++;
      const [since = frame['since']] = places;
      this.#question = { rid: frame['rid'], since };
      this.#isAnswered = false;
    }
  }

  #subscribe(offset: number): void {
    const onGap = () => new Promise<void>((resolve) => this.#handled.push(resolve));
    const since = { epoch: `e${this.#epoch}`, offset };
    this.#subscriptions.push(this.hub.client.subscribe(TOPIC, () => undefined, { since, onGap }));
  }

  async #open(): Promise<void> {
    if (!this.#hasOpened) await this.hub.open();
    else await this.hub.pass(100).then(() => this.hub.pass());
    this.#hasOpened = true;
  }

  /** All that was missed follows: nothing. */
  #goOn(): Promise<void> {
    const { offset } = this.#question['since'] as { offset: number };
    return this.#answer({ offset, recovered: true });
  }

  /** By an answer: the log is another one. Unasked: something is skipped. */
  #leaveOut(): Promise<void> {
    if (!this.#isAnswered) {
      this.#epoch++;
      return this.#answer({ offset: this.#at, recovered: false, reason: 'epoch' });
    }
    this.#at += 10;
    return this.#tell('subscribed', { sub: this.#sub, offset: this.#at, recovered: false, reason: 'too_large' });
  }

  #answer(answer: Frame): Promise<void> {
    const { rid } = this.#question;
    this.#isAnswered = true;
    this.#at = this.#lowest = answer['offset'] as number;
    return this.#tell('subscribed', { rid, sub: ++this.#sub, ...answer });
  }

  #reset(reason: string): Promise<void> {
    const { rid } = this.#question;
    return this.#tell('reset', { ...(this.#isAnswered ? { sub: this.#sub } : { rid, sub: 0 }), reason });
  }

  /** The newest question, also where it has been answered: what was allowed once may be no more. */
  #refuse(code: string, retry: boolean): Promise<void> {
    const { rid } = this.#question;
    return this.#tell('error', { code, retry, rid, message: code, afterMs: 1_000 });
  }

  #tell(type: string, more: Frame): Promise<void> {
    return this.hub.tell({ type, topic: TOPIC, epoch: `e${this.#epoch}`, ...more });
  }
}

describe('the client walks', () => {
  const paths = branchPaths((state, event) => possible[labelOf(event)]?.(state, event) ?? false);

  it('every branch of the chart but those that are left out by name', () => {
    const missing = staticBranches(subscriptionMachine).filter(
      ({ leaf, event, declaredIn, index }) => !paths.has([leaf, event, declaredIn, index].join(' ')),
    );
    const unexplained = missing.filter(({ leaf, event }) => impossible[`${leaf} ${event}`] === undefined);
    expect(unexplained.map(branchName)).toEqual([]);
    expect(Object.keys(impossible)).toHaveLength(missing.length);
  });

  it.each([...paths.values()].map(({ branch, events }) => [branch, events.map(labelOf).join(' · '), events] as const))(
    '%s: %s',
    async (_, __, events) => {
      const clock = new SimulatedClock();
      let questions = 0;
      const chart = subscriptionMachine.provide({ actions: { ask: () => (questions += 1) } });
      const actor = createActor(chart, { clock }).start();
      const world = new World();
      for (const event of events) {
        if (event.type.startsWith('xstate.after.')) clock.increment(LONG_MS);
        else actor.send(event as SubscriptionEvent);
        await world.perform(event);
        const { state } = world.hub.client.status(TOPIC);
        expect([labelOf(event), state, world.questions]).toEqual([
          labelOf(event),
          pathOf(actor.getSnapshot()).split('.')[0],
          questions,
        ]);
      }
      actor.stop();
    },
  );
});
