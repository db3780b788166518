/** The chart of a topic on the client: six states, and what each event does in each of them. */
import { assign, setup } from 'xstate';
import { clampDelay, jittered } from './backoff.ts';
import type { SubscriptionContext, SubscriptionEvent } from './subscription.types.ts';

/** The first delay after the peer put us off, and the longest. Unit ms. */
const BASE_MS = 250;
const CAP_MS = 10_000;

type Told<T extends SubscriptionEvent['type']> = Extract<SubscriptionEvent, { type: T }>;

/** What the client provides; in the bare chart it does nothing. */
const effect = () => undefined;

/** A question to the peer, from the wish to ask it to the answer. */
const questions = {
  waiting: {
    description: 'For a connection.',
    always: { guard: 'isReady', target: 'asked' },
  },
  asked: {
    description: 'The peer has been asked.',
    entry: 'ask',
    on: {
      'topic.rewound': { target: 'asked', reenter: true, description: 'One more wants something else.' },
      'hub.subscribed': [
        { guard: 'isWhole', target: '#subscription.live', actions: 'forgetPostponements' },
        {
          target: '#subscription.gap',
          actions: 'forgetPostponements',
          description: 'The log no longer holds it, or is another one.',
        },
      ],
      'hub.postponed': { target: 'pausing', actions: 'planRetry' },
      'hub.reset': { target: 'asked', reenter: true },
      'hub.denied': { target: '#subscription.denied', actions: 'noteDenial' },
    },
  },
  pausing: {
    description: 'The peer cannot now: it is asked again later.',
    after: { retryDelay: 'asked' },
  },
} as const;

/** What ends a question without an answer. The peer may hold an older subscription of ours all the while. */
const withdrawals = {
  'topic.unwanted': { target: 'idle', actions: 'leave' },
  'peer.lost': { target: '.waiting', actions: 'markLost' },
} as const;

/** What is the same in every state in which the peer holds a subscription of ours. */
const interruptions = {
  'topic.unwanted': { target: 'idle', actions: 'leave' },
  'topic.rewound': { target: 'resyncing', description: 'One more wants what came before.' },
  'peer.lost': { target: 'resyncing', actions: 'markLost' },
  'hub.reset': 'resyncing',
  'hub.postponed': { target: 'resyncing.pausing', actions: 'planRetry' },
  'hub.denied': { target: 'denied', actions: 'noteDenial', description: 'What was allowed once may be no more.' },
  'gap.found': { target: 'resyncing', description: 'The peer did not say so, but something is missing.' },
} as const;

/** Makes the chart. `random` is asked for the jitter: at least 0, below 1. */
export function createSubscriptionChart(random: (self: unknown) => number) {
  return setup({
    types: {} as { context: SubscriptionContext; events: SubscriptionEvent },
    guards: {
      isReady: ({ context }) => context.isReady,
      isWhole: ({ event }) => (event as Told<'hub.subscribed'>).isWhole,
      isWithGap: ({ event }) => !(event as Told<'hub.subscribed'>).isWhole,
    },
    delays: { retryDelay: ({ context }) => context.retryDelayMs },
    actions: {
      markReady: assign({ isReady: true }),
      markLost: assign({ isReady: false }),
      planRetry: assign(({ context, event, self }) => {
        const { afterMs = 0 } = event as Told<'hub.postponed'>;
        const ceilingMs = Math.min(CAP_MS, BASE_MS * 2 ** context.postponements);
        return {
          postponements: context.postponements + 1,
          retryDelayMs: clampDelay(afterMs + jittered(ceilingMs, 'full', random(self))),
        };
      }),
      noteDenial: assign({ denial: ({ event }) => (event as Told<'hub.denied'>).code }),
      forgetDenial: assign({ denial: null }),
      forgetPostponements: assign({ postponements: 0 }),
      countResync: assign({ resyncs: ({ context }) => context.resyncs + 1 }),
      countGap: assign({ gaps: ({ context }) => context.gaps + 1 }),
      // The world
      ask: effect,
      leave: effect,
    },
  }).createMachine({
    id: 'subscription',
    description: 'One topic on the client, however many listen to it and whatever becomes of the connection.',
    context: { isReady: false, postponements: 0, retryDelayMs: 0, denial: null, gaps: 0, resyncs: 0 },
    initial: 'idle',
    on: {
      'peer.ready': { actions: 'markReady' },
      'peer.lost': { actions: 'markLost' },
    },
    states: {
      idle: {
        description: 'Nobody listens.',
        entry: 'forgetPostponements',
        on: { 'topic.wanted': 'subscribing' },
      },

      subscribing: {
        description: 'Somebody listens, and nothing was heard yet.',
        initial: 'waiting',
        on: withdrawals,
        states: questions,
      },

      live: {
        description: 'Every message follows the one before it.',
        on: {
          ...interruptions,
          'hub.subscribed': {
            guard: 'isWithGap',
            target: 'gap',
            description: 'Unasked: a hub that keeps only the newest for slow clients says what it skipped.',
          },
        },
      },

      resyncing: {
        description: 'It has to go on after the last message that was seen, and asks for what came since.',
        entry: 'countResync',
        initial: 'waiting',
        on: withdrawals,
        states: questions,
      },

      gap: {
        description:
          'Messages are missing, and the application was told. It lasts until `onGap` is done; new ones come in.',
        entry: 'countGap',
        on: {
          ...interruptions,
          'hub.subscribed': { guard: 'isWithGap', target: 'gap', reenter: true, description: 'One more.' },
          'gap.handled': 'live',
        },
      },

      denied: {
        description: 'The peer will not have it. Asked again on the next connection, or when one more wants it.',
        exit: 'forgetDenial',
        on: {
          'topic.unwanted': 'idle',
          'topic.wanted': 'subscribing',
          'peer.ready': { target: 'subscribing', actions: 'markReady' },
        },
      },
    },
  });
}

/** The chart alone: its effects are empty, to be provided. Chance is at the middle of its range. */
export const subscriptionMachine = /* @__PURE__ */ createSubscriptionChart(() => 0.5);
