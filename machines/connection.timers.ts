/** The timers that belong to no state: they run only while there is something to do. */
import { enqueueActions } from 'xstate';
import { clampDelay } from './backoff.ts';
import type { ConnectionContext, ConnectionEvent } from './connection.types.ts';

const plan = enqueueActions<
  ConnectionContext,
  ConnectionEvent,
  undefined,
  ConnectionEvent,
  never,
  never,
  never,
  never,
  never
>;

/** When the outbox wants to be looked at again: something in it expires, or waits for room. */
export const planOutboxDue = plan(({ enqueue, event }) => {
  if (event.type !== 'outbox.changed') return;
  enqueue.cancel('outbox.due');
  if (event.dueInMs === undefined) return;
  enqueue.raise({ type: 'outbox.due' }, { id: 'outbox.due', delay: clampDelay(event.dueInMs) });
});

/** While messages wait for their confirmation: the beat at which it is asked for. */
export const planConfirmDue = plan(({ enqueue, event, context }) => {
  const { confirmEveryMs } = context.settings;
  const isGoingOn = event.type === 'outbox.changed' ? event.isConfirming : true;
  if (isGoingOn === undefined || confirmEveryMs === null) return;
  enqueue.cancel('confirm.due');
  if (isGoingOn) enqueue.raise({ type: 'confirm.due' }, { id: 'confirm.due', delay: clampDelay(confirmEveryMs) });
});

/** While the hub drains: when it wants us back. */
export const planDrainDue = plan(({ enqueue, context }) => {
  enqueue.cancel('drain.due');
  if (context.drainUntil !== null && context.settings.isReconnecting)
    enqueue.raise({ type: 'drain.due' }, { id: 'drain.due', delay: 'drainDelay' as never });
});
