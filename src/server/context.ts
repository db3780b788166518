import type { Broker } from './broker.ts';
import type { HubLimits, HubOptions, Logger } from './options.ts';
import type { Flusher } from './outlet.ts';
import type { Scheduler } from './scheduler.ts';
import type { Counters } from './stats.ts';
import type { TimerWheel } from './timerWheel.ts';
import type { Topics } from './topic.ts';

/** What all sessions of a hub have in common. */
export interface HubContext {
  readonly options: HubOptions;
  readonly limits: HubLimits;
  /** Undefined: no heartbeat. Unit ms. */
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number } | undefined;
  readonly broker: Broker;
  readonly topics: Topics;
  readonly scheduler: Scheduler;
  readonly wheel: TimerWheel;
  readonly flusher: Flusher;
  readonly counters: Counters;
  readonly logger: Logger;
  /** Name of this hub among others. */
  readonly node: string;
  readonly newId: (bits: number) => string;
}
