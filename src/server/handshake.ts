import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { within } from './deadline.ts';
import { traceOf } from './traceOf.ts';
import { readOpening, type Opening } from './opening.ts';
import type { Handshake, HubLimits, HubOptions, Logger, Principal } from './options.ts';
import type { OriginCheck } from './origins.ts';
import type { Peer, PeerInfo } from './peer.ts';
import { answerRefusal, type Refusal } from './refusal.ts';
import { timer, type Scheduler } from './scheduler.ts';
import type { WsAcceptor } from './wsPeer.ts';

/** How long the other end may take to read why it was refused. Unit ms. */
const FAREWELL_MS = 5_000;
const CLIENT_ID_BITS = 128;

/** What a hub says about who may come in, and where they go. */
export interface Door {
  readonly options: Pick<HubOptions, 'authenticate' | 'allowedOrigins'>;
  readonly limits: Pick<HubLimits, 'payloadBytes' | 'handshakeTimeoutMs'>;
  readonly logger: Logger;
  readonly scheduler: Scheduler;
  readonly newId: (bits: number) => string;
  /** Why nobody is let in now; undefined: one more is. `underWay`: handshakes that hold a place already. Asked again right before the 101, with 0. */
  admission(underWay: number): Refusal | undefined;
  accept(peer: Peer, info: PeerInfo): void;
  /** An upgrade was refused, with this status. */
  refused(status: number): void;
}

/** What all handshakes of a hub have in common. */
export interface DoorContext extends Door {
  readonly checkOrigin: OriginCheck;
  readonly upgrade: WsAcceptor;
  readonly underWay: Set<OpeningHandshake>;
}

/** The path by which somebody comes. */
export interface Entrance {
  /** The pattern, for the log: what was asked for may hold secrets. */
  readonly path: string;
  /** What whoever comes by it is subscribed to without asking, in basic mode. */
  readonly topics: readonly string[];
}

/** One upgrade, from its head to a peer, a refusal, or nothing, where the other end has gone. */
export class OpeningHandshake {
  readonly #door: DoorContext;
  readonly #request: IncomingMessage;
  readonly #socket: Duplex;
  readonly #head: Buffer;
  readonly #entrance: Entrance;
  readonly #abort = new AbortController();
  readonly #onGone = (): void => {
    this.#end();
    this.#abort.abort();
    // Node's servers leave their half open.
    this.#socket.destroy();
  };
  #deadline: unknown = undefined;
  #isOver = false;

  constructor(door: DoorContext, request: IncomingMessage, socket: Duplex, head: Buffer, entrance: Entrance) {
    this.#door = door;
    this.#request = request;
    this.#socket = socket;
    this.#head = head;
    this.#entrance = entrance;
    socket.on('error', ignore);
  }

  begin(clientId: string | undefined): void {
    const { checkOrigin, underWay, options, limits, scheduler } = this.#door;
    const { headers, socket } = this.#request;
    const opening = readOpening(this.#request);
    if ('status' in opening) return this.refuse(opening);
    const full = this.#door.admission(underWay.size);
    if (full !== undefined) return this.refuse(full);
    const stranger = this.#strangeOrigin(checkOrigin);
    if (stranger !== undefined) return this.refuse(stranger);
    const handshake: Omit<Handshake, 'signal'> = {
      url: opening.url,
      headers,
      clientId: clientId ?? this.#door.newId(CLIENT_ID_BITS),
      protocols: opening.others,
      address: socket.remoteAddress,
    };
    const { authenticate } = options;
    if (authenticate === undefined) return this.#accept(opening, handshake, undefined);

    underWay.add(this);
    this.#socket.on('end', this.#onGone).on('close', this.#onGone);
    const { handshakeTimeoutMs } = limits;
    this.#deadline = timer(scheduler, handshakeTimeoutMs, () => this.refuse(tooSlow(handshakeTimeoutMs)));
    void asked(authenticate, { ...handshake, signal: this.#abort.signal }).then(
      (principal) => this.#authenticated(opening, handshake, principal),
      (error: unknown) => this.refuse(unauthorized({ ...traceOf(error) })),
    );
  }

  /** Answers with a refusal, unless it is over already. */
  refuse(refusal: Refusal): void {
    if (this.#isOver) return;
    this.#end();
    this.#abort.abort();
    const { status, body, facts } = refusal;
    const { logger, scheduler } = this.#door;
    this.#door.refused(status);
    const address = this.#request.socket.remoteAddress;
    logger.warn({ status, path: this.#entrance.path, address, ...facts }, `an upgrade was refused: ${body}`);
    const farewell = scheduler.setTimeout(() => this.#socket.destroy(), FAREWELL_MS);
    this.#socket.once('close', () => scheduler.clearTimeout(farewell));
    answerRefusal(this.#socket, refusal);
  }

  #strangeOrigin(checkOrigin: OriginCheck): Refusal | undefined {
    const { headers } = this.#request;
    try {
      const body = checkOrigin(headers.origin, headers.host);
      return body === undefined ? undefined : { status: 403, body };
    } catch (error) {
      return { status: 403, body: 'the function allowedOrigins threw', facts: traceOf(error) };
    }
  }

  #authenticated(
    opening: Opening,
    handshake: Omit<Handshake, 'signal'>,
    principal: Principal | null | undefined,
  ): void {
    if (this.#isOver) return;
    if (principal === null || principal === undefined) return this.refuse(unauthorized());
    if (typeof (principal as Partial<Principal>).id !== 'string') {
      return this.refuse({ status: 500, body: 'authenticate gave no principal, which is an object with a string id' });
    }
    const { expiresAt = Infinity } = principal;
    if (typeof expiresAt !== 'number' || Number.isNaN(expiresAt)) {
      return this.refuse({
        status: 500,
        body: 'authenticate gave an expiresAt that is no number of ms since the epoch',
      });
    }
    if (expiresAt <= this.#door.scheduler.date()) {
      return this.refuse({
        status: 401,
        body: 'the credential has expired: authenticate gave an expiresAt that is over',
      });
    }
    const full = this.#door.admission(0);
    if (full !== undefined) return this.refuse(full);
    this.#accept(opening, handshake, principal);
  }

  #accept(opening: Opening, handshake: Omit<Handshake, 'signal'>, principal: Principal | undefined): void {
    const { upgrade, logger } = this.#door;
    this.#end();
    const peer = upgrade(this.#request, this.#socket, this.#head);
    if (peer === undefined) return;
    this.#socket.off('error', ignore);
    try {
      this.#door.accept(peer, {
        clientId: handshake.clientId,
        principal,
        protocol: opening.protocol,
        topics: this.#entrance.topics,
        reauthenticate: principal === undefined ? undefined : (token) => this.#askAgain(handshake, token),
        address: handshake.address,
      });
    } catch (error) {
      logger.error(traceOf(error), 'a connection could not be taken over');
      peer.terminate();
    }
  }

  /** For the token of an `auth` frame: what had been said at the beginning, and the token. */
  async #askAgain(handshake: Omit<Handshake, 'signal'>, token: string): Promise<Principal | undefined> {
    const { options, limits, scheduler, logger } = this.#door;
    const abort = new AbortController();
    try {
      const answer = asked(options.authenticate, { ...handshake, token, signal: abort.signal });
      return (await within(scheduler, answer, 'authenticate', limits.handshakeTimeoutMs)) ?? undefined;
    } catch (error) {
      abort.abort();
      logger.warn({ path: this.#entrance.path, ...traceOf(error) }, 'authenticate refused the token of an auth frame');
      return undefined;
    }
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#door.scheduler.clearTimeout(this.#deadline);
    this.#door.underWay.delete(this);
    this.#socket.off('end', this.#onGone).off('close', this.#onGone);
  }
}

async function asked(
  authenticate: HubOptions['authenticate'],
  handshake: Handshake,
): Promise<Principal | null | undefined> {
  return authenticate?.(handshake);
}

function tooSlow(handshakeTimeoutMs: number): Refusal {
  return {
    status: 503,
    body: `authenticate took longer than limits.handshakeTimeoutMs, which is ${handshakeTimeoutMs}`,
    headers: { 'Retry-After': '1' },
  };
}

function unauthorized(facts?: object): Refusal {
  return { status: 401, body: 'authenticate did not let this one in', facts };
}

function ignore(): void {
  // An error of the socket is followed by its end.
}
