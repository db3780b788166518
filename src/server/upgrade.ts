import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { OpeningHandshake, type Door, type DoorContext } from './handshake.ts';
import { originCheck } from './origins.ts';
import { pathPattern, targetOf, type PathMatch, type PathPattern } from './paths.ts';
import { answerRefusal } from './refusal.ts';
import { MAX_DELAY_MS } from './scheduler.ts';
import { wsAcceptor } from './wsPeer.ts';

/** Where a hub listens by itself. */
export interface ListenOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Default: all addresses of this machine. */
  readonly host?: string | undefined;
  readonly path: string;
  /** Answers requests that are no upgrades. */
  readonly onRequest: RequestListener;
}

/** The way from HTTP servers into one hub. */
export class Upgrades {
  readonly #door: DoorContext;
  readonly #detachments = new Set<() => void>();
  /** Servers of its own, and whether they listen by now. */
  readonly #ownServers = new Map<Server, Promise<void>>();
  #isShut = false;

  /** Throws a TypeError where `allowedOrigins` holds what is no origin. */
  constructor(door: Door) {
    this.#door = {
      options: door.options,
      limits: door.limits,
      logger: door.logger,
      scheduler: door.scheduler,
      newId: (bits) => door.newId(bits),
      admission: (underWay) => door.admission(underWay),
      accept: (peer, info) => door.accept(peer, info),
      refused: (status) => door.refused(status),
      checkOrigin: originCheck(door.options.allowedOrigins),
      upgrade: wsAcceptor(door.limits.payloadBytes),
      underWay: new Set(),
    };
  }

  /**
   * Takes the upgrades of a path; requests, and upgrades of other paths, are left to whoever else listens. Where nobody
   * does, they are answered with 404: Node has let go of such a socket, and it would stay open for ever. Returns what ends
   * it. How long the head of a request may take is up to the server: `headersTimeout`. Throws a TypeError for a path that
   * is none, an Error for one that is taken, or where the hub is closed.
   */
  attach(server: Server | SecureServer, path: string, topics: readonly string[] = []): () => void {
    this.#checkOpen();
    const route: Route = { pattern: pathPattern(path), topics, door: this.#door };
    const router = routers.get(server) ?? new Router(server);
    router.add(route);
    const detach = (): void => {
      router.delete(route);
      this.#detachments.delete(detach);
    };
    this.#detachments.add(detach);
    return detach;
  }

  /** Resolves when it listens, with the port; rejects where it cannot, or where the hub is closed meanwhile. */
  async listen({ port, host, path, onRequest }: ListenOptions): Promise<{ readonly port: number }> {
    const timeoutMs = wholeOrNone(this.#door.limits.handshakeTimeoutMs);
    const server = createServer(
      {
        headersTimeout: timeoutMs,
        requestTimeout: timeoutMs,
        connectionsCheckingInterval: Math.ceil(timeoutMs / 4) || 30_000,
      },
      onRequest,
    );
    const detach = this.attach(server, path);
    const listening = new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
    this.#ownServers.set(server, listening);
    try {
      await listening;
    } catch (error) {
      this.#ownServers.delete(server);
      detach();
      throw error;
    }
    this.#checkOpen();
    server.on('error', (error) => this.#door.logger.error({ error }, 'the HTTP server of the hub failed'));
    return { port: (server.address() as AddressInfo).port };
  }

  /** From now on nothing new is attached, nor listens. */
  shut(): void {
    this.#isShut = true;
  }

  /** Lets go of all servers, and ends its own: resolves when their last socket is gone, peers included. */
  async close(): Promise<void> {
    this.shut();
    for (const detach of this.#detachments) detach();
    for (const handshake of this.#door.underWay) {
      handshake.refuse({ status: 503, body: 'the hub is closing', headers: { 'Retry-After': '1' } });
    }
    const servers = [...this.#ownServers];
    this.#ownServers.clear();
    await Promise.all(
      servers.map(async ([server, listening]) => {
        // One that does not listen yet could not be kept from it.
        await listening.catch(ignore);
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeAllConnections();
        await closed;
      }),
    );
  }

  #checkOpen(): void {
    if (this.#isShut) throw new Error('the hub is closed');
  }
}

interface Route {
  readonly pattern: PathPattern;
  readonly topics: readonly string[];
  readonly door: DoorContext;
}

const routers = new WeakMap<Server | SecureServer, Router>();

/** The one listener for upgrades that all hubs of a server share: only together do they know that a path is nobody's. */
class Router {
  readonly #server: Server | SecureServer;
  readonly #routes: Route[] = [];
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void =>
    this.#route(request, socket, head);

  constructor(server: Server | SecureServer) {
    this.#server = server;
    routers.set(server, this);
  }

  add(route: Route): void {
    const { text, hasClientId } = route.pattern;
    if (this.#routes.some(({ pattern }) => pattern.text === text)) {
      throw new Error(`path '${text}': a hub has it already on this server`);
    }
    if (this.#routes.length === 0) this.#server.on('upgrade', this.#onUpgrade);
    if (hasClientId) this.#routes.push(route);
    else this.#routes.unshift(route);
  }

  delete(route: Route): void {
    const index = this.#routes.indexOf(route);
    if (index === -1) return;
    this.#routes.splice(index, 1);
    if (this.#routes.length === 0) this.#server.off('upgrade', this.#onUpgrade);
  }

  #route(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const found = this.#find(targetOf(request.url ?? '')?.pathname);
    if (found === undefined) {
      if (this.#server.listenerCount('upgrade') === 1) nobodys(socket);
      return;
    }
    const [{ door, pattern, topics }, match] = found;
    const handshake = new OpeningHandshake(door, request, socket, head, { path: pattern.text, topics });
    if ('problem' in match) handshake.refuse({ status: 400, body: match.problem });
    else handshake.begin(match.clientId);
  }

  #find(pathname: string | undefined): readonly [Route, PathMatch] | undefined {
    if (pathname === undefined) return undefined;
    for (const route of this.#routes) {
      const match = route.pattern.match(pathname);
      if (match !== undefined) return [route, match];
    }
    return undefined;
  }
}

function ignore(): void {
  // Whoever wanted it to listen is told.
}

function nobodys(socket: Duplex): void {
  socket.on('error', () => undefined);
  answerRefusal(socket, { status: 404, body: 'nothing is upgraded here' });
}

/** What Node's servers take: 0 is none. */
function wholeOrNone(ms: number): number {
  return ms > MAX_DELAY_MS ? 0 : Math.ceil(ms);
}
