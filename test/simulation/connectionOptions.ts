import type { ConnectionOptions } from '../../src/index.ts';
import { SUBPROTOCOL } from '../../src/protocol/topicFrames.ts';
import type { Scenario } from './scenario.ts';

/** A scenario as options of a connection; what is no plain data is for the world to add. */
export function connectionOptions(scenario: Scenario): Omit<ConnectionOptions<unknown, unknown>, 'url'> {
  const { heartbeat, outbox, codec, retry, reconnect, confirm } = scenario;
  const { connectTimeoutMs, closeTimeoutMs, drainTimeoutMs, stableAfterMs, maxBufferedBytes } = scenario;
  const { ttlMs, ...bounds } = outbox;
  return {
    codec,
    retry,
    reconnect,
    confirm,
    connectTimeoutMs,
    closeTimeoutMs,
    drainTimeoutMs,
    stableAfterMs,
    maxBufferedBytes,
    outbox: { ...bounds, ...(ttlMs === 0 ? {} : { ttlMs }) },
    ...(scenario.isHub ? { protocols: [SUBPROTOCOL] } : {}),
    heartbeat: typeof heartbeat === 'object' ? heartbeatOptions(heartbeat) : heartbeat,
  };
}

function heartbeatOptions({ hasToken, ...times }: Exclude<Scenario['heartbeat'], 'auto' | false>) {
  if (!hasToken) return times;
  return { ...times, ping: (t: string) => JSON.stringify({ type: 'ping', t }), pongToken: tokenOf };
}

function tokenOf(data: unknown): string | undefined {
  const { t } = JSON.parse(String(data)) as { t?: unknown };
  return typeof t === 'string' ? t : undefined;
}
