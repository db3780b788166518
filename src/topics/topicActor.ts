import { createActor, type ActorRefFrom } from 'xstate';
import { createSubscriptionChart } from '../../machines/subscription.machine.ts';
import type { SubscriptionStateName } from '../../machines/subscription.types.ts';
import type { SpeakerClock } from '../client/speaker.ts';

/** What the chart of a topic asks of the world. */
interface Effects {
  readonly ask: () => void;
  readonly leave: () => void;
  readonly random: () => number;
}

const effects = new WeakMap<object, Effects>();
const effectsOf = (self: unknown): Effects | undefined => effects.get(self as object);

/** Made once for all topics. */
const chart = /* @__PURE__ */ createSubscriptionChart((self) => effectsOf(self)?.random() ?? 0.5).provide({
  actions: { ask: ({ self }) => effectsOf(self)?.ask(), leave: ({ self }) => effectsOf(self)?.leave() },
});

export type TopicActor = ActorRefFrom<typeof chart>;

/** The chart of one topic, at work. */
export function startTopicActor(topic: string, clock: SpeakerClock, given: Effects, changed: () => void): TopicActor {
  const actor = createActor(chart, { id: `topic ${topic}`, clock: clock });
  effects.set(actor, given);
  actor.start();
  actor.subscribe(changed);
  return actor;
}

/** One of the six, and why it is denied. */
export function standingOf(actor: TopicActor): {
  readonly state: SubscriptionStateName;
  readonly denial: string | undefined;
} {
  const { value, context } = actor.getSnapshot();
  const state = typeof value === 'string' ? value : Object.keys(value)[0];
  return { state: state as SubscriptionStateName, denial: context.denial ?? undefined };
}
