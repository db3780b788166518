import { useEffect, useInsertionEffect, useRef, type RefObject } from 'react';
import type { Connection, ConnectionSnapshot } from '../index.ts';
import { useNewest } from './newest.ts';
import { later } from './platform.ts';
import { unshare } from './sharedConnections.ts';

/**
 * Who needs a connection. The first that holds it dials; when the last has given it back, it is hung up a macrotask later,
 * and only if nobody has asked again: StrictMode, hot reload and a change of keys ask in the same breath.
 */
class Lease {
  readonly #connection: Connection;
  /** Effects that want it dialled: gone while an `<Activity>` is hidden. */
  #holders = 0;
  /** Components that keep it. */
  #owners = 0;
  /** Made by a hook, hence nobody else's to dispose of. */
  #isOurs = false;
  /** What the application itself has dialled is not ours to hang up. */
  #isDialled = false;
  #isPassedOver = false;
  /** Holders whose turn has not come. */
  #waiting = 0;
  #ended: Promise<void> = Promise.resolve();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Settles when what has been given back is hung up, or wanted again. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Another one is taken in its place before anything has come of it: it is not dialled. */
  passOver(): void {
    this.#isPassedOver = true;
  }

  /** Dials by hand: not while another connection has to be gone first, and it will be dialled all the same. */
  readonly retry = (): void => {
    if (this.#waiting === 0) this.#connection.connect();
  };

  /** Dials: at once, or where another connection has to be gone first, then; and tells so. Returns what gives it back. */
  hold(before: Promise<void> | undefined, held: () => void): () => void {
    this.#holders++;
    const dial = (): void => {
      held();
      this.#dial();
    };
    if (before === undefined || this.#isDialled) dial();
    else {
      this.#waiting++;
      // What cannot be dialled says so by its state; nobody is there to catch it.
      void before
        .finally(() => this.#waiting--)
        .then(dial, ignore)
        .catch(ignore);
    }
    return () => {
      this.#holders--;
      this.#endSoon();
    };
  }

  /** Keeps a connection of ours from being disposed of. Returns what lets it go. */
  own(): () => void {
    this.#isOurs = true;
    this.#owners++;
    return () => {
      this.#owners--;
      this.#endSoon();
    };
  }

  #dial(): void {
    if (this.#holders === 0 || this.#isDialled || this.#isPassedOver) return;
    const isDialledByOthers = isUnderWay(this.#connection);
    this.#isDialled = this.#isOurs || !isDialledByOthers;
    if (!isDialledByOthers) this.#connection.connect();
  }

  #endSoon(): void {
    this.#ended = new Promise((resolve) => {
      later(() => resolve(this.#end()), 0);
    });
  }

  async #end(): Promise<void> {
    if (this.#holders > 0 || !(this.#isDialled || this.#isForsaken)) return;
    this.#isDialled = false;
    // Said twice it would cut off what the peer still reads.
    if (!isClosing(this.#connection.getSnapshot())) this.#connection.disconnect();
    await gone(this.#connection);
    if (!this.#isForsaken) return;
    unshare(this.#connection);
    this.#connection.dispose();
  }

  get #isForsaken(): boolean {
    return this.#isOurs && this.#owners === 0 && this.#holders === 0;
  }
}

const isUnderWay = ({ state }: Connection): boolean => state !== 'idle' && state !== 'closed' && state !== 'failed';

const isClosing = (snapshot: ConnectionSnapshot): boolean => snapshot.matches({ closed: 'closing' });

/** Settles when a connection that was hung up is at its end, which is `drainTimeoutMs` away at most, or dialled anew. */
function gone(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    const subscription = connection.subscribe((snapshot) => {
      if (isClosing(snapshot)) return;
      resolve();
      queueMicrotask(() => subscription.unsubscribe());
    });
  });
}

const leases = new WeakMap<Connection, Lease>();

/** The one lease of a connection, whoever asks. */
export function leaseOf(connection: Connection): Lease {
  let lease = leases.get(connection);
  if (lease === undefined) leases.set(connection, (lease = new Lease(connection)));
  return lease;
}

/** What one component has of a connection. */
interface Share {
  isOwned: boolean;
  isHeld: boolean;
  readonly stop: () => void;
}

/**
 * Holds a connection while the component is shown and `isWanted`. One of ours is disposed of when the component is gone for good.
 * `listen` is called once for each connection; what it returns, when the component has let go of it and its end has been told.
 * Returns what this component holds now, whoever else holds it.
 */
export function useLease(
  connection: Connection,
  isOurs: boolean,
  isWanted: boolean,
  listen: () => () => void,
): Readonly<RefObject<Connection | undefined>> {
  const held = useRef<Connection>(undefined);
  const before = useRef<Promise<void>>(undefined);
  const shares = useRef(new Map<Connection, Share>());
  const newest = useNewest(listen);
  const leave = (left: Connection): void => {
    const share = shares.current.get(left);
    if (share === undefined || share.isOwned || share.isHeld) return;
    shares.current.delete(left);
    void leaseOf(left).ended.then(share.stop);
  };
  // An insertion effect, since StrictMode and a hidden <Activity> leave those alone: it ends with the component.
  useInsertionEffect(() => {
    const { current } = shares;
    const share = current.get(connection) ?? { isOwned: true, isHeld: false, stop: newest.current() };
    share.isOwned = true;
    current.set(connection, share);
    const disown = isOurs ? leaseOf(connection).own() : undefined;
    return () => {
      disown?.();
      share.isOwned = false;
      leave(connection);
    };
  }, [connection, isOurs]);
  useEffect(() => {
    if (!isWanted) return;
    const lease = leaseOf(connection);
    const share = shares.current.get(connection);
    let isCurrent = true;
    if (share !== undefined) share.isHeld = true;
    const release = lease.hold(before.current, () => {
      if (isCurrent) held.current = connection;
    });
    return () => {
      isCurrent = false;
      held.current = undefined;
      release();
      const { ended } = lease;
      // One that was still waiting for its turn leaves its predecessor to its successor.
      before.current = before.current === undefined ? ended : before.current.then(() => ended);
      if (share !== undefined) share.isHeld = false;
      leave(connection);
    };
  }, [connection, isWanted]);
  return held;
}

const ignore = (): void => undefined;
