/** "What each event does in each state", cell by cell, written by hand and held against the machine. */
import { describe, expect, it } from 'vitest';
import { connectionMachine } from '../../src/index.ts';
import { bringTo, closed, connect, draining, opened, pong, rejected, resolved, step, timer } from './chartSteps.ts';
import { pathOf } from '../../src/client/because.ts';
import { ownTimers, type ModelEvent, type ModelSnapshot } from './paths.ts';
import { leafPaths } from './staticBranches.ts';

const connecting = ['connecting.resolving', 'connecting.handshaking', 'connecting.greeting', 'connecting.proving'];
const open = ['open.quiet', 'open.probing', 'open.closing'];
const backoff = ['backoff.waiting', 'backoff.offline', 'backoff.suspended'];
const ended = ['closed.closing', 'closed.done', 'failed'];

const each = (states: readonly string[], target: string): Record<string, string> =>
  Object.fromEntries(states.map((state) => [state, target]));
const dials = 'connecting.resolving';
/** Dials once the socket before is closed. */
const closes = 'connecting.closing';
const waits = 'backoff.waiting';
const afterClosing = { 'connecting.closing': dials, 'closed.closing': 'closed.done' };

interface Row {
  readonly event: ModelEvent;
  /** Where each state goes; a state that is left out stays. `again`: it is entered anew. */
  readonly to: Readonly<Record<string, string>>;
}

const rows: Readonly<Record<string, Row>> = {
  'client.connect': {
    event: connect,
    to: {
      ...each(['idle', ...backoff, 'closed.done', 'failed'], dials),
      'closed.closing': closes,
    },
  },
  'client.reconnect': {
    event: { type: 'client.reconnect' },
    to: {
      ...each(['idle', ...connecting, ...backoff, 'closed.done', 'failed'], dials),
      ...each([...open, 'closed.closing'], closes),
    },
  },
  'client.disconnect': {
    event: { type: 'client.disconnect' },
    to: {
      ...each(['idle', ...connecting, ...backoff], 'closed.done'),
      ...each(['connecting.closing', ...open], 'closed.closing'),
      'closed.closing': 'closed.done',
    },
  },
  'client.send': { event: { type: 'client.send', message: 1 }, to: {} },
  'transport.started': {
    event: { type: 'transport.started' },
    to: {
      ...each([closes, ...connecting, ...open], dials),
      'closed.closing': 'closed.done',
    },
  },
  'transport.started, restored': {
    event: { type: 'transport.started', restored: true },
    to: {
      ...each([closes, ...connecting, ...open], dials),
      ...each(['backoff.waiting', 'backoff.suspended'], waits),
      'backoff.offline': 'backoff.offline again',
      'closed.closing': 'closed.done',
    },
  },
  'transport.resolved': { event: resolved, to: { 'connecting.resolving': 'connecting.handshaking' } },
  'transport.resolved, late': { event: { type: 'transport.resolved', token: 999 }, to: {} },
  'transport.rejected': { event: rejected, to: { 'connecting.resolving': waits } },
  'transport.rejected, late': { event: { type: 'transport.rejected', token: 999 }, to: {} },
  'transport.rejected, no WebSocket': {
    event: { ...rejected, code: 'no-websocket' },
    to: { 'connecting.resolving': 'failed' },
  },
  'socket.opened, greets': { event: opened(true, true), to: { 'connecting.handshaking': 'connecting.greeting' } },
  'socket.opened, heartbeat on': { event: opened(true), to: { 'connecting.handshaking': 'open.probing' } },
  'socket.opened, heartbeat off': { event: opened(false), to: { 'connecting.handshaking': 'open.quiet' } },
  'socket.greeted': { event: { type: 'socket.greeted' }, to: { 'connecting.greeting': 'open.probing' } },
  'socket.refused': { event: { type: 'socket.refused' }, to: { 'connecting.greeting': waits } },
  'socket.alive, another frame': { event: { type: 'socket.alive', pong: false }, to: { 'open.probing': 'open.quiet' } },
  'socket.alive, our pong': {
    event: pong,
    to: { 'connecting.proving': 'open.quiet', 'open.probing': 'open.quiet' },
  },
  'socket.closing': { event: { type: 'socket.closing' }, to: each(['open.quiet', 'open.probing'], 'open.closing') },
  'socket.closed, retry': {
    event: closed('retry'),
    to: { ...each([...connecting.slice(1), ...open], waits), ...afterClosing },
  },
  'socket.closed, refresh': {
    event: closed('refresh'),
    to: { ...each([...connecting.slice(1), ...open], waits), ...afterClosing },
  },
  'socket.closed, fail': {
    event: closed('fail'),
    to: { ...each([...connecting.slice(1), ...open], 'failed'), ...afterClosing },
  },
  'socket.closed, HTTP 401': {
    event: closed('refresh', { httpStatus: 401 }),
    to: { ...each([...connecting.slice(1), ...open], waits), ...afterClosing },
  },
  'socket.closed, HTTP 403': {
    event: closed('fail', { httpStatus: 403 }),
    to: { ...each([...connecting.slice(1), ...open], 'failed'), ...afterClosing },
  },
  ...Object.fromEntries(
    connecting.map((state) => [
      `connectTimeout of ${state}`,
      { event: timer('connectTimeout', state), to: { [state]: waits } },
    ]),
  ),
  wakeTimeout: { event: timer('wakeTimeout', 'connecting.proving'), to: { 'connecting.proving': waits } },
  'wakeTimeout, late': {
    event: timer('wakeTimeout', 'connecting.proving', { isLate: true }),
    to: { 'connecting.proving': 'connecting.proving again' },
  },
  'wakeTimeout, excused': {
    event: timer('wakeTimeout', 'connecting.proving', { excusedMs: 1 }),
    to: { 'connecting.proving': 'connecting.proving again' },
  },
  pongTimeout: { event: timer('pongTimeout', 'open.probing'), to: { 'open.probing': 'open.quiet' } },
  'pongTimeout, late': {
    event: timer('pongTimeout', 'open.probing', { isLate: true }),
    to: { 'open.probing': 'open.probing again' },
  },
  'pongTimeout, excused': {
    event: timer('pongTimeout', 'open.probing', { excusedMs: 1 }),
    to: { 'open.probing': 'open.probing again' },
  },
  pingInterval: { event: timer('pingInterval', 'open.quiet'), to: { 'open.quiet': 'open.probing' } },
  stableAfter: { event: timer('stableAfter', 'open'), to: {} },
  'drain.due': { event: { type: 'drain.due' }, to: each(open, closes) },
  retryDelay: { event: timer('retryDelay', 'backoff.waiting'), to: { 'backoff.waiting': dials } },
  offlineRetryDelay: { event: timer('offlineRetryDelay', 'backoff.offline'), to: { 'backoff.offline': dials } },
  closeTimeout: { event: timer('closeTimeout', 'closed.closing'), to: { 'closed.closing': 'closed.done' } },
  'closeTimeout, of the peer': { event: timer('closeTimeout', 'open.closing'), to: { 'open.closing': waits } },
  'closeTimeout, to dial': {
    event: timer('closeTimeout', 'connecting.closing'),
    to: { 'connecting.closing': dials },
  },
  'network.offline': {
    event: { type: 'network.offline' },
    to: { 'open.quiet': 'open.probing', 'backoff.waiting': 'backoff.offline' },
  },
  'network.online': {
    event: { type: 'network.online' },
    to: {
      'open.quiet': 'open.probing',
      'open.probing': 'open.probing again',
      'backoff.waiting': 'backoff.waiting again',
      'backoff.offline': waits,
    },
  },
  'page.hidden': { event: { type: 'page.hidden' }, to: {} },
  'page.left': {
    event: { type: 'page.left' },
    to: {
      ...each([closes, ...connecting, ...open, 'backoff.waiting', 'backoff.offline'], 'backoff.suspended'),
      'closed.closing': 'closed.done',
    },
  },
  'page.resumed': {
    event: { type: 'page.resumed' },
    to: {
      'open.quiet': 'open.probing',
      'open.probing': 'open.probing again',
      'backoff.waiting': 'backoff.waiting again',
      'backoff.suspended': dials,
    },
  },
  'clock.jumped': {
    event: { type: 'clock.jumped' },
    to: {
      'connecting.closing': dials,
      'connecting.handshaking': dials,
      'connecting.greeting': dials,
      'connecting.proving': 'connecting.proving again',
      'open.quiet': 'open.probing',
      'open.probing': 'open.probing again',
      'backoff.waiting': 'backoff.waiting again',
      'closed.closing': 'closed.done',
    },
  },
  'hub.draining': { event: draining, to: {} },
  'outbox.changed': { event: { type: 'outbox.changed', level: 'full' }, to: {} },
  'outbox.due': { event: { type: 'outbox.due' }, to: {} },
  'confirm.due': { event: { type: 'confirm.due' }, to: {} },
};

const cells = Object.entries(rows).flatMap(([name, { event, to }]) =>
  leafPaths(connectionMachine).map((leaf) => [name, leaf, to[leaf] ?? 'stays', event] as const),
);

describe('what each event does in each state', () => {
  it.each(cells)('%s in %s: %s', (_, leaf, expected, event) => {
    const before = bringTo(leaf);
    const { state, actions } = step(before, event);
    const [target, again] = expected === 'stays' ? [leaf, undefined] : expected.split(' ');
    expect(pathOf(state.value)).toBe(target);
    const reenters =
      leaf.startsWith('connecting') || leaf === 'open.probing' ? ['sendPing', 'resolveTarget'] : ['xstate.raise'];
    if (again !== undefined) expect(actions.some((action) => reenters.includes(action))).toBe(true);
  });

  it('lets silence end in every leaf of open: a timer of its own runs there, however the leaf was entered', () => {
    for (const leaf of open) {
      for (const before of [[], [draining]]) {
        const state = before.reduce<ModelSnapshot>((now, event) => step(now, event).state, bringTo(leaf));
        const timers = ownTimers(state).filter((type) => !type.includes('stableAfter'));
        expect(timers, leaf).toHaveLength(1);
      }
    }
  });

  it('treats a send as its state says: held, transmitted, or rejected', () => {
    const treatment = (leaf: string): string =>
      leaf.startsWith('open') ? 'transmit' : ended.includes(leaf) ? 'rejectSend' : 'holdInOutbox';
    for (const leaf of leafPaths(connectionMachine)) {
      expect(step(bringTo(leaf), { type: 'client.send', message: 1 }).actions, leaf).toEqual([treatment(leaf)]);
    }
  });
});
