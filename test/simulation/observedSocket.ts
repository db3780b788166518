import type { RawData } from '../../src/index.ts';
import { FakeNodeSocket, FakeSocket, type FakeSocketClass } from '../../src/testing/index.ts';
import type { Page } from './page.ts';

/** Told what goes through a socket, at the moment when the connection does it or learns of it. */
export interface SocketWatcher {
  dialled(socket: FakeSocket): void;
  /** Before the socket takes it. */
  handedOver(socket: FakeSocket, data: RawData): void;
  /** A socket that is not open drops a frame without a word. */
  swallowed(socket: FakeSocket, data: RawData): void;
  pinged(socket: FakeSocket, payload: string): void;
  /** A frame, before the connection hears it. */
  heard(socket: FakeSocket, data: RawData): void;
  pongHeard(socket: FakeSocket, payload: string): void;
  /** The event `error`, before the connection hears it. */
  broke(socket: FakeSocket): void;
  ended(socket: FakeSocket, close: { readonly code?: number; readonly reason?: string }): void;
  /** The upgrade is answered with a status of HTTP. */
  refused(socket: FakeSocket, status: number, headers: Readonly<Record<string, string>>): void;
}

/**
 * Sockets of a class that live in a page: what comes to them comes in its turn, and a watcher is told.
 * `taking`: what else a socket does when it takes a frame.
 */
export function observedSockets(
  Base: FakeSocketClass,
  page: Page,
  watcher: SocketWatcher,
  taking: (socket: FakeSocket, data: RawData) => void,
): FakeSocketClass {
  class Observed extends Base {
    constructor(url: string | URL, protocols?: string | readonly string[]) {
      super(url, protocols);
      watcher.dialled(this);
    }

    override send(data: RawData): void {
      if (this.readyState === FakeSocket.OPEN) {
        watcher.handedOver(this, data);
        taking(this, data);
      } else watcher.swallowed(this, data);
      super.send(data);
    }

    override opens(protocol?: string): void {
      page.task(() => super.opens(protocol));
    }

    override receives(data: RawData): void {
      page.task(() => {
        if (this.hears) watcher.heard(this, data);
        super.receives(data);
      });
    }

    override errs(error?: unknown): void {
      page.task(() => {
        watcher.broke(this);
        super.errs(error);
      });
    }

    override ends(close: { code?: number; reason?: string; wasClean?: boolean } = {}): void {
      page.task(() => {
        watcher.ended(this, close);
        super.ends(close);
      });
    }
  }
  const hasPing = Observed.prototype instanceof FakeNodeSocket;
  return hasPing ? observedPings(Observed as unknown as FakeSocketClass<FakeNodeSocket>, page, watcher) : Observed;
}

function observedPings(Base: FakeSocketClass<FakeNodeSocket>, page: Page, watcher: SocketWatcher): FakeSocketClass {
  return class extends Base {
    override ping(payload = ''): void {
      watcher.pinged(this, payload);
      super.ping(payload);
    }

    override pongs(payload: string): void {
      page.task(() => {
        if (this.readyState === FakeSocket.OPEN) watcher.pongHeard(this, payload);
        super.pongs(payload);
      });
    }

    override refuses(statusCode: number, headers: Readonly<Record<string, string>> = {}): boolean {
      page.task(() => {
        watcher.refused(this, statusCode, headers);
        super.refuses(statusCode, headers);
      });
      return true;
    }
  };
}

/** Whether nothing it does is heard any more: all its handlers are one and the same. */
export function isMuted({ onopen, onmessage, onerror, onclose }: FakeSocket): boolean {
  return onopen === onmessage && onmessage === onerror && onerror === onclose;
}
