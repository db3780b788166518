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
export { createFakePeer } from './fakePeer.ts';
export type { FakePeer, FakePeerOptions, FakeSocketClass } from './fakePeer.ts';
export { FakeNodeSocket, FakeSocket } from './fakeSocket.ts';
export type { FarEnd } from './fakeSocket.ts';
export type { TimedClock } from './node.ts';
export { seededRandom } from './random.ts';
export { SimulatedClock } from './simulatedClock.ts';
export { createSimulatedNetwork } from './simulatedNetwork.ts';
export type {
  OnPeer,
  SimulatedFaultSpec,
  SimulatedLine,
  SimulatedNetwork,
  SimulatedNetworkOptions,
  SimulatedNetworkStats,
  SimulatedServer,
} from './simulatedNetwork.ts';
export type { SimulatedClose, SimulatedPeer, SimulatedRefusal } from './simulatedPeer.ts';
