/** Kinds of servers that are met in the wild: each is what it does with the peers of a simulated network. */
import type { ConnectionOptions } from '../../src/index.ts';
import type { SimulatedPeer } from '../../src/testing/index.ts';
import { later, pong, repeat, say, takeUp, typeOf, type Site } from './serverHabits.ts';

export { createSite, type Site } from './serverHabits.ts';

/** How a client may ask: with a ping frame of the protocol, or with `{"type":"ping"}`, which may bear a token in `t`. */
export type PingKind = 'protocol' | 'application';

/** A kind of server, and how people would talk to it. */
export interface ServerKind {
  /** Which pings get a pong. */
  readonly answers: readonly PingKind[];
  /** Where it gives a pong, all that was sent before the ping is in `heard`. */
  readonly canConfirm: boolean;
  /** What one would tell a browser's connection to it. */
  readonly options: Partial<ConnectionOptions>;
  /** Called with every peer that comes. */
  readonly behave: (peer: SimulatedPeer, site: Site) => void;
}

/** How long a `streaming` server streams, and at least how long each peer of a `dying` one answers. Unit ms. */
export const LIVELY_MS = 10 * 60_000;
/** A peer of a `dying` server may answer so much longer. Unit ms. */
const LINGERING_MS = 60_000;
/** Longest that an `outOfBand` server takes over a message. Unit ms. */
export const HANDLING_MS = 2_000;
/** Close code of a server that does not like what was said. RFC 6455 §7.4.1. */
const POLICY_VIOLATION = 1008;

/** An application message; a `strict` server knows no other. */
export const messageOf = (n: number) => ({ type: 'message', n }) as const;

/** The first frame that an `authFirst` server wants. It says {@link welcome} to it. */
export const authFrame = { type: 'auth', token: 'secret' } as const;
export const welcome = { type: 'welcome' } as const;

const tokenPings = { heartbeat: { ping: (t: string) => JSON.stringify({ type: 'ping', t }) } };

/** Whatever a kind says about pings of the application holds for `{"type":"ping"}`. */
export const serverKinds = {
  /** Answers every ping, and gives its token back. */
  answering: {
    answers: ['protocol', 'application'],
    canConfirm: true,
    options: tokenPings,
    behave: (peer, site) => takeUp(peer, site, { onPing: (ping) => pong(peer, ping) }),
  },

  /** Answers every ping; its pongs do not say which. */
  tokenless: {
    answers: ['protocol', 'application'],
    canConfirm: true,
    options: { heartbeat: {} },
    behave: (peer, site) => takeUp(peer, site, { onPing: () => pong(peer) }),
  },

  /** Sends everything back as it came, a ping too. */
  echo: {
    answers: ['protocol'],
    canConfirm: true,
    options: { heartbeat: {} },
    behave: (peer, site) => {
      peer.onMessage((data) => peer.send(data));
      takeUp(peer, site);
    },
  },

  /** Never says anything. */
  silent: {
    answers: [],
    canConfirm: false,
    options: { heartbeat: {} },
    behave: (peer, site) => {
      peer.answersPings = false;
      takeUp(peer, site);
    },
  },

  /** Answers no ping; says something every second, until there is nothing more to tell anybody. The link stays up. */
  streaming: {
    answers: [],
    canConfirm: false,
    options: { heartbeat: {} },
    behave: (peer, site) => {
      peer.answersPings = false;
      takeUp(peer, site);
      const { clock, startedAt } = site;
      repeat(peer, site, {
        nextMs: () => (clock.now() < startedAt + LIVELY_MS ? 1_000 : undefined),
        act: () => say(peer, { type: 'tick', at: clock.now() }),
      });
    },
  },

  /** Answers every ping for a while; then the peer is as good as gone, and nobody is told. */
  dying: {
    answers: ['protocol', 'application'],
    canConfirm: true,
    options: tokenPings,
    behave: (peer, site) => {
      let isDead = false;
      later(peer, site, LIVELY_MS + site.random() * LINGERING_MS, () => {
        isDead = true;
        peer.answersPings = false;
        site.deaths.push(site.clock.now());
      });
      takeUp(peer, site, {
        isDeaf: () => isDead,
        onPing: (ping) => pong(peer, ping),
      });
    },
  },

  /** Hangs up on whoever does not say who they are first; then it answers every ping. */
  authFirst: {
    answers: ['protocol', 'application'],
    canConfirm: true,
    options: { ...tokenPings, greet: (greeting) => greeting.send(authFrame) },
    behave: (peer, site) => {
      let stage: 'stranger' | 'known' | 'refused' = 'stranger';
      peer.onMessage((data) => {
        if (stage !== 'stranger') return;
        stage = typeOf(data) === 'auth' ? 'known' : 'refused';
        if (stage === 'known') say(peer, welcome);
        else peer.close(POLICY_VIOLATION, 'say who you are first');
      });
      takeUp(peer, site, {
        isDeaf: () => stage !== 'known',
        onPing: (ping) => pong(peer, ping),
      });
    },
  },

  /** Hangs up at a frame that it does not know; it knows messages, and no ping. */
  strict: {
    answers: ['protocol'],
    canConfirm: true,
    options: { heartbeat: false },
    behave: (peer, site) => {
      let isRefused = false;
      peer.onMessage((data) => {
        if (isRefused || typeOf(data) === 'message') return;
        isRefused = true;
        peer.close(POLICY_VIOLATION, 'unknown frame');
      });
      takeUp(peer, site, { isDeaf: () => isRefused });
    },
  },

  /** Says whatever it gets to everybody who is there, the sender too: a ping is a line like any other. Others write now and then. */
  chat: {
    answers: ['protocol'],
    canConfirm: true,
    options: { heartbeat: false },
    behave: (peer, site) => {
      peer.onMessage((data) => {
        for (const one of site.present) one.send(data);
      });
      takeUp(peer, site);
      repeat(peer, site, {
        nextMs: () => 5_000 + site.random() * 115_000,
        act: () => say(peer, { type: 'message', from: 'another' }),
      });
    },
  },

  /** Answers every ping at once, and gets round to messages later, those of a peer that has gone by then never. */
  outOfBand: {
    answers: ['protocol', 'application'],
    canConfirm: false,
    options: tokenPings,
    behave: (peer, site) => {
      let doneAt = 0;
      takeUp(peer, site, {
        onPing: (ping) => pong(peer, ping),
        onMessage: (data) => {
          const now = site.clock.now();
          // One after the other, as from a queue.
          doneAt = Math.max(doneAt, now + site.random() * HANDLING_MS);
          later(peer, site, doneAt - now, () => site.heard.push(data));
        },
      });
    },
  },
} satisfies Record<string, ServerKind>;

/** The name of a kind. */
export type ServerKindName = keyof typeof serverKinds;
