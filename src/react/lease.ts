'use client';
import { useEffect, useInsertionEffect, useRef, type RefObject } from 'react';
import type { Connection } from '../index.ts';
import { later } from './platform.ts';

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
  #ended: Promise<void> = Promise.resolve();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Settles when what has been given back is hung up, or wanted again. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Dials: at once, or where another connection has to be gone first, then. Returns what gives it back. */
  hold(before: Promise<void> | undefined): () => void {
    this.#holders++;
    if (before === undefined) this.#dial();
    else void before.then(() => this.#dial());
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
    if (this.#holders === 0 || this.#isDialled) return;
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
    this.#connection.disconnect();
    await gone(this.#connection);
    if (this.#isForsaken) this.#connection.dispose();
  }

  get #isForsaken(): boolean {
    return this.#isOurs && this.#owners === 0 && this.#holders === 0;
  }
}

const isUnderWay = ({ state }: Connection): boolean => state !== 'idle' && state !== 'closed' && state !== 'failed';

/** Settles when a connection that was hung up is at its end, which is `closeTimeoutMs` away at most, or dialled anew. */
function gone(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    const subscription = connection.subscribe((snapshot) => {
      if (snapshot.matches({ closed: 'closing' })) return;
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

/**
 * Holds a connection while the component is shown and `isWanted`. One of ours is disposed of when the component is gone for good.
 * Returns what this component holds now, whoever else holds it.
 */
export function useLease(
  connection: Connection,
  isOurs: boolean,
  isWanted = true,
): Readonly<RefObject<Connection | undefined>> {
  const held = useRef<Connection>(undefined);
  const before = useRef<Promise<void>>(undefined);
  // An insertion effect, since StrictMode and a hidden <Activity> leave those alone: it ends with the component.
  useInsertionEffect(() => (isOurs ? leaseOf(connection).own() : undefined), [connection, isOurs]);
  useEffect(() => {
    if (!isWanted) return;
    const lease = leaseOf(connection);
    const release = lease.hold(before.current);
    held.current = connection;
    return () => {
      held.current = undefined;
      release();
      const { ended } = lease;
      // One that was still waiting for its turn leaves its predecessor to its successor.
      before.current = before.current === undefined ? ended : before.current.then(() => ended);
    };
  }, [connection, isWanted]);
  return held;
}
