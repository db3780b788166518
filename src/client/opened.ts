import type { StateName } from '../../machines/connection.types.ts';
import { ConnectionError } from './errors.ts';
import type { Wire } from './wire.ts';

/** Waits for `open`. Rejects with a ConnectionError where it will not come by itself. */
export function opened(wire: Wire, stateNow: () => StateName, signal: AbortSignal | undefined): Promise<void> {
  const disposed = (): ConnectionError =>
    new ConnectionError('disposed', 'the connection was disposed of before it opened');
  const closed = (): ConnectionError =>
    new ConnectionError('closed', 'disconnect() was called before the connection opened; call connect() first');
  const aborted = (): ConnectionError =>
    new ConnectionError('closed', 'the wait for the connection was aborted', { cause: signal?.reason });

  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(aborted());
    if (wire.isDisposed) return reject(disposed());
    const state = stateNow();
    if (state === 'open') return resolve();
    if (state === 'closed') return reject(closed());
    if (state === 'failed') return reject(wire.failure ?? closed());

    const end = (settle: () => void) => (): void => {
      for (const stop of stops) stop();
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = end(() => reject(aborted()));
    const stops = [
      wire.news.on('state', (event: { state: StateName }) => {
        if (event.state === 'open') end(resolve)();
        if (event.state === 'closed') end(() => reject(closed()))();
        if (event.state === 'failed') end(() => reject(wire.failure ?? closed()))();
      }),
      wire.news.disposals.add(end(() => reject(disposed()))),
    ];
    signal?.addEventListener('abort', onAbort);
  });
}
