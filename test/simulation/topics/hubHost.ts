/** A real hub at an address of a simulated network: it can crash, drain, and come back over the same broker. */
import type { Broker } from '../../../src/server/broker.ts';
import { HubCore } from '../../../src/server/hubCore.ts';
import type { HubOptions } from '../../../src/server/options.ts';
import type { Outgoing } from '../../../src/server/outgoing.ts';
import type { Peer, PeerEvents } from '../../../src/server/peer.ts';
import { resolveOptions } from '../../../src/server/resolve.ts';
import type { Scheduler } from '../../../src/server/scheduler.ts';
import type { HubStats } from '../../../src/server/stats.ts';
import { SUBPROTOCOL } from '../../../src/protocol/topicFrames.ts';
import type { SimulatedClock, SimulatedNetwork, SimulatedPeer } from '../../../src/testing/index.ts';

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

  ping(): void {
    this.#events?.alive();
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

export class HubHost {
  readonly #clock: SimulatedClock;
  readonly #options: HubOptions & { readonly broker: Broker };
  readonly #peers = new Set<NetworkPeer>();
  readonly #gone: HubCore[] = [];
  #hub: HubCore | undefined;

  constructor(clock: SimulatedClock, network: SimulatedNetwork, url: string, options: HubOptions & { broker: Broker }) {
    this.#clock = clock;
    this.#options = options;
    this.#hub = this.#begin();
    network.serve(url, (end) => {
      if (this.#hub === undefined || this.#hub.isDraining) return { status: 503 };
      const peer = new NetworkPeer(end);
      this.#peers.add(peer);
      end.onClose(() => this.#peers.delete(peer));
      this.#hub.accept(peer, { clientId: 'somebody', principal: undefined, protocol: SUBPROTOCOL });
      return SUBPROTOCOL;
    });
  }

  get isUp(): boolean {
    return this.#hub !== undefined;
  }

  /** Nothing is said any more, and everybody is cut off. */
  crash(): void {
    const hub = this.#hub;
    if (hub === undefined) return;
    this.#hub = undefined;
    this.#gone.push(hub);
    for (const peer of [...this.#peers]) peer.terminate();
  }

  drain(): void {
    const hub = this.#hub;
    if (hub === undefined) return;
    this.#gone.push(hub);
    void hub.drain(DRAIN).then(() => {
      if (this.#hub === hub) this.#hub = undefined;
    });
  }

  comeBack(): void {
    this.#hub ??= this.#begin();
  }

  cut(): void {
    for (const peer of [...this.#peers]) peer.terminate();
  }

  stall(): void {
    for (const peer of this.#peers) peer.isStalled = true;
  }

  goOn(): void {
    for (const peer of this.#peers) peer.goOn();
  }

  /** Of all that have been there. */
  count(of: (stats: HubStats) => number): number {
    return [...this.#gone, ...(this.#hub === undefined ? [] : [this.#hub])].reduce(
      (sum, hub) => sum + of(hub.stats()),
      0,
    );
  }

  async close(): Promise<void> {
    this.crash();
    await Promise.all(this.#gone.map((hub) => hub.close()));
  }

  #begin(): HubCore {
    return new HubCore(resolveOptions(this.#options), this.#scheduler());
  }

  #scheduler(): Scheduler {
    const { now, setTimeout, clearTimeout } = this.#clock;
    return {
      now,
      date: now,
      setTimeout,
      clearTimeout: (id) => clearTimeout(id as number | undefined),
      soon: (callback) => void setTimeout(callback, 0),
    };
  }
}
