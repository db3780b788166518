/** What servers do with what arrives, and when they say something of their own. */
import type { RawData } from '../../src/index.ts';
import type { SimulatedClock, SimulatedPeer } from '../../src/testing/index.ts';

/** What the peers of one server share: its time and chance, and what it has taken up. */
export interface Site {
  readonly clock: SiteClock;
  readonly random: () => number;
  /** When the server came up. Unit ms. */
  readonly startedAt: number;
  /** Application messages that it has taken up, in that order; pings, and what is said to be let in, are none. */
  readonly heard: RawData[];
  /** Who is there now. */
  readonly present: Set<SimulatedPeer>;
  /** When peers of it fell silent for ever, without a word. Unit ms. */
  readonly deaths: number[];
}

type SiteClock = Pick<SimulatedClock, 'now' | 'setTimeout' | 'clearTimeout'>;

/** A server that has just come up. */
export function createSite(clock: SiteClock, random: () => number): Site {
  return { clock, random, startedAt: clock.now(), heard: [], present: new Set(), deaths: [] };
}

interface Ping {
  readonly t?: unknown;
}

/** What a server does with what arrives. By default it takes up messages and ignores pings. */
interface Habits {
  readonly isDeaf?: () => boolean;
  readonly onPing?: (ping: Ping) => void;
  readonly onMessage?: (data: RawData) => void;
}

export function takeUp(peer: SimulatedPeer, site: Site, habits: Habits = {}): void {
  const {
    isDeaf = () => false,
    onPing = () => undefined,
    onMessage = (data: RawData) => site.heard.push(data),
  } = habits;
  site.present.add(peer);
  peer.onClose(() => site.present.delete(peer));
  peer.onMessage((data) => {
    if (isDeaf()) return;
    switch (typeOf(data)) {
      case 'ping':
        return onPing(objectOf(data) ?? {});
      case 'auth':
        return;
      default:
        onMessage(data);
    }
  });
}

export function say(peer: SimulatedPeer, message: object): void {
  peer.send(JSON.stringify(message));
}

/** A token goes back as it came. */
export function pong(peer: SimulatedPeer, { t }: Ping = {}): void {
  say(peer, { type: 'pong', t });
}

/** Not once the peer has gone. */
export function later(peer: SimulatedPeer, { clock }: Site, delayMs: number, act: () => void): void {
  const timer = clock.setTimeout(act, delayMs);
  peer.onClose(() => clock.clearTimeout(timer));
}

/** For as long as the peer is there, and there is a next time. */
export function repeat(
  peer: SimulatedPeer,
  { clock }: Pick<Site, 'clock'>,
  { nextMs, act }: { nextMs: () => number | undefined; act: () => void },
): void {
  let timer: number | undefined;
  const plan = (): void => {
    const delayMs = nextMs();
    if (delayMs === undefined) return;
    timer = clock.setTimeout(() => {
      act();
      plan();
    }, delayMs);
  };
  plan();
  peer.onClose(() => clock.clearTimeout(timer));
}

export function typeOf(data: RawData): unknown {
  return objectOf(data)?.type;
}

function objectOf(data: RawData): { readonly type?: unknown; readonly t?: unknown } | null {
  if (typeof data !== 'string') return null;
  try {
    return JSON.parse(data) as { type?: unknown; t?: unknown } | null;
  } catch {
    return null;
  }
}
