import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Published } from './broker.ts';
import { Health } from './health.ts';
import { HubCore } from './hubCore.ts';
import type { HubOptions, Principal } from './options.ts';
import type { Refusal } from './refusal.ts';
import { checkNumber, resolveOptions } from './resolve.ts';
import { MAX_DELAY_MS, nodeScheduler } from './scheduler.ts';
import { Counters, type HubStats } from './stats.ts';
import { Upgrades } from './upgrade.ts';

/** A topic server: who listens hears every message of a topic once and in order, or is told that it is not so. */
export interface Hub {
  /**
   * Takes the upgrades of a path (default `/ws/{client_id}`) of a server that is somebody else's; `{client_id}` in it names the
   * client. Other paths are left to others. `topics`: what everybody who comes by this path in basic mode is subscribed to
   * without asking, where `authorize` allows it; who speaks `topics.v1+json` asks for what it wants, from where it was.
   * Returns what ends it. Throws a TypeError for a path or a topic that is none, an Error for a path that is taken, or once
   * the hub is closed.
   */
  attach(
    server: Server | SecureServer,
    options?: { readonly path?: string | undefined; readonly topics?: readonly string[] | undefined },
  ): () => void;
  /** A server of its own, with /healthz, /readyz and /metrics beside the path. Port 0 (default): any that is free. Rejects where it cannot listen, or once the hub is closed. */
  listen(options?: {
    readonly port?: number | undefined;
    readonly host?: string | undefined;
    readonly path?: string | undefined;
  }): Promise<{ readonly port: number }>;
  /** Answers /healthz, /readyz and /metrics on a server that is somebody else's; false: the request is none of these. */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
  /** To all subscribers of a topic. Resolves when the broker holds it; rejects where it cannot be told whether it does. `id` (at most 64 bytes): the same one is published once. */
  publish(topic: string, data: unknown, options?: { readonly id?: string | undefined }): Promise<Published>;
  /** To all connections of a client, at most once and without a position. Returns how many there were. `id`: tells one from another, for whoever gets it. Throws a TypeError for a client id or id that is none. */
  sendTo(clientId: string, data: unknown, options?: { readonly id?: string | undefined }): number;
  /** Hangs up on a client. Code 1000 (default): it will come back; 4403: it will not; 1006: cut off without a word. Returns how many connections it had; throws a TypeError for a client id or code that is none. */
  disconnect(clientId: string, code?: number, reason?: string): number;
  stats(): HubStats;
  /**
   * Takes no new clients, tells each when to come back (spread over `windowMs`, default 10,000), and hangs up with 1012 after
   * `graceMs` (default 1,000). Range of both 0 … 2³¹−1. Resolves when all have left; rejects with a TypeError for what is no delay.
   */
  drain(options?: { readonly windowMs?: number | undefined; readonly graceMs?: number | undefined }): Promise<void>;
  /** Hangs up on everybody with 1001, and lets go of servers, timers and the broker that it made. */
  close(): Promise<void>;
}

const DEFAULT_PATH = '/ws/{client_id}';
const DRAIN_WINDOW_MS = 10_000;
const DRAIN_GRACE_MS = 1_000;

/**
 * Makes a hub. Nothing listens until `attach` or `listen` is called.
 * Throws a TypeError that names the option that cannot be used, and what is accepted.
 */
export function createHub<P extends Principal = Principal>(options: HubOptions<P> = {}): Hub {
  const resolved = resolveOptions(options as unknown as HubOptions);
  const core = new HubCore(resolved, nodeScheduler(options.now));
  const { context, counters } = core;
  const upgrades = new Upgrades({
    ...context,
    admission: (underWay) => refusalOf(core, underWay),
    accept: (peer, info) => core.accept(peer, info),
    refused: (status) => Counters.count(counters.refused, status),
  });
  const health = new Health({ ...context, stats: () => core.stats() });
  return {
    attach: (server, { path = DEFAULT_PATH, topics = [] } = {}) => {
      for (const topic of topics) core.checkTopic(topic);
      return upgrades.attach(server, path, topics);
    },
    listen: async ({ port = 0, host, path = DEFAULT_PATH } = {}) => {
      checkNumber('port', port, 0, 65_535, 'a whole number');
      return upgrades.listen({ port, host, path, onRequest: health.onRequest });
    },
    answer: (request, response) => health.answer(request, response),
    publish: (topic, data, given) => core.publish(topic, data, given),
    sendTo: (clientId, data, given) => core.sendTo(clientId, data, given),
    disconnect: (clientId, code, reason) => core.disconnect(clientId, code, reason),
    stats: () => core.stats(),
    drain: async ({ windowMs = DRAIN_WINDOW_MS, graceMs = DRAIN_GRACE_MS } = {}) => {
      checkNumber('windowMs', windowMs, 0, MAX_DELAY_MS, 'a number of milliseconds');
      checkNumber('graceMs', graceMs, 0, MAX_DELAY_MS, 'a number of milliseconds');
      return core.drain({ windowMs, graceMs });
    },
    close: async () => {
      upgrades.shut();
      await core.close();
      await upgrades.close();
      if (resolved.isBrokerOurs) await resolved.broker.close?.();
    },
  };
}

/** Why nobody is let in now. */
function refusalOf(core: HubCore, underWay: number): Refusal | undefined {
  const { connections: most } = core.context.limits;
  const body = core.isDraining
    ? 'this server is going away; another one may be there already'
    : core.connections + underWay >= most
      ? 'there are as many connections as limits.connections allows'
      : undefined;
  return body === undefined ? undefined : { status: 503, headers: { 'Retry-After': '1' }, body };
}
