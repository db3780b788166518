import type { Hub } from '../../src/server/index.ts';
import { topics, type InterfaceRate, type LoadFrame, type TrafficFrame } from '../frames.ts';

const READ_EVERY_MS = 250;
/** The load changes more slowly. */
const READINGS_PER_LOAD = 4;

/** Where readings come from. */
export interface Sources {
  readonly readTraffic: () => Promise<InterfaceRate[]>;
  readonly readLoad: () => LoadFrame;
}

/** Reads the machine as long as somebody is connected, and publishes it; returns what ends that. `present`: the hub, if there is one. */
export function publishReadings({ readTraffic, readLoad }: Sources, present: () => Hub | undefined): () => void {
  let isReading = false;
  let turn = 0;

  const publish = async (hub: Hub): Promise<void> => {
    const interfaces = await readTraffic();
    const at = Date.now();
    const frameOf = (some: readonly InterfaceRate[]): TrafficFrame => ({ type: 'traffic', at, interfaces: some });
    const sent = interfaces.map((rate) => hub.publish(topics.ofInterface(rate.name), frameOf([rate])));
    if (interfaces.length > 0) sent.push(hub.publish(topics.traffic, frameOf(interfaces)));
    if (turn++ % READINGS_PER_LOAD === 0) sent.push(hub.publish(topics.load, readLoad()));
    await Promise.all(sent);
  };

  const timer = setInterval(() => {
    const hub = present();
    // A reading that takes longer than its turn is not overtaken; one that nobody would see is not made.
    if (isReading || hub === undefined || hub.stats().connections === 0) return;
    isReading = true;
    // What goes wrong is gone with the hub, or is read anew in a moment.
    void publish(hub)
      .catch(() => undefined)
      .finally(() => (isReading = false));
  }, READ_EVERY_MS);
  return () => clearInterval(timer);
}
