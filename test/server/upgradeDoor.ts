/** The way into a hub, on a server of a test: who was let in, refused, and what the log says of it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Door } from '../../src/server/handshake.ts';
import type { HubLimits, HubOptions } from '../../src/server/options.ts';
import { Outgoing } from '../../src/server/outgoing.ts';
import type { Peer, PeerInfo } from '../../src/server/peer.ts';
import type { Refusal } from '../../src/server/refusal.ts';
import { Upgrades } from '../../src/server/upgrade.ts';
import { Inbox } from '../fixtures/events.ts';
import { RawClient } from './rawClient.ts';

export const TEXT = 1;
export const PATH = '/ws/{client_id}';
export const TODAY = Date.parse('2026-01-01T00:00:00Z');

/** Timers that ring when a test says so. */
class Bells {
  readonly #pending = new Map<number, { callback: () => void; delayMs: number }>();
  #last = 0;

  readonly scheduler: Door['scheduler'] = {
    now: () => 0,
    date: () => TODAY,
    setTimeout: (callback, delayMs) => {
      this.#pending.set(++this.#last, { callback, delayMs });
      return this.#last;
    },
    clearTimeout: (id) => void this.#pending.delete(id as number),
    soon: (callback) => setImmediate(callback),
  };

  get delays(): number[] {
    return [...this.#pending.values()].map(({ delayMs }) => delayMs);
  }

  ring(): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { callback } of pending) callback();
  }
}

export interface Settings {
  readonly options?: Pick<HubOptions, 'authenticate' | 'allowedOrigins'>;
  readonly limits?: Partial<HubLimits>;
  readonly admission?: (underWay: number) => Refusal | undefined;
  readonly accept?: (peer: Peer, info: PeerInfo) => void;
}

/** The way into a hub that only notes who came. */
export function hubDoor({ options = {}, limits, admission = () => undefined, accept }: Settings = {}) {
  const accepted = new Inbox<PeerInfo>('accepted peer');
  const texts = new Inbox<string>('text');
  const closed = new Inbox<number>('end of a peer');
  const refused: number[] = [];
  const log: { readonly facts: object; readonly message: string }[] = [];
  const bells = new Bells();
  const note = (facts: object, message: string): void => void log.push({ facts, message });
  const upgrades = new Upgrades({
    options,
    limits: { payloadBytes: 1_000, handshakeTimeoutMs: 10_000, ...limits },
    logger: { info: note, warn: note, error: note },
    scheduler: bells.scheduler,
    newId: (bits) => `made-up-${bits}`,
    admission,
    accept(peer, info) {
      accept?.(peer, info);
      peer.listen({
        text: (text) => texts.put(text),
        binary: () => undefined,
        alive: () => undefined,
        drained: () => undefined,
        closed: (code) => closed.put(code),
      });
      peer.send([new Outgoing('welcome')]);
      accepted.put(info);
    },
    refused: (status) => void refused.push(status),
  });
  onTestFinished(() => upgrades.close());
  return { upgrades, accepted, texts, closed, refused, log, bells };
}

export async function started(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Until what has been settled is heard of. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A hub's door on a bare server. */
export async function attached(settings: Settings = {}, path = PATH) {
  const door = hubDoor(settings);
  const server = createServer((_request, response) => response.end('page'));
  const detach = door.upgrades.attach(server, path);
  return { ...door, server, detach, port: await started(server) };
}

/** Asks, and gives the answer with its body where it is a refusal. */
export async function ask(port: number, target: string, headers: Readonly<Record<string, string | undefined>> = {}) {
  const client = await RawClient.connect(port);
  client.ask(target, headers);
  const answer = await client.readAnswer();
  return { ...answer, client, body: answer.status === 101 ? '' : await client.readRest() };
}
