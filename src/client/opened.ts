import type { StateName } from '../../machines/connection.types.ts';
import { ConnectionError } from './errors.ts';
import type { Wire } from './wire.ts';

/** Waits for `open`. Rejects with a ConnectionError where it will not come by itself. */
export function opened(
  wire: Wire,
  isOver: () => boolean,
  stateNow: () => StateName,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stops: (() => void)[] = [];
    const end = (error?: ConnectionError): void => {
      for (const stop of stops.splice(0)) stop();
      if (error === undefined) resolve();
      else reject(error);
    };
    const onState = (state: StateName): void => {
      if (state === 'open') end();
      if (state === 'closed') end(new ConnectionError('closed', 'disconnect() was called; call connect() first'));
      if (state === 'failed') end(wire.failure ?? new ConnectionError('closed', 'the connection has failed'));
    };
    const onDispose = (): void => end(new ConnectionError('disposed', 'the connection has been disposed of'));
    const onAbort = (): void => {
      end(new ConnectionError('closed', 'the wait for the connection was aborted', { cause: signal?.reason }));
    };

    if (signal?.aborted === true) return onAbort();
    stops.push(
      wire.news.on('state', ({ state }: { state: StateName }) => onState(state)),
      wire.news.disposals.add(onDispose),
      () => signal?.removeEventListener('abort', onAbort),
    );
    signal?.addEventListener('abort', onAbort);
    // A listener that has just called connect() asks before the chart has taken it up.
    wire.whenCaughtUp(() => (isOver() ? onDispose() : onState(stateNow())));
  });
}
