import type { StateName } from '../../machines/connection.types.ts';
import { ConnectionError } from './errors.ts';
import type { Wire } from './wire.ts';

/** How often an open connection is looked at: no socket tells when its buffer has drained. Unit ms. */
const LOOK_MS = 20;

/** Waits until it is so. Rejects with a ConnectionError where that will not come by itself. */
export type WaitUntil = (isSo: (state: StateName) => boolean, signal: AbortSignal | undefined) => Promise<void>;

/** The waits for one connection. They share a timer, which runs only while it is open and something else is waited for. */
export function waitsFor(wire: Wire, isOver: () => boolean, stateNow: () => StateName): WaitUntil {
  const looks = new Set<(state: StateName) => void>();
  let timer: unknown = undefined;
  const lookAgain = (): void => {
    timer = undefined;
    for (const look of [...looks]) look(stateNow());
  };

  return (isSo, signal) =>
    new Promise((resolve, reject) => {
      const stops: (() => void)[] = [];
      const end = (error?: ConnectionError): void => {
        for (const stop of stops.splice(0)) stop();
        if (error === undefined) resolve();
        else reject(error);
      };
      const look = (state: StateName): void => {
        if (state === 'closed') end(new ConnectionError('closed', 'disconnect() was called; call connect() first'));
        else if (state === 'failed') end(wire.failure ?? new ConnectionError('closed', 'the connection has failed'));
        else if (isSo(state)) end();
        else if (state === 'open') timer ??= wire.clock.setTimeout(lookAgain, LOOK_MS);
      };
      const onDispose = (): void => end(new ConnectionError('disposed', 'the connection has been disposed of'));
      const onAbort = (): void => {
        end(new ConnectionError('closed', 'the wait for the connection was aborted', { cause: signal?.reason }));
      };

      if (signal?.aborted === true) return onAbort();
      looks.add(look);
      stops.push(
        wire.news.on('state', ({ state }: { state: StateName }) => look(state)),
        // What waits may come to its end before there is a connection.
        wire.news.on('outcome', () => isOver() || look(stateNow())),
        wire.news.disposals.add(onDispose),
        () => signal?.removeEventListener('abort', onAbort),
        () => {
          looks.delete(look);
          if (looks.size > 0) return;
          wire.clock.clearTimeout(timer);
          timer = undefined;
        },
      );
      signal?.addEventListener('abort', onAbort);
      // A listener that has just called connect() asks before the chart has taken it up.
      wire.whenCaughtUp(() => (isOver() ? onDispose() : look(stateNow())));
    });
}
