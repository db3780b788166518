/** Servers of the heartbeat's table that no random run has. */
import { hubHello } from '../fixtures/hubHello.ts';
import { later, pong, repeat, say, takeUp } from './serverHabits.ts';
import { LIVELY_MS, type ServerKind } from './servers.ts';

type Behave = ServerKind['behave'];

/** How often it says something. Unit ms. */
const TICK_MS = 100;
/** A peer may read on for so much longer. Unit ms. */
const LINGERING_MS = 60_000;
/** Between a hub's `drain` and its death. Unit ms. */
const DRAINING_MS = 60_000;

/** Answers every ping for a while; then the peer reads no more, and goes on talking. */
export const readingNoMore: Behave = (peer, site) => {
  let isReading = true;
  later(peer, site, LIVELY_MS + site.random() * LINGERING_MS, () => {
    isReading = false;
    peer.answersPings = false;
    site.deaths.push(site.clock.now());
  });
  takeUp(peer, site, { isDeaf: () => !isReading });
  repeat(peer, site, { nextMs: () => TICK_MS, act: () => say(peer, { tick: 1 }) });
};

/** A hub. Its first peer is told after a while that it drains for ten minutes, and is as good as gone a minute later. */
export const drainingOnce: Behave = (peer, site) => {
  let isDead = false;
  say(peer, hubHello({ intervalMs: 25_000, timeoutMs: 10_000 }));
  takeUp(peer, site, { isDeaf: () => isDead, onPing: (ping) => pong(peer, ping) });
  if (site.deaths.length > 0) return;
  later(peer, site, LIVELY_MS, () => say(peer, { type: 'drain', deadlineMs: 100, retryAfterMs: 600_000 }));
  later(peer, site, LIVELY_MS + DRAINING_MS, () => {
    isDead = true;
    site.deaths.push(site.clock.now());
  });
};
