/** For tests: what a network does to a connection, over real TCP and on simulated time. */
export { createFaultProxy } from './faultProxy.ts';
export type { FaultProxy, FaultProxyOptions, FaultProxyStats } from './faultProxy.ts';
export type {
  BandwidthFault,
  BlackholeFault,
  CloseFault,
  DirectedFault,
  Direction,
  DownFault,
  Fault,
  FaultScope,
  FaultSpec,
  FaultTiming,
  FaultType,
  FlapFault,
  HalfOpenFault,
  LatencyFault,
  RefuseFault,
  ResetFault,
  StallFault,
  TruncateFault,
} from './faults.ts';
export { seededRandom } from './random.ts';
export { SimulatedClock } from './simulatedClock.ts';
