/** Single steps of the production machine, without an actor: what a state makes of an event, and the shortest way into each state. */
import { initialTransition, transition, type AnyStateMachine } from 'xstate';
import { expect } from 'vitest';
import type { Stamp } from '../../machines/connection.types.ts';
import { connectionMachine, type ConnectionEvent, type ConnectionOptions } from '../../src/index.ts';
import { pathOf } from '../../src/client/because.ts';
import { modelOptions, type ModelEvent, type ModelSnapshot } from './paths.ts';

export const connect: ConnectionEvent = { type: 'client.connect' };
export const opened = (heartbeat: boolean, greets = false): ConnectionEvent => ({
  type: 'socket.opened',
  protocol: '',
  greets,
  heartbeat,
});
export const pong: ConnectionEvent = { type: 'socket.alive', pong: true };
export const closed = (
  verdict: 'retry' | 'refresh' | 'fail',
  how: { readonly httpStatus: number } | { readonly hasOpened: boolean } = { hasOpened: true },
): ConnectionEvent => ({
  type: 'socket.closed',
  close: { code: verdict === 'retry' ? 1006 : verdict === 'fail' ? 1008 : 4401, reason: '', wasClean: false },
  verdict,
  ...how,
});
export const timer = (delay: string, state: string, stamp: Stamp = {}): ModelEvent => ({
  type: `xstate.after.${delay}.connection.${state}`,
  ...stamp,
});
export const draining: ConnectionEvent = { type: 'hub.draining', retryAfterMs: 1_500 };

/** NaN stands for the token of the running attempt. */
export const resolved = { type: 'transport.resolved', token: NaN } as const;
export const rejected = { type: 'transport.rejected', token: NaN } as const;

/** A shortest way into each leaf state; the last connection has been open and has answered a ping where that matters. */
const ways: Readonly<Record<string, readonly ModelEvent[]>> = {
  idle: [],
  'connecting.closing': [connect, resolved, opened(true), { type: 'client.reconnect' }],
  'connecting.resolving': [connect],
  'connecting.handshaking': [connect, resolved],
  'connecting.greeting': [connect, resolved, opened(true, true)],
  'connecting.proving': [connect, resolved, opened(true), pong, closed('retry'), connect, resolved, opened(true)],
  'open.quiet': [connect, resolved, opened(true), pong],
  'open.probing': [connect, resolved, opened(true)],
  'open.closing': [connect, resolved, opened(true), { type: 'socket.closing' }],
  'backoff.waiting': [connect, rejected],
  'backoff.offline': [connect, rejected, { type: 'network.offline' }],
  'backoff.suspended': [connect, { type: 'page.left' }],
  'closed.closing': [connect, resolved, opened(true), { type: 'client.disconnect' }],
  'closed.done': [{ type: 'client.disconnect' }],
  failed: [connect, resolved, opened(true), closed('fail')],
};

export interface Step {
  readonly state: ModelSnapshot;
  /** Names of the actions that ran. */
  readonly actions: readonly string[];
}

export function step(state: ModelSnapshot, event: ModelEvent): Step {
  const { token } = state.context;
  const told = 'token' in event && Number.isNaN(event.token) ? { ...event, token } : event;
  const [next, actions] = transition(connectionMachine as AnyStateMachine, state, told);
  return { state: next as ModelSnapshot, actions: actions.map(({ type }) => type) };
}

export function bringTo(leaf: string, options: Partial<ConnectionOptions> = {}): ModelSnapshot {
  const [first] = initialTransition(connectionMachine, { ...modelOptions, ...options });
  const state = (ways[leaf] ?? []).reduce<ModelSnapshot>((before, event) => step(before, event).state, first);
  expect(pathOf(state.value), `the way into ${leaf}`).toBe(leaf);
  return state;
}
