/** Real hubs behind one address of a simulated network: each can crash, drain, and come back over the same broker. */
import { HubCore } from '../../../src/server/hubCore.ts';
import type { HubOptions } from '../../../src/server/options.ts';
import type { Outgoing } from '../../../src/server/outgoing.ts';
import type { Peer, PeerEvents } from '../../../src/server/peer.ts';
import { resolveOptions } from '../../../src/server/resolve.ts';
import type { Scheduler } from '../../../src/server/scheduler.ts';
import type { HubStats } from '../../../src/server/stats.ts';
import { SUBPROTOCOL } from '../../../src/protocol/topicFrames.ts';
import type { SimulatedClock, SimulatedNetwork, SimulatedPeer } from '../../../src/testing/index.ts';
import { checkedDelay } from '../../fixtures/hubDelay.ts';

/** How long everybody may stay when a hub drains, and over what time they come back. Unit ms. */
const DRAIN = { graceMs: 200, windowMs: 1_000 };

/** The hub's end of a socket. While it is stalled, what the hub sends waits. */
class NetworkPeer implements Peer {
  isStalled = false;
  readonly #end: SimulatedPeer;
  #waiting: Outgoing[] = [];
  #events: PeerEvents | undefined = undefined;

  constructor(end: SimulatedPeer) {
    this.#end = end;
  }

  get bufferedAmount(): number {
    return this.#waiting.reduce((bytes, { byteLength }) => bytes + byteLength, 0);
  }

  send(batch: readonly Outgoing[]): void {
    if (this.isStalled) this.#waiting.push(...batch);
    else for (const { text } of batch) this.#end.send(text);
  }

  goOn(): void {
    this.isStalled = false;
    for (const { text } of this.#waiting.splice(0)) this.#end.send(text);
    if (this.#end.isOpen) this.#events?.drained();
  }

  /** Who does not read does not answer either. */
  ping(): void {
    if (!this.isStalled) this.#events?.alive();
  }

  close(code: number, reason: string): void {
    this.#end.close(code, reason);
  }

  terminate(): void {
    this.#end.terminate();
  }

  listen(events: PeerEvents): void {
    this.#events = events;
    this.#end.onMessage((data) => events.text(data as string, Buffer.byteLength(data as string)));
    this.#end.onClose(({ code }) => events.closed(code));
  }
}

/** One of those behind the address. */
interface Running {
  readonly hub: HubCore;
  readonly peers: Set<NetworkPeer>;
}

interface Hosting {
  readonly clock: SimulatedClock;
  readonly network: SimulatedNetwork;
  readonly random: () => number;
  readonly url: string;
  /** How many hubs share the broker; who comes is handed to any of them. */
  readonly size: number;
  /** Of the next hub: one that comes back may be set otherwise. */
  readonly options: () => HubOptions;
}

export class HubHost {
  readonly #clock: SimulatedClock;
  readonly #random: () => number;
  readonly #options: () => HubOptions;
  readonly #size: number;
  readonly #running = new Set<Running>();
  /** All that have ever been there. */
  readonly #hubs: HubCore[] = [];

  constructor({ clock, network, random, url, size, options }: Hosting) {
    this.#clock = clock;
    this.#random = random;
    this.#options = options;
    this.#size = size;
    this.comeBack();
    network.serve(url, (end) => {
      const running = this.#anyOf(({ hub }) => !hub.isDraining);
      if (running === undefined) return { status: 503 };
      const peer = new NetworkPeer(end);
      running.peers.add(peer);
      end.onClose(() => running.peers.delete(peer));
      running.hub.accept(peer, { clientId: 'somebody', principal: undefined, protocol: SUBPROTOCOL });
      return SUBPROTOCOL;
    });
  }

  /** One of them says nothing any more, and its peers are cut off. */
  crash(): void {
    const running = this.#anyOf();
    if (running === undefined) return;
    this.#running.delete(running);
    for (const peer of [...running.peers]) peer.terminate();
  }

  crashAll(): void {
    while (this.#running.size > 0) this.crash();
  }

  drain(): void {
    const running = this.#anyOf(({ hub }) => !hub.isDraining);
    if (running !== undefined) void running.hub.drain(DRAIN).then(() => this.#running.delete(running));
  }

  comeBack(): void {
    while (this.#running.size < this.#size) {
      const hub = new HubCore(resolveOptions(this.#options()), this.#scheduler());
      this.#hubs.push(hub);
      this.#running.add({ hub, peers: new Set() });
    }
  }

  cut(): void {
    for (const peer of this.#peers) peer.terminate();
  }

  stall(): void {
    for (const peer of this.#peers) peer.isStalled = true;
  }

  goOn(): void {
    for (const peer of this.#peers) peer.goOn();
  }

  /** Of all that have ever been there. */
  count(of: (stats: HubStats) => number): number {
    return this.#hubs.reduce((sum, hub) => sum + of(hub.stats()), 0);
  }

  async close(): Promise<void> {
    this.crashAll();
    await Promise.all(this.#hubs.map((hub) => hub.close()));
  }

  get #peers(): NetworkPeer[] {
    return [...this.#running].flatMap(({ peers }) => [...peers]);
  }

  #anyOf(isMeant: (running: Running) => boolean = () => true): Running | undefined {
    const meant = [...this.#running].filter(isMeant);
    return meant[Math.floor(this.#random() * meant.length)];
  }

  #scheduler(): Scheduler {
    const { now, setTimeout, clearTimeout } = this.#clock;
    return {
      now,
      date: now,
      setTimeout: (callback, delayMs) => setTimeout(callback, checkedDelay(delayMs)),
      clearTimeout: (id) => clearTimeout(id as number | undefined),
      soon: (callback) => void setTimeout(callback, 0),
    };
  }
}
